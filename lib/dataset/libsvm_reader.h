// The LIBSVM text format, the common form of classification data: one sample a
// line, `label index:value index:value ...`, indices ascending from 1 (or,
// where the reader is told so, from 0).
//
// Read strictly, so that no slip in a file passes for data:
//  - Labels are any two finite numbers; the larger becomes +1, the other -1.
//  - Values are finite decimal numbers, whatever the locale. Zeros are not
//    stored, but their index counts for d, which the largest index in the file
//    decides. Features that have no other value get no column
//    (sparse_dataset.h), so that a few nonzeros under large indices stay cheap.
//  - Blanks are spaces and tabs, also at the end of a line; lines end with LF
//    or CRLF, the last one also without. A `#` at the start of a line or after
//    a blank begins a comment. Lines without anything else are skipped; a line
//    with a label alone is an empty row.
//  - Text is ASCII, behind a byte order mark of UTF-8 or not. UTF-16 is named
//    as such.

#ifndef LIB_DATASET_LIBSVM_READER_H_
#define LIB_DATASET_LIBSVM_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/shard.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// What a reader accepts before it stops. Everything is inclusive.
struct LibsvmLimits {
  int64_t max_bytes = int64_t{8} << 30;  // of text, after decompression
  int64_t max_samples = (int64_t{1} << 31) - 1;
  int64_t first_index = 1;                  // of the first feature: 0 or 1
  int64_t max_features = int64_t{1} << 24;  // at most 2^31 - 1 counts
  int64_t max_nonzeros = (int64_t{1} << 31) - 1;
  int64_t max_line_bytes = int64_t{1} << 29;  // memory for one line
};

// Parses LIBSVM text. Errors begin with `name`:line where they belong to one
// line, and say what was found and what was expected: InvalidArgument for text
// that is malformed, has no value but 0, or has not exactly two classes;
// ResourceExhausted beyond a limit, except that an index out of range is
// InvalidArgument.
absl::StatusOr<SparseDataset> ParseLibsvm(absl::string_view text,
                                          absl::string_view name,
                                          const LibsvmLimits& limits = {});

struct LibsvmFile {
  SparseDataset data;
  int64_t num_samples = 0;  // in the file, whatever the shard
  std::string sha256;       // of the file's bytes as stored, the ones parsed
};

// Reads a LIBSVM file, plain or in an archive (decompress.h), in one pass; the
// text is never in memory as a whole. Errors as ParseLibsvm with the path as
// name, and those of ReadDecompressed. Checks all of the file, keeps the
// samples of `shard` (with d, columns and labels as the whole file decides
// them) and memory for those alone, and for one number of each feature that
// occurs anywhere; limits on samples and nonzeros are on those kept.
absl::StatusOr<LibsvmFile> ReadLibsvm(const std::string& path,
                                      const LibsvmLimits& limits = {},
                                      Shard shard = {});

}  // namespace local_sgd

#endif  // LIB_DATASET_LIBSVM_READER_H_
