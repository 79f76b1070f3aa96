#include "experiments/communication_period/records.h"

#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/records/diverged_column.h"
#include "lib/records/field_reader.h"
#include "lib/records/schema.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

std::string LambdaText(double lambda) {
  return absl::StrCat("lambda=", CellText(lambda, Significant(3)));
}

// The column that follows from the gaps.
Field<PeriodRecord> DivergedField() {
  return {
      {kDivergedColumn, ""},
      /*is_key=*/false,
      [](const PeriodRecord& r) { return Cell(DivergedCell(r.diverged())); },
      [](FieldReader& reader, PeriodRecord& r) {
        bool diverged = false;
        reader.Read(kDivergedColumn, {}, diverged);
        reader.Expect(diverged == r.diverged(), kDivergedColumn,
                      DivergedCell(!r.diverged()),
                      "yes where and only where a gap is missing");
      }};
}

void CheckOutcome(const ScheduleRecord& record, FieldReader& reader) {
  reader.ExpectPresence(record.iterations.has_value(), "rounds",
                        "as in iterations");
  reader.Expect(record.epsilon || record.iterations, "iterations", "",
                "a value where there is no epsilon");
  const bool has_value =
      record.epsilon ? record.iterations.has_value() : !!record.gap;
  reader.Expect(!(record.diverged && has_value), kDivergedColumn, "yes",
                "no where the run has what it was to find");
}

}  // namespace

const Schema<PeriodRecord>& PeriodSchema() {
  using R = PeriodRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Error by period and seed",
      .fields = {Key("dataset", &R::dataset),
                 Key("regularization", &R::regularization, Above(0)),
                 Key("step_size", &R::step_size),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("batch", &R::batch, AtLeast(1)),
                 Key("iterations", &R::iterations, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)), Key("seed", &R::seed),
                 Value("chosen", &R::chosen), Value("gap", &R::gap),
                 Value("iterations_later", &R::iterations_later),
                 Value("gap_later", &R::gap_later), DivergedField()},
      .check = [](const R& r, FieldReader& reader) {
        reader.ExpectCountable(r.iterations, r.workers, r.batch);
        reader.Expect(r.period <= r.iterations, "period", r.period,
                      "at most iterations");
        reader.Expect(r.iterations_later > r.iterations, "iterations_later",
                      r.iterations_later,
                      absl::StrCat("more than iterations, ", r.iterations));
      }};
  return schema;
}

const Schema<ScheduleRecord>& ScheduleSchema() {
  using R = ScheduleRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Schedules of communication",
      .fields = {Key("dataset", &R::dataset),
                 Key("regularization", &R::regularization, Above(0)),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("batch", &R::batch, AtLeast(1)), Value("kind", &R::kind),
                 Key("schedule", &R::schedule), Value("chosen", &R::chosen),
                 Key("seed", &R::seed), Key("epsilon", &R::epsilon, Above(0)),
                 Value("iterations", &R::iterations, AtLeast(1)),
                 Value("rounds", &R::rounds, AtLeast(1)), Value("gap", &R::gap),
                 Value(kDivergedColumn, &R::diverged)},
      .check = CheckOutcome,
      // Without an epsilon T is a setting.
      .derived_key = [](const R& r) {
        return r.epsilon ? Cell() : ToCell(r.iterations);
      }};
  return schema;
}

std::optional<double> FiniteGap(double gap) {
  if (!std::isfinite(gap)) return std::nullopt;
  return gap;
}

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

}  // namespace local_sgd
