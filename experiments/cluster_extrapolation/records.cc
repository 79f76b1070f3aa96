#include "experiments/cluster_extrapolation/records.h"

#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {

const Schema<ExtrapolationRecord>& ExtrapolationSchema() {
  using R = ExtrapolationRecord;
  static const auto& schema = *new Schema<R>{
      .title = "A model of large clusters",
      .fields = {Key("network", &R::network),
                 Value("network_source", &R::network_source),
                 Value("latency_seconds", &R::latency_seconds, AtLeast(0)),
                 Value("message_seconds", &R::message_seconds, AtLeast(0)),
                 Value("bytes_per_second", &R::bytes_per_second, Above(0)),
                 Key("features", &R::features, AtLeast(1)),
                 Key("gradient_seconds", &R::gradient_seconds, Above(0)),
                 Value("gradient_source", &R::gradient_source),
                 Key("batch", &R::batch, AtLeast(1)),
                 Key("noise_seconds", &R::noise_seconds, AtLeast(0)),
                 Key("epsilon", &R::epsilon, AtLeast(0)),
                 Key("exchange", &R::exchange,
                     OneOf({"tree", "ring", "server"})),
                 Key("period", &R::period, AtLeast(1)),
                 Key("workers", &R::workers, AtLeast(1)),
                 Value("compute_seconds", &R::compute_seconds, Above(0)),
                 Value("waiting_seconds", &R::waiting_seconds, AtLeast(0)),
                 Value("exchange_seconds", &R::exchange_seconds, AtLeast(0)),
                 Value("iteration_factor", &R::iteration_factor, Above(0)),
                 Value("speedup", &R::speedup, Above(0)),
                 Value("limit", &R::limit, Above(0))},
      .repeated = "these settings stand twice"};
  return schema;
}

}  // namespace local_sgd
