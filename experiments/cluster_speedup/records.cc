#include "experiments/cluster_speedup/records.h"

#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {

const Schema<ClusterRecord>& ClusterSchema() {
  using R = ClusterRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Times of ranks",
      .fields = {Value("dataset", &R::dataset),
                 Value("dataset_sha256", &R::dataset_sha256),
                 Value("step_size", &R::step_size),
                 Value("epsilon", &R::epsilon, Above(0)),
                 Value("batch", &R::batch, AtLeast(1)), Value("seed", &R::seed),
                 Key("network", &R::network),
                 Value("nodes", &R::nodes, AtLeast(1)), Value("cpu", &R::cpu),
                 Value("cores", &R::cores, AtLeast(1)),
                 Key("ranks", &R::ranks, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)),
                 Value("iterations", &R::iterations, AtLeast(1)),
                 Value("gradient_seconds", &R::gradient_seconds, Above(0)),
                 Value("exchange_seconds", &R::exchange_seconds, Above(0)),
                 Value("iteration_seconds", &R::iteration_seconds, Above(0)),
                 Value("iteration_seconds_low", &R::iteration_seconds_low,
                       Above(0)),
                 Value("iteration_seconds_high", &R::iteration_seconds_high,
                       Above(0))},
      .repeated = "this network, ranks and period stand twice"};
  return schema;
}

}  // namespace local_sgd
