#include "experiments/measured_speedup/iterations_record.h"

#include "lib/records/diverged_column.h"
#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {
namespace {

void CheckOutcome(const IterationsRecord& record, FieldReader& reader) {
  reader.ExpectPresence(record.iterations.has_value(), "iterate",
                        "as in iterations");
  reader.Expect(!(record.diverged && record.iterations), kDivergedColumn, "yes",
                "no where there are iterations");
}

}  // namespace

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
      .check = CheckOutcome};
  return schema;
}

}  // namespace local_sgd
