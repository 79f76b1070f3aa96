#include "lib/results/period_record.h"

#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/results/diverged_column.h"
#include "lib/results/field_reader.h"

namespace local_sgd {
namespace {

const std::vector<Column>& PeriodColumns() {
  static const auto& columns =
      *new std::vector<Column>{{"dataset", ""},
                               {"regularization", ""},
                               {"step_size", ""},
                               {"workers", ""},
                               {"batch", ""},
                               {"iterations", ""},
                               {"period", ""},
                               {"seed", ""},
                               {"chosen", ""},
                               {"gap", ""},
                               {"iterations_later", ""},
                               {"gap_later", ""},
                               {kDivergedColumn, ""}};
  return columns;
}

const std::vector<Column>& ScheduleColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"dataset", ""},      {"regularization", ""}, {"workers", ""},
      {"batch", ""},        {"kind", ""},           {"schedule", ""},
      {"chosen", ""},       {"seed", ""},           {"epsilon", ""},
      {"iterations", ""},   {"rounds", ""},         {"gap", ""},
      {kDivergedColumn, ""}};
  return columns;
}

absl::Status ExpectThese(const CsvFile& file,
                         const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  return ExpectColumns(file, names);
}

std::string LambdaText(double lambda) {
  return absl::StrCat("lambda=", CellText(lambda, Significant(3)));
}

absl::Status Twice(const CsvFile& file, const CsvRecord& csv) {
  return absl::InvalidArgumentError(absl::StrCat(
      file.path, ":", csv.line, ": these settings and this seed stand twice"));
}

}  // namespace

std::string ArmSetting(const PeriodRecord& record) {
  return absl::StrCat(record.step_size, ", ",
                      LambdaText(record.regularization));
}

std::string CellSetting(const PeriodRecord& record) {
  return absl::StrCat("K=", record.workers, ", b=", record.batch,
                      ", T=", record.iterations);
}

std::string ScheduleSetting(const ScheduleRecord& record) {
  return absl::StrCat(record.schedule, ", K=", record.workers,
                      ", b=", record.batch, ", ",
                      LambdaText(record.regularization));
}

Table PeriodRecordTable(const std::vector<PeriodRecord>& records) {
  Table table;
  table.title = "Error by period and seed";
  table.columns = PeriodColumns();
  for (const PeriodRecord& r : records) {
    table.rows.push_back({r.dataset, r.regularization, r.step_size, r.workers,
                          r.batch, r.iterations, r.period,
                          static_cast<int64_t>(r.seed), r.chosen, ToCell(r.gap),
                          r.iterations_later, ToCell(r.gap_later),
                          DivergedCell(r.diverged())});
  }
  return table;
}

absl::StatusOr<std::vector<PeriodRecord>> ParsePeriodRecords(
    const CsvFile& file) {
  absl::Status status = ExpectThese(file, PeriodColumns());
  if (!status.ok()) return status;
  std::vector<PeriodRecord> records;
  std::set<std::tuple<std::string, double, std::string, int64_t, int64_t,
                      int64_t, int64_t, uint64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    PeriodRecord r;
    r.dataset = reader.Text("dataset");
    r.regularization = reader.NumberAboveZero("regularization");
    r.step_size = reader.Text("step_size");
    r.workers = reader.Count("workers");
    r.batch = reader.Count("batch");
    r.iterations = reader.Count("iterations");
    reader.ExpectCountable(r.iterations, r.workers, r.batch);
    r.period = reader.Count("period");
    reader.Expect(r.period <= r.iterations, "period", r.period,
                  "at most iterations");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.chosen = reader.Text("chosen");
    r.gap = reader.OptionalNumber("gap");
    r.iterations_later = reader.Integer("iterations_later");
    reader.Expect(r.iterations_later > r.iterations, "iterations_later",
                  r.iterations_later,
                  absl::StrCat("more than iterations, ", r.iterations));
    r.gap_later = reader.OptionalNumber("gap_later");
    reader.Expect(reader.Diverged() == r.diverged(), kDivergedColumn,
                  DivergedCell(!r.diverged()),
                  "yes where and only where a gap is missing");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.regularization, r.step_size, r.workers,
                      r.batch, r.iterations, r.period, r.seed})
             .second) {
      return Twice(file, csv);
    }
    records.push_back(std::move(r));
  }
  return records;
}

Table ScheduleRecordTable(const std::vector<ScheduleRecord>& records) {
  Table table;
  table.title = "Schedules of communication";
  table.columns = ScheduleColumns();
  for (const ScheduleRecord& r : records) {
    table.rows.push_back({r.dataset, r.regularization, r.workers, r.batch,
                          r.kind, r.schedule, r.chosen,
                          static_cast<int64_t>(r.seed), ToCell(r.epsilon),
                          ToCell(r.iterations), ToCell(r.rounds), ToCell(r.gap),
                          DivergedCell(r.diverged)});
  }
  return table;
}

absl::StatusOr<std::vector<ScheduleRecord>> ParseScheduleRecords(
    const CsvFile& file) {
  absl::Status status = ExpectThese(file, ScheduleColumns());
  if (!status.ok()) return status;
  std::vector<ScheduleRecord> records;
  // With the epsilon, or without one the iterations.
  std::set<std::tuple<std::string, double, int64_t, int64_t, std::string,
                      uint64_t, double, int64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    ScheduleRecord r;
    r.dataset = reader.Text("dataset");
    r.regularization = reader.NumberAboveZero("regularization");
    r.workers = reader.Count("workers");
    r.batch = reader.Count("batch");
    r.kind = reader.Text("kind");
    r.schedule = reader.Text("schedule");
    r.chosen = reader.Text("chosen");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.epsilon = reader.OptionalNumberAboveZero("epsilon");
    r.iterations = reader.OptionalCount("iterations");
    r.rounds = reader.OptionalCount("rounds");
    r.gap = reader.OptionalNumber("gap");
    reader.ExpectPresence(r.iterations.has_value(), "rounds",
                          "as in iterations");
    reader.Expect(r.epsilon || r.iterations, "iterations", "",
                  "a value where there is no epsilon");
    r.diverged = reader.Diverged();
    const bool has_value = r.epsilon ? r.iterations.has_value() : !!r.gap;
    reader.Expect(!(r.diverged && has_value), kDivergedColumn, "yes",
                  "no where the run has what it was to find");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.regularization, r.workers, r.batch,
                      r.schedule, r.seed, r.epsilon.value_or(0),
                      r.epsilon ? 0 : *r.iterations})
             .second) {
      return Twice(file, csv);
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
