// The stand-in for w8a where the file itself cannot be had: data drawn from a
// statistical model that was fitted to w8a and is compiled into the program.

#ifndef DATA_W8A_SURROGATE_H_
#define DATA_W8A_SURROGATE_H_

#include "absl/strings/string_view.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// w8a's n = 49749, d = 300 and 1479 positive labels; nonzeros, smoothness and
// optimal value close to w8a's. The same bits on every machine and in every
// call. Not w8a: what is computed from it must say so.
SparseDataset MakeW8aSurrogate();

// The model behind it, as //data:fit_surrogate wrote it to
// data/w8a_surrogate.model; its checksum identifies the data.
absl::string_view W8aSurrogateModelBytes();

}  // namespace local_sgd

#endif  // DATA_W8A_SURROGATE_H_
