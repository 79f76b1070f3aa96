#include "lib/results/finding_record.h"

#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/results/field_reader.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns = *new std::vector<Column>{
      {"experiment", ""}, {"name", ""}, {"setting", ""}, {"value", ""},
      {"low", ""},        {"high", ""}, {"seeds", ""},   {"dataset", ""}};
  return columns;
}

}  // namespace

Table FindingRecordTable(const std::vector<FindingRecord>& records) {
  Table table;
  table.title = "Findings";
  table.columns = Columns();
  for (const FindingRecord& r : records) {
    table.rows.push_back({r.experiment, r.name, r.setting, r.value,
                          ToCell(r.low), ToCell(r.high), r.seeds, r.dataset});
  }
  return table;
}

bool IsDefined(const FindingRecord& record) {
  return std::isfinite(record.value) &&
         std::isfinite(record.low.value_or(record.value)) &&
         std::isfinite(record.high.value_or(record.value));
}

absl::StatusOr<std::vector<FindingRecord>> ParseFindingRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<FindingRecord> records;
  std::set<std::tuple<std::string, std::string, std::string>> settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    FindingRecord r;
    r.experiment = reader.Text("experiment");
    r.name = reader.Text("name");
    r.setting = reader.Text("setting");
    r.value = reader.Number("value");
    r.low = reader.OptionalNumber("low");
    r.high = reader.OptionalNumber("high");
    reader.ExpectPresence(r.low.has_value(), "high", "as in low");
    if (r.low && r.high) {
      reader.Expect(*r.low <= r.value, "low", *r.low, "at most the value");
      reader.Expect(*r.high >= r.value, "high", *r.high, "at least the value");
    }
    r.seeds = reader.IntegerFrom(0, "seeds");
    r.dataset = reader.Text("dataset");
    if (!reader.status().ok()) return reader.status();
    if (!settings.insert({r.experiment, r.name, r.setting}).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.path, ":", csv.line,
          ": this finding of this experiment and setting stands twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
