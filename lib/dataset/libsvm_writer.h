// Writes a dataset as LIBSVM text: to hand it to other programs, and as the
// bytes whose checksum names a generated dataset.

#ifndef LIB_DATASET_LIBSVM_WRITER_H_
#define LIB_DATASET_LIBSVM_WRITER_H_

#include <string>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// One line per sample, `-1 4:1 5:0.25`, without blanks at its end, values as
// the shortest decimals that read back as the same double. ParseLibsvm reads
// the same dataset back if both classes occur, d >= 1, and no stored value is
// zero. Where no row reaches column d, the first one ends with an explicit
// zero there.
std::string WriteLibsvm(const SparseDataset& data);

}  // namespace local_sgd

#endif  // LIB_DATASET_LIBSVM_WRITER_H_
