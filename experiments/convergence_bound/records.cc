#include "experiments/convergence_bound/records.h"

#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {

const Schema<ConvergenceBoundRecord>& ConvergenceBoundSchema() {
  using R = ConvergenceBoundRecord;
  static const auto& schema = *new Schema<R>{
      .title = "f(xhat_T) - f* and bound (5)",
      .fields =
          {Key("dataset", &R::dataset),
           Value("dataset_sha256", &R::dataset_sha256),
           Key("lambda", &R::lambda, Above(0)),
           Key("workers", &R::workers, AtLeast(1)),
           Key("batch", &R::batch, AtLeast(1)),
           Key("period", &R::period, AtLeast(1)),
           Key("iterations", &R::iterations, AtLeast(1)),
           Value("seeds", &R::seeds, AtLeast(1)), Value("error", &R::error),
           Value("error_stderr", &R::error_stderr, AtLeast(0)),
           Value("bias", &R::bias, AtLeast(0)),
           Value("variance_a_priori", Of(&R::a_priori, &BoundColumns::variance),
                 AtLeast(0)),
           Value("drift_a_priori", Of(&R::a_priori, &BoundColumns::drift),
                 AtLeast(0)),
           Value("total_a_priori", Of(&R::a_priori, &BoundColumns::total),
                 AtLeast(0)),
           Value("ratio_a_priori", Of(&R::a_priori, &BoundColumns::ratio),
                 AtLeast(0)),
           Value("variance_path", Of(&R::path, &BoundColumns::variance),
                 AtLeast(0)),
           Value("drift_path", Of(&R::path, &BoundColumns::drift), AtLeast(0)),
           Value("total_path", Of(&R::path, &BoundColumns::total), AtLeast(0)),
           Value("ratio_path", Of(&R::path, &BoundColumns::ratio), AtLeast(0))},
      .check =
          [](const R& r, FieldReader& reader) {
            reader.ExpectPresence(r.seeds > 1, "error_stderr",
                                  "for several seeds");
          },
      .repeated = "these settings stand twice"};
  return schema;
}

const Schema<BoundRunRecord>& BoundRunSchema() {
  using R = BoundRunRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Every run of the convergence bound",
      .fields = {Key("lambda", &R::lambda, Above(0)),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("batch", &R::batch, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)), Key("seed", &R::seed),
                 Key("iterations", &R::iterations, AtLeast(1)),
                 Value("error", &R::error),
                 Value("step_size", &R::step_size, AtLeast(0)),
                 Value("drift", &R::drift, AtLeast(0)),
                 Value("drift_bound_path", &R::drift_bound_path, AtLeast(0)),
                 Value("variance", &R::variance, AtLeast(0)),
                 Value("second_moment", &R::second_moment, AtLeast(0)),
                 Value("gradient_variance_ratio", &R::gradient_variance_ratio,
                       AtLeast(0))}};
  return schema;
}

}  // namespace local_sgd
