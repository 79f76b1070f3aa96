#include "experiments/measured_speedup/tuning_record.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {
namespace {

// What is there depends on the outcome.
void CheckOutcome(const TuningRecord& record, FieldReader& reader) {
  const std::string why = absl::StrCat("with outcome '", record.outcome, "'");
  const bool same = record.outcome == "same";
  reader.ExpectPresence(!same && record.outcome != "not_tried", "iterations",
                        why);
  reader.ExpectPresence(record.outcome == "reached", "iterate", why);
  reader.ExpectPresence(same, "same_as_family", why);
  reader.ExpectPresence(same, "same_as_exponent", why);
}

}  // namespace

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
      .check = CheckOutcome,
      .repeated = "this candidate stands twice"};
  return schema;
}

}  // namespace local_sgd
