#include "lib/records/format.h"

#include "absl/strings/str_cat.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

absl::StatusOr<Format> ParseFormat(const std::string& text) {
  if (text == "table") return Format::kTable;
  if (text == "json") return Format::kJson;
  if (text == "csv") return Format::kCsv;
  return absl::InvalidArgumentError(
      absl::StrCat("--format=", text, ": expected table, json or csv"));
}

absl::StatusOr<std::string> ToFormat(const Table& table, Format format) {
  switch (format) {
    case Format::kTable:
      return ToText(table);
    case Format::kJson:
      return ToJson(table);
    case Format::kCsv:
      return ToCsv(table);
  }
  return absl::InternalError("unknown format");
}

absl::StatusOr<std::string> RecordToFormat(const Table& table, Format format) {
  if (table.rows.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("table '", table.title, "': ", table.rows.size(),
                     " rows, expected the one row of a record"));
  }
  switch (format) {
    case Format::kTable:
      return ToTextList(table);
    case Format::kJson: {
      ASSIGN_OR_RETURN(nlohmann::ordered_json rows, ToJsonValue(table));
      return JsonText(rows[0]);
    }
    case Format::kCsv:
      return ToCsv(table);
  }
  return absl::InternalError("unknown format");
}

}  // namespace local_sgd
