#include "experiments/convergence_bound/series.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "lib/statistics/mean.h"
#include "lib/theory/step_size.h"

namespace local_sgd {
namespace {

// The element that `is_wanted`, appended if there is none.
template <class T, class Wanted>
T& FindOrAppend(std::vector<T>& all, const Wanted& is_wanted, T fresh) {
  const auto found = std::find_if(all.begin(), all.end(), is_wanted);
  if (found != all.end()) return *found;
  return all.emplace_back(std::move(fresh));
}

BoundColumns ColumnsOf(const BoundTerms& terms, double error) {
  BoundColumns columns = {terms.variance, terms.drift, terms.total(), {}};
  const double ratio = terms.total() / error;
  if (error > 0.0 && std::isfinite(ratio)) columns.ratio = ratio;
  return columns;
}

}  // namespace

std::vector<BoundSeries> SeriesOf(const std::vector<BoundRunRecord>& runs,
                                  double lambda) {
  std::vector<BoundSeries> all;
  for (const BoundRunRecord& r : runs) {
    if (r.lambda != lambda) continue;
    BoundSeries& series = FindOrAppend<BoundSeries>(
        all,
        [&r](const BoundSeries& s) {
          return s.workers == r.workers && s.batch == r.batch &&
                 s.period == r.period;
        },
        {r.workers, r.batch, r.period, {}});
    BoundPoint& point = FindOrAppend<BoundPoint>(
        series.points,
        [&r](const BoundPoint& p) { return p.iterations == r.iterations; },
        {r.iterations, r.step_size, {}, {}, {}});
    point.errors.push_back(r.error);
    point.drifts.push_back(r.drift);
    if (r.gradient_variance_ratio) {
      point.gradient_variance_ratios.push_back(*r.gradient_variance_ratio);
    }
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
