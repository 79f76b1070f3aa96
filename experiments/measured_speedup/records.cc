#include "experiments/measured_speedup/records.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "lib/records/diverged_column.h"
#include "lib/records/field_reader.h"
#include "lib/records/json_text.h"
#include "lib/records/schema.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

// T stands where all seeds reached epsilon; the fields of the winner and of the
// second stand together or not at all.
void CheckPresence(const SpeedupRecord& record, FieldReader& reader) {
  reader.Expect(record.seeds_reached <= record.seeds, "seeds_reached",
                record.seeds_reached,
                absl::StrCat("at most the seeds, ", record.seeds));
  reader.ExpectPresence(record.seeds_reached == record.seeds, "iterations",
                        absl::StrCat("where ", record.seeds_reached, " of ",
                                     record.seeds, " seeds reached epsilon"));
  if (record.step_size != kTunedStepSize) {
    for (const char* column : {"chosen_family", "runner_up_family"}) {
      reader.ExpectPresence(
          false, column,
          absl::StrCat("with step size '", record.step_size, "'"));
    }
  }
  for (const char* column : {"iterations_selected", "chosen_exponent",
                             "chosen_iterate", "chosen_interior"}) {
    reader.ExpectPresence(record.chosen_family.has_value(), column,
                          "as in chosen_family");
  }
  for (const char* column :
       {"runner_up_exponent", "runner_up_iterations", "runner_up_iterate"}) {
    reader.ExpectPresence(record.runner_up_family.has_value(), column,
                          "as in runner_up_family");
  }
}

void CheckIterations(const IterationsRecord& record, FieldReader& reader) {
  reader.ExpectPresence(record.iterations.has_value(), "iterate",
                        "as in iterations");
  reader.Expect(!(record.diverged && record.iterations), kDivergedColumn, "yes",
                "no where there are iterations");
}

// What is there depends on the outcome.
void CheckCandidate(const TuningRecord& record, FieldReader& reader) {
  const std::string why = absl::StrCat("with outcome '", record.outcome, "'");
  const bool same = record.outcome == "same";
  reader.ExpectPresence(!same && record.outcome != "not_tried", "iterations",
                        why);
  reader.ExpectPresence(record.outcome == "reached", "iterate", why);
  reader.ExpectPresence(same, "same_as_family", why);
  reader.ExpectPresence(same, "same_as_exponent", why);
}

void CheckJson(const RunLine& line, FieldReader& reader) {
  const auto json = ParseJson(line.json);
  reader.Expect(json.ok() && json->is_object(), "run", line.json,
                "a JSON object");
}

}  // namespace

const Schema<SpeedupRecord>& SpeedupSchema() {
  using R = SpeedupRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Measured speedups",
      .fields =
          {Key("dataset", &R::dataset),
           Key("dataset_sha256", &R::dataset_sha256),
           Key("step_size", &R::step_size),
           Key("epsilon", &R::epsilon, Above(0)),
           Key("batch", &R::batch, AtLeast(1)),
           Key("workers", &R::workers, AtLeast(1)),
           Key("period", &R::period, AtLeast(1)),
           Value("seeds", &R::seeds, AtLeast(1)),
           Value("seeds_reached", &R::seeds_reached, AtLeast(0)),
           Value("iterations_selected", &R::iterations_selected, AtLeast(1)),
           Value("iterations", &R::iterations, Above(0), Decimals(0)),
           Value("iterations_stderr", &R::iterations_stderr, AtLeast(0),
                 Decimals(0)),
           Value("iterate", &R::iterate, AnIterate()),
           Value("chosen_family", &R::chosen_family, AFamily()),
           Value("chosen_exponent", &R::chosen_exponent),
           Value("chosen_iterate", &R::chosen_iterate, AnIterate()),
           Value("chosen_interior", &R::chosen_interior, OneOf({"yes", "no"})),
           Value("runner_up_family", &R::runner_up_family, AFamily()),
           Value("runner_up_exponent", &R::runner_up_exponent),
           Value("runner_up_iterations", &R::runner_up_iterations, AtLeast(1)),
           Value("runner_up_iterate", &R::runner_up_iterate, AnIterate()),
           Value("speedup_free", &R::speedup_free, Above(0), Decimals(2)),
           Value("speedup_free_stderr", &R::speedup_free_stderr, AtLeast(0),
                 Decimals(2)),
           Value("speedup_star", &R::speedup_star, AtLeast(0), Decimals(2)),
           Value("speedup_ring", &R::speedup_ring, AtLeast(0), Decimals(2)),
           Value("rho", &R::rho, AtLeast(0))},
      .check = CheckPresence,
      .repeated = "these settings stand twice"};
  return schema;
}

const Schema<IterationsRecord>& IterationsSchema() {
  using R = IterationsRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Iterations of every seed",
      .fields = {Key("step_size", &R::step_size),
                 Key("epsilon", &R::epsilon, Above(0)),
                 Key("batch", &R::batch, AtLeast(1)),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)), Key("seed", &R::seed),
                 Value("iterations", &R::iterations, AtLeast(1)),
                 Value("iterate", &R::iterate, AnIterate()),
                 Value(kDivergedColumn, &R::diverged)},
      .check = CheckIterations};
  return schema;
}

const Schema<TuningRecord>& TuningSchema() {
  using R = TuningRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Every step size tried",
      .fields = {Key("epsilon", &R::epsilon, Above(0)),
                 Key("batch", &R::batch, AtLeast(1)),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)), Key("seed", &R::seed),
                 Key("family", &R::family, AFamily()),
                 Key("exponent", &R::exponent),
                 Value("outcome", &R::outcome,
                       OneOf({"reached", "diverged", "limit", "dropped", "same",
                              "not_tried"})),
                 Value("iterations", &R::iterations, AtLeast(1)),
                 Value("iterate", &R::iterate, AnIterate()),
                 Value("gap", &R::gap),
                 Value("same_as_family", &R::same_as_family, AFamily()),
                 Value("same_as_exponent", &R::same_as_exponent)},
      .check = CheckCandidate,
      .repeated = "this candidate stands twice"};
  return schema;
}

const Schema<RunLine>& RunLineSchema() {
  static const auto& schema =
      *new Schema<RunLine>{.title = "Runs",
                           .fields = {Key("run", &RunLine::json)},
                           .check = CheckJson};
  return schema;
}

}  // namespace local_sgd
