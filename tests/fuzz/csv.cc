// CSV: what is read can be written as a table and read back the same.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"
#include "tests/fuzz/allocations.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {

void FuzzOneInput(absl::string_view bytes) {
  const std::string contents(bytes);
  const PeakAllocation peak;
  const absl::StatusOr<CsvFile> file = ParseCsv(contents, "input");
  // A comma makes a field of 40 bytes, in a vector that grows.
  Require(peak.bytes() <= 4096 + 160 * static_cast<int64_t>(bytes.size()),
          "memory in proportion to the text",
          absl::StrCat(peak.bytes(), " bytes for ", bytes.size()));
  if (!file.ok()) {
    Require(absl::StartsWith(file.status().message(), "input:"),
            "an error that names file and line", file.status().ToString());
    return;
  }
  Table table;
  for (const std::string& name : file->columns) {
    table.columns.push_back({name, ""});
  }
  for (const CsvRecord& record : file->records) {
    std::vector<Cell>& row = table.rows.emplace_back();
    for (const std::optional<std::string>& field : record.fields) {
      row.push_back(field ? Cell(*field) : Cell());
    }
  }
  const absl::StatusOr<std::string> text = ToCsv(table);
  Require(text.ok(), "a table", text.status().ToString());
  const absl::StatusOr<CsvFile> again = ParseCsv(*text, "written");
  Require(again.ok(), "what is written can be read", again.status().ToString());
  bool same = again->columns == file->columns &&
              again->records.size() == file->records.size();
  for (size_t i = 0; same && i < file->records.size(); ++i) {
    same = again->records[i].fields == file->records[i].fields;
  }
  Require(same, "the same fields", *text);
}

}  // namespace local_sgd
