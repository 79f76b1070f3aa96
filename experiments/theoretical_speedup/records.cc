#include "experiments/theoretical_speedup/records.h"

#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {

const Schema<ModelledSpeedup>& ModelledSpeedupSchema() {
  using R = ModelledSpeedup;
  static const auto& schema = *new Schema<R>{
      .title = "Speedup S(K) of equation (9)",
      .fields = {Key("model", &R::model), Key("cost_model", &R::cost_model),
                 Key("rho", &R::rho), Key("epsilon", &R::epsilon),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)),
                 Value("speedup", &R::speedup, Above(0))},
      .repeated = "these settings stand twice"};
  return schema;
}

}  // namespace local_sgd
