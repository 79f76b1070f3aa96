// --format: how a program writes its results to stdout.

#ifndef LIB_RECORDS_FORMAT_H_
#define LIB_RECORDS_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "lib/records/table.h"

namespace local_sgd {

enum class Format { kTable, kJson, kCsv };

// "table", "json" or "csv"; otherwise InvalidArgument naming flag and value.
absl::StatusOr<Format> ParseFormat(const std::string& text);

// The table in that format; errors as Validate().
absl::StatusOr<std::string> ToFormat(const Table& table, Format format);

// A table of exactly one row as one record: a JSON object instead of an array,
// and "name  value" lines instead of one wide row.
absl::StatusOr<std::string> RecordToFormat(const Table& table, Format format);

}  // namespace local_sgd

#endif  // LIB_RECORDS_FORMAT_H_
