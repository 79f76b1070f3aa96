// Reads back the records that ToCsv wrote: tables and figures are made from
// records alone.

#ifndef LIB_RECORDS_CSV_READER_H_
#define LIB_RECORDS_CSV_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace local_sgd {

struct CsvRecord {
  int64_t line = 0;  // where it starts, from 1
  // One for each column; an empty field is nothing, a quoted one is text.
  std::vector<std::optional<std::string>> fields;
};

struct CsvFile {
  std::string path;  // for error messages
  std::vector<std::string> columns;
  std::vector<CsvRecord> records;
};

// RFC 4180 with "\n" or "\r\n"; the first line names the columns. Errors are
// InvalidArgument and name path and line: no header, a repeated or empty
// column name, a record of another length, a quote out of place or not closed.
absl::StatusOr<CsvFile> ParseCsv(const std::string& contents,
                                 const std::string& path);

// The same from a file, which anyone may have written: every field is
// PrintableText (lib/records/outside_text.h) but for ends of lines and tabs.
// NotFound or Unavailable with errno's text when it cannot be read.
absl::StatusOr<CsvFile> ReadCsv(const std::string& path);

// InvalidArgument unless the columns are exactly these in this order.
absl::Status ExpectColumns(const CsvFile& file,
                           const std::vector<std::string>& columns);

// One field of a record. `column` must be one of the file's columns (NotFound
// otherwise). Errors name path, line, column, the value and what was expected;
// the plain forms do not accept nothing.
absl::StatusOr<std::string> TextField(const CsvFile& file,
                                      const CsvRecord& record,
                                      const std::string& column);
absl::StatusOr<int64_t> IntegerField(const CsvFile& file,
                                     const CsvRecord& record,
                                     const std::string& column);
absl::StatusOr<double> NumberField(const CsvFile& file, const CsvRecord& record,
                                   const std::string& column);
absl::StatusOr<std::optional<std::string>> OptionalTextField(
    const CsvFile& file, const CsvRecord& record, const std::string& column);
absl::StatusOr<std::optional<double>> OptionalNumberField(
    const CsvFile& file, const CsvRecord& record, const std::string& column);

}  // namespace local_sgd

#endif  // LIB_RECORDS_CSV_READER_H_
