#include "experiments/convergence_bound/series.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "lib/records/group_by.h"
#include "lib/statistics/mean.h"
#include "lib/theory/step_size.h"

namespace local_sgd {
namespace {

BoundColumns ColumnsOf(const BoundTerms& terms, double error) {
  BoundColumns columns = {terms.variance, terms.drift, terms.total(), {}};
  const double ratio = terms.total() / error;
  if (error > 0.0 && std::isfinite(ratio)) columns.ratio = ratio;
  return columns;
}

}  // namespace

std::vector<BoundSeries> SeriesOf(const std::vector<BoundRunRecord>& runs,
                                  double lambda) {
  std::vector<BoundRunRecord> of_lambda;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(of_lambda),
               [lambda](const auto& r) { return r.lambda == lambda; });
  std::vector<BoundSeries> all;
  for (const auto& along : GroupBy(of_lambda, [](const BoundRunRecord& r) {
         return std::tuple(r.workers, r.batch, r.period);
       })) {
    BoundSeries series = {
        along[0].workers, along[0].batch, along[0].period, {}};
    for (const auto& seeds : GroupBy(along, &BoundRunRecord::iterations)) {
      BoundPoint point = {seeds[0].iterations, seeds[0].step_size, {}, {}, {}};
      for (const BoundRunRecord& r : seeds) {
        point.errors.push_back(r.error);
        point.drifts.push_back(r.drift);
        if (r.gradient_variance_ratio) {
          point.gradient_variance_ratios.push_back(*r.gradient_variance_ratio);
        }
      }
      series.points.push_back(std::move(point));
    }
    all.push_back(std::move(series));
  }
  return all;
}

BoundSettings SettingsAt(const BoundSettings& constants,
                         const BoundSeries& series, int64_t T) {
  BoundSettings settings = constants;
  settings.iterations = T;
  settings.workers = series.workers;
  settings.batch = series.batch;
  settings.shift = TheoremShift(
      constants.smoothness / constants.strong_convexity, series.period);
  return settings;
}

BoundTerms BoundOf(const BoundSettings& constants, const BoundSeries& series,
                   int64_t T) {
  return SynchronousBound(SettingsAt(constants, series, T), series.period);
}

std::vector<ConvergenceBoundRecord> BoundMeans(const ConvergenceBound& data) {
  std::vector<ConvergenceBoundRecord> records;
  for (const BoundConstants& constants : data.constants) {
    for (const BoundSeries& series : SeriesOf(data.runs, constants.lambda())) {
      for (const BoundPoint& point : series.points) {
        const double error = Mean(point.errors);
        const BoundTerms path =
            BoundOf(constants.path, series, point.iterations);
        const BoundTerms a_priori =
            BoundOf(constants.a_priori, series, point.iterations);
        records.push_back({constants.dataset, constants.dataset_sha256,
                           constants.lambda(), series.workers, series.batch,
                           series.period, point.iterations,
                           static_cast<int64_t>(point.errors.size()), error,
                           StandardError(point.errors), path.bias,
                           ColumnsOf(a_priori, error), ColumnsOf(path, error)});
      }
    }
  }
  return records;
}

}  // namespace local_sgd
