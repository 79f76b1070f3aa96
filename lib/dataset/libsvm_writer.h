// Writes a dataset as LIBSVM text: to hand it to other programs, and as the
// bytes whose checksum names a generated dataset.

#ifndef LIB_DATASET_LIBSVM_WRITER_H_
#define LIB_DATASET_LIBSVM_WRITER_H_

#include <string>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// One line per sample, `-1 4:1 5:0.25`, without blanks at its end, values as
// the shortest decimals that read back as the same double, features counted
// from 1. ParseLibsvm reads the same dataset back if both classes occur, there
// is a nonzero, no stored value is zero, and every column occurs in a row.
// Where no row reaches feature d, the first one ends with an explicit zero
// there.
std::string WriteLibsvm(const SparseDataset& data);

}  // namespace local_sgd

#endif  // LIB_DATASET_LIBSVM_WRITER_H_
