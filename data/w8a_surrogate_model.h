// A mixture of Bernoulli products, conditioned on its column totals: the small
// statistical model from which a stand-in for w8a is drawn.
//
// Component k makes num_rows rows of one label. Column j is 1 in exactly
// counts[j] of them, chosen uniformly and independently of the other columns,
// and 0 in the rest. So the number of samples, of each label and of nonzeros
// is part of the model, and only how columns meet in a row is random.

#ifndef DATA_W8A_SURROGATE_MODEL_H_
#define DATA_W8A_SURROGATE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

struct SurrogateComponent {
  int label = -1;           // -1 or +1
  int num_rows = 0;         // in [0, 65535]
  std::vector<int> counts;  // one a column, in [0, num_rows]
};

struct SurrogateModel {
  int num_features = 0;
  std::vector<SurrogateComponent> components;  // those of label +1 first
};

// The file keeps a count in one byte: three bits of exponent, five of mantissa.
// Counts to 63 are exact, larger ones to 1/64, up to 4032.
int CountOfCode(uint8_t code);

// The largest count that a code stands for and that is at most `count`, and the
// smallest that is at least `count`, in a component of num_rows rows. There
// num_rows itself (at most 4032) has a code: a larger value means "every row".
struct CountBracket {
  int below;
  int above;
};
CountBracket BracketCount(double count, int num_rows);

// The bytes of a model file: one line of text, then little-endian 16-bit
// num_features and numbers of components of label +1 and -1, then for each
// component 16 bits of num_rows and one code a column. InvalidArgument if a
// number does not fit, a count has no code, or label -1 comes before +1.
absl::StatusOr<std::string> SerializeSurrogate(const SurrogateModel& model);

// Reads those bytes. InvalidArgument if they are not such a file.
absl::StatusOr<SurrogateModel> ParseSurrogate(absl::string_view bytes);

// Draws the data: all values 1, rows of all components shuffled. Integer
// arithmetic and counter-based random bits only, so the same model gives the
// same bits on every machine.
SparseDataset DrawSurrogate(const SurrogateModel& model);

}  // namespace local_sgd

#endif  // DATA_W8A_SURROGATE_MODEL_H_
