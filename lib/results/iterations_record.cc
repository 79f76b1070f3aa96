#include "lib/results/iterations_record.h"

#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "lib/results/diverged_column.h"
#include "lib/results/field_reader.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns = *new std::vector<Column>{
      {"step_size", ""},  {"epsilon", ""}, {"batch", ""},
      {"workers", ""},    {"period", ""},  {"seed", ""},
      {"iterations", ""}, {"iterate", ""}, {kDivergedColumn, ""}};
  return columns;
}

}  // namespace

Table IterationsRecordTable(const std::vector<IterationsRecord>& records) {
  Table table;
  table.title = "Iterations of every seed";
  table.columns = Columns();
  for (const IterationsRecord& r : records) {
    table.rows.push_back({r.step_size, r.epsilon, r.batch, r.workers, r.period,
                          static_cast<int64_t>(r.seed), ToCell(r.iterations),
                          ToCell(r.iterate), DivergedCell(r.diverged)});
  }
  return table;
}

absl::StatusOr<std::vector<IterationsRecord>> ParseIterationsRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<IterationsRecord> records;
  std::set<std::tuple<std::string, double, int64_t, int64_t, int64_t, uint64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    IterationsRecord r;
    r.step_size = reader.Text("step_size");
    r.epsilon = reader.NumberAboveZero("epsilon");
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.period = reader.Count("period");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.iterations = reader.OptionalCount("iterations");
    r.iterate = reader.OptionalOneOf("iterate", IterateChoices());
    reader.ExpectPresence(r.iterations.has_value(), "iterate",
                          "as in iterations");
    r.diverged = reader.Diverged();
    reader.Expect(!(r.diverged && r.iterations), kDivergedColumn, "yes",
                  "no where there are iterations");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert(
                 {r.step_size, r.epsilon, r.batch, r.workers, r.period, r.seed})
             .second) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path, ":", csv.line,
                       ": these settings and this seed stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
