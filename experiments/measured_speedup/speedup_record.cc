#include "experiments/measured_speedup/speedup_record.h"

#include "absl/strings/str_cat.h"
#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

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

}  // namespace local_sgd
