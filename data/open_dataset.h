// A dataset by the name that a user gives it, with the checksum of what was
// really read.

#ifndef DATA_OPEN_DATASET_H_
#define DATA_OPEN_DATASET_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "data/w8a.h"
#include "lib/dataset/shard.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

struct NamedDataset {
  // In records: "w8a", "w8a_surrogate", or the file's name; with index_base 0
  // followed by " (indices from 0)".
  std::string name;
  std::string sha256;  // of the file as stored, or of the surrogate as LIBSVM
                       // text
  SparseDataset data;
  int64_t num_samples = 0;  // n of all of it, whatever the shard
  int index_base = 1;       // what the file counts its features from
};

// "w8a": the file of W8aFacts, or an error: NotFound where this machine has
// none, with the places looked at and both remedies; FailedPrecondition for a
// file that is not it, with both checksums, and for a link that leads nowhere.
// "w8a_surrogate": the embedded stand-in. Anything else: the path of a LIBSVM
// file, with the errors of ReadLibsvm; a relative one goes from where the user
// typed it. In records it has its base name, or "file:w8a" where that would
// pass for one of the above; what cannot be shown of a name is written out
// (lib/records/outside_text.h). Of a file only the samples of `shard` are ever
// in memory. `index_base` is the index of the file's first feature, 0 or 1:
// InvalidArgument for anything but 1 where the data are one of ours.
absl::StatusOr<NamedDataset> OpenDataset(const std::string& dataset,
                                         const DataEnvironment& environment,
                                         Shard shard = {}, int index_base = 1);

}  // namespace local_sgd

#endif  // DATA_OPEN_DATASET_H_
