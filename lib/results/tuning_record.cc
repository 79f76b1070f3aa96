#include "lib/results/tuning_record.h"

#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "lib/results/field_reader.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns = *new std::vector<Column>{
      {"epsilon", ""},          {"batch", ""},   {"workers", ""},
      {"period", ""},           {"seed", ""},    {"family", ""},
      {"exponent", ""},         {"outcome", ""}, {"iterations", ""},
      {"iterate", ""},          {"gap", ""},     {"same_as_family", ""},
      {"same_as_exponent", ""},
  };
  return columns;
}

}  // namespace

Table TuningRecordTable(const std::vector<TuningRecord>& records) {
  Table table;
  table.title = "Every step size tried";
  table.columns = Columns();
  for (const TuningRecord& r : records) {
    table.rows.push_back({r.epsilon, r.batch, r.workers, r.period,
                          static_cast<int64_t>(r.seed), r.family, r.exponent,
                          r.outcome, ToCell(r.iterations), ToCell(r.iterate),
                          ToCell(r.gap), ToCell(r.same_as_family),
                          ToCell(r.same_as_exponent)});
  }
  return table;
}

absl::StatusOr<std::vector<TuningRecord>> ParseTuningRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<TuningRecord> records;
  std::set<std::tuple<double, int64_t, int64_t, int64_t, uint64_t, std::string,
                      int64_t>>
      candidates;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    TuningRecord r;
    r.epsilon = reader.NumberAboveZero("epsilon");
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.period = reader.Count("period");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.family = reader.OneOf("family", FamilyChoices());
    r.exponent = reader.Integer("exponent");
    r.outcome = reader.OneOf("outcome", {"reached", "diverged", "limit",
                                         "dropped", "same", "not_tried"});
    r.iterations = reader.OptionalCount("iterations");
    r.iterate = reader.OptionalOneOf("iterate", IterateChoices());
    r.gap = reader.OptionalNumber("gap");
    r.same_as_family = reader.OptionalOneOf("same_as_family", FamilyChoices());
    r.same_as_exponent = reader.OptionalInteger("same_as_exponent");
    const std::string of_outcome =
        absl::StrCat("with outcome '", r.outcome, "'");
    const bool same = r.outcome == "same";
    reader.ExpectPresence(!same && r.outcome != "not_tried", "iterations",
                          of_outcome);
    reader.ExpectPresence(r.outcome == "reached", "iterate", of_outcome);
    reader.ExpectPresence(same, "same_as_family", of_outcome);
    reader.ExpectPresence(same, "same_as_exponent", of_outcome);
    if (!reader.status().ok()) return reader.status();
    if (!candidates
             .insert({r.epsilon, r.batch, r.workers, r.period, r.seed, r.family,
                      r.exponent})
             .second) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.path, ":", csv.line, ": this candidate stands twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
