#include "lib/records/finding_record.h"

#include <cmath>

#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {
namespace {

void CheckInterval(const FindingRecord& record, FieldReader& reader) {
  reader.ExpectPresence(record.low.has_value(), "high", "as in low");
  if (!record.low || !record.high) return;
  reader.Expect(*record.low <= record.value, "low", *record.low,
                "at most the value");
  reader.Expect(*record.high >= record.value, "high", *record.high,
                "at least the value");
}

}  // namespace

const Schema<FindingRecord>& FindingSchema() {
  using R = FindingRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Findings",
      .fields = {Key("experiment", &R::experiment), Key("name", &R::name),
                 Key("setting", &R::setting), Value("value", &R::value),
                 Value("low", &R::low), Value("high", &R::high),
                 Value("seeds", &R::seeds, AtLeast(0)),
                 Value("dataset", &R::dataset)},
      .check = CheckInterval,
      .repeated = "this finding of this experiment and setting stands twice"};
  return schema;
}

bool IsDefined(const FindingRecord& record) {
  return std::isfinite(record.value) &&
         std::isfinite(record.low.value_or(record.value)) &&
         std::isfinite(record.high.value_or(record.value));
}

}  // namespace local_sgd
