#include "experiments/variance_reduction/records.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/records/field_reader.h"
#include "lib/records/schema.h"

namespace local_sgd {

const Schema<VarianceRecord>& VarianceSchema() {
  using R = VarianceRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Errors of every seed",
      .fields =
          {Key("dataset", &R::dataset),
           Value("dataset_sha256", &R::dataset_sha256),
           Key("regularization",
               Of(&R::method, &VarianceMethod::regularization)),
           Key("step_size", Of(&R::method, &VarianceMethod::step_size)),
           Key("synchronisation",
               Of(&R::method, &VarianceMethod::synchronisation)),
           Key("batch", &R::batch, AtLeast(1)),
           Key("workers", &R::workers, AtLeast(1)),
           Key("iterations", &R::iterations, AtLeast(1)),
           Key("iterate", &R::iterate, AnIterate()), Key("seed", &R::seed),
           Value("squared_distance",
                 Of(&R::error, &SeedError::squared_distance), AtLeast(0)),
           Value("squared_deviation",
                 Of(&R::error, &SeedError::squared_deviation), AtLeast(0)),
           Value("variance_of_others",
                 Of(&R::error, &SeedError::variance_of_others), AtLeast(0)),
           Value("gap", Of(&R::error, &SeedError::gap)),
           Value("gap_of_others", Of(&R::error, &SeedError::gap_of_others)),
           Value("gap_of_mean", Of(&R::error, &SeedError::gap_of_mean))},
      .check = [](const R& r, FieldReader& reader) {
        reader.ExpectCountable(r.iterations, r.workers, r.batch);
      }};
  return schema;
}

const Schema<GradientVarianceRecord>& GradientVarianceSchema() {
  using R = GradientVarianceRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Variance of the averaged gradient",
      .fields = {
          Key("dataset", &R::dataset),
          Value("dataset_sha256", &R::dataset_sha256),
          Key("point", &R::point, OneOf({"start", "optimum", "path"})),
          Key("regularization",
              Of(&R::method, &VarianceMethod::regularization)),
          Key("step_size", Of(&R::method, &VarianceMethod::step_size)),
          Key("synchronisation",
              Of(&R::method, &VarianceMethod::synchronisation)),
          Key("batch", &R::batch, AtLeast(1)),
          Key("workers", &R::workers, AtLeast(1)),
          Key("iterations", &R::iterations, AtLeast(0)), Key("seed", &R::seed),
          Value("draws", &R::draws, AtLeast(1)),
          Value("variance", &R::variance, AtLeast(0)),
          Value("gradient_variance", &R::gradient_variance, AtLeast(0))}};
  return schema;
}

std::vector<VarianceSeries> SeriesOf(
    const std::vector<VarianceRecord>& records) {
  // The series that a record may be in, without its cells.
  struct Key {
    std::string dataset;
    VarianceMethod method;
    std::string iterate;
    int64_t batch;
    bool equal_iterations;
    int64_t equal;
    auto operator<=>(const Key&) const = default;
  };
  std::vector<Key> order;
  std::map<Key, std::map<int64_t, std::map<uint64_t, const VarianceRecord*>>>
      cells;
  std::vector<VarianceMethod> methods;
  for (const VarianceRecord& r : records) {
    if (std::find(methods.begin(), methods.end(), r.method) == methods.end()) {
      methods.push_back(r.method);
    }
  }
  for (const bool equal_iterations : {true, false}) {
    for (const VarianceRecord& r : records) {
      for (const VarianceMethod& method : methods) {
        const bool same = r.method == method;
        const bool shared = r.workers == 1 &&
                            r.method.regularization == method.regularization &&
                            r.method.step_size == method.step_size;
        if (!same && !shared) continue;
        const Key key = {r.dataset,
                         method,
                         r.iterate,
                         r.batch,
                         equal_iterations,
                         equal_iterations ? r.iterations
                                          : r.iterations * r.workers * r.batch};
        if (cells.find(key) == cells.end()) order.push_back(key);
        cells[key][r.workers][r.seed] = &r;
      }
    }
  }
  std::vector<VarianceSeries> all;
  for (const Key& key : order) {
    VarianceSeries series = {key.dataset, key.method,           key.iterate,
                             key.batch,   key.equal_iterations, key.equal,
                             {}};
    size_t most_seeds = 0;
    for (const auto& [workers, seeds] : cells[key]) {
      most_seeds = std::max(most_seeds, seeds.size());
    }
    for (const auto& [workers, seeds] : cells[key]) {
      if (seeds.size() < most_seeds) continue;
      VarianceCell cell;
      cell.workers = workers;
      cell.iterations = seeds.begin()->second->iterations;
      for (const auto& [seed, record] : seeds) {
        cell.seeds.push_back(record->error);
      }
      series.cells.push_back(std::move(cell));
    }
    if (series.cells.size() >= 2) all.push_back(std::move(series));
  }
  return all;
}

}  // namespace local_sgd
