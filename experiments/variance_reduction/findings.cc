#include "experiments/variance_reduction/findings.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "lib/statistics/bias_variance.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Kept = absl::Span<const int64_t>;
using Estimate = std::function<absl::StatusOr<double>(Kept)>;
using Decompose = absl::StatusOr<BiasVariance> (*)(absl::Span<const SeedError>,
                                                   Kept);

std::string MethodText(const VarianceMethod& method) {
  std::string text = absl::StrCat("lambda=", method.regularization);
  if (method.step_size.empty()) return text;
  absl::StrAppend(&text, ", ", method.step_size);
  absl::string_view period = method.synchronisation;
  if (absl::ConsumePrefix(&period, "period:")) {
    absl::StrAppend(&text, ", H=", period);
  } else {
    absl::StrAppend(&text, ", one-shot");
  }
  return text;
}

std::string SettingText(const VarianceSeries& series) {
  return absl::StrCat(
      MethodText(series.method), ", ", series.iterate,
      series.equal_iterations ? ", equal T" : ", equal gradients");
}

// Collects findings of one data set.
class Collector {
 public:
  Collector(std::string dataset, std::vector<FindingRecord>& findings)
      : dataset_(std::move(dataset)), findings_(findings) {}

  void Add(const std::string& name, const std::string& setting,
           const Interval& interval, int64_t seeds) {
    if (!std::isfinite(interval.value) || !std::isfinite(interval.low) ||
        !std::isfinite(interval.high)) {
      return;
    }
    findings_.push_back({kVarianceExperiment, name, setting, interval.value,
                         interval.low, interval.high, seeds, dataset_});
  }

  // An estimate that does not exist is left out.
  void AddJackknife(const std::string& name, const std::string& setting,
                    int64_t seeds, const Estimate& estimate) {
    const absl::StatusOr<Interval> interval = Jackknife(seeds, estimate);
    if (interval.ok()) Add(name, setting, *interval, seeds);
  }

 private:
  const std::string dataset_;
  std::vector<FindingRecord>& findings_;
};

// The fit of one number a cell against K.
absl::StatusOr<PowerLawFit> FitWorkers(const std::vector<double>& workers,
                                       const std::vector<double>& y) {
  return FitPowerLaw({workers}, y);
}

std::vector<double> WorkersOf(const VarianceSeries& series) {
  std::vector<double> workers;
  for (const VarianceCell& cell : series.cells) {
    workers.push_back(static_cast<double>(cell.workers));
  }
  return workers;
}

// The fit of one part of the decomposition against K.
absl::StatusOr<PowerLawFit> FitPart(const VarianceSeries& series,
                                    Decompose decompose,
                                    double BiasVariance::*part, Kept kept) {
  std::vector<double> y;
  for (const VarianceCell& cell : series.cells) {
    ASSIGN_OR_RETURN(const auto apart, decompose(cell.seeds, kept));
    y.push_back(apart.*part);
  }
  return FitWorkers(WorkersOf(series), y);
}

absl::StatusOr<double> FirstExponent(const absl::StatusOr<PowerLawFit>& fit) {
  if (!fit.ok()) return fit.status();
  return fit->exponents[0].value;
}

// One part of `above` over the same or another part of `below`.
Estimate RatioOfParts(const VarianceCell& above,
                      double BiasVariance::*above_part,
                      const VarianceCell& below,
                      double BiasVariance::*below_part, Decompose decompose) {
  return [=, &above, &below](Kept kept) -> absl::StatusOr<double> {
    ASSIGN_OR_RETURN(const auto numerator, decompose(above.seeds, kept));
    ASSIGN_OR_RETURN(const auto denominator, decompose(below.seeds, kept));
    return numerator.*above_part / (denominator.*below_part);
  };
}

void AddSlopes(const VarianceSeries& series, Collector& collector) {
  if (series.cells.size() < 3) return;
  const auto seeds = static_cast<int64_t>(series.cells[0].seeds.size());
  const std::string setting = SettingText(series);
  const auto add = [&](const char* name, Decompose decompose,
                       double BiasVariance::*part) {
    collector.AddJackknife(name, setting, seeds, [&](Kept kept) {
      return FirstExponent(FitPart(series, decompose, part, kept));
    });
  };
  add("variance_slope", DistanceBiasVariance, &BiasVariance::variance);
  std::vector<int64_t> all;
  for (int64_t s = 0; s < seeds; ++s) all.push_back(s);
  const auto fit =
      FitPart(series, DistanceBiasVariance, &BiasVariance::variance, all);
  if (fit.ok()) {
    collector.Add("variance_slope_fit", setting, fit->exponents[0], seeds);
  }
  add("gap_variance_slope", GapBiasVariance, &BiasVariance::variance);
  add("gap_slope", GapBiasVariance, &BiasVariance::total);
}

void AddBias(const VarianceSeries& series, Collector& collector) {
  for (const VarianceCell* cell :
       {&series.cells.front(), &series.cells.back()}) {
    const auto seeds = static_cast<int64_t>(cell->seeds.size());
    const std::string setting =
        absl::StrCat(SettingText(series), ", K=", cell->workers);
    collector.AddJackknife(
        "gap_bias", setting, seeds, [&](Kept kept) -> absl::StatusOr<double> {
          ASSIGN_OR_RETURN(const auto apart,
                           GapBiasVariance(cell->seeds, kept));
          return apart.bias;
        });
    collector.AddJackknife("gap_bias_share", setting, seeds,
                           RatioOfParts(*cell, &BiasVariance::bias, *cell,
                                        &BiasVariance::total, GapBiasVariance));
  }
}

void AddOverParallel(const VarianceSeries& series,
                     const VarianceSeries& parallel, Collector& collector) {
  const VarianceCell& cell = series.cells.back();
  const VarianceCell& reference = parallel.cells.back();
  if (cell.workers != reference.workers ||
      cell.seeds.size() != reference.seeds.size()) {
    return;
  }
  const auto seeds = static_cast<int64_t>(cell.seeds.size());
  const std::string setting =
      absl::StrCat(SettingText(series), ", K=", cell.workers);
  collector.AddJackknife(
      "variance_over_parallel", setting, seeds,
      RatioOfParts(cell, &BiasVariance::variance, reference,
                   &BiasVariance::variance, DistanceBiasVariance));
  collector.AddJackknife("gap_over_parallel", setting, seeds,
                         RatioOfParts(cell, &BiasVariance::total, reference,
                                      &BiasVariance::total, GapBiasVariance));
}

// The gradient's variance against K of one point and method, by seed.
struct GradientCell {
  std::vector<double> variance;
  std::vector<double> expected;  // sigma_t^2/(K b)
};
struct GradientSeries {
  std::string dataset;
  std::string setting;
  std::map<int64_t, std::map<uint64_t, const GradientVarianceRecord*>> workers;
};

std::vector<GradientSeries> GradientSeriesOf(
    const std::vector<GradientVarianceRecord>& gradients) {
  using Key = std::tuple<std::string, std::string, VarianceMethod>;
  std::vector<GradientSeries> all;
  std::map<Key, size_t> places;
  // One worker's path is that of every synchronisation: it goes to all below.
  for (const GradientVarianceRecord& r : gradients) {
    const Key key = {r.dataset, r.point, r.method};
    if (places.emplace(key, all.size()).second) {
      all.push_back(
          {r.dataset, absl::StrCat(MethodText(r.method), ", ", r.point), {}});
    }
  }
  for (const GradientVarianceRecord& r : gradients) {
    for (const auto& [key, place] : places) {
      const auto& [dataset, point, method] = key;
      const bool shared = r.workers == 1 &&
                          r.method.regularization == method.regularization &&
                          r.method.step_size == method.step_size;
      if (r.dataset == dataset && r.point == point &&
          (r.method == method || shared)) {
        all[place].workers[r.workers][r.seed] = &r;
      }
    }
  }
  return all;
}

void AddGradientFindings(const GradientSeries& series,
                         std::vector<FindingRecord>& findings) {
  std::vector<double> workers;
  std::vector<GradientCell> cells;
  for (const auto& [K, seeds] : series.workers) {
    GradientCell cell;
    for (const auto& [seed, r] : seeds) {
      cell.variance.push_back(r->variance);
      cell.expected.push_back(
          r->gradient_variance /
          (static_cast<double>(r->workers) * static_cast<double>(r->batch)));
    }
    if (!cells.empty() && cell.variance.size() != cells[0].variance.size()) {
      return;
    }
    workers.push_back(static_cast<double>(K));
    cells.push_back(std::move(cell));
  }
  const auto mean = [](const std::vector<double>& samples, Kept kept) {
    double sum = 0;
    for (int64_t s : kept) sum += samples[static_cast<size_t>(s)];
    return sum / static_cast<double>(kept.size());
  };
  const auto seeds = static_cast<int64_t>(cells[0].variance.size());
  Collector collector(series.dataset, findings);
  if (cells.size() >= 3) {
    collector.AddJackknife("gradient_variance_slope", series.setting, seeds,
                           [&](Kept kept) {
                             std::vector<double> y;
                             for (const GradientCell& cell : cells) {
                               y.push_back(mean(cell.variance, kept));
                             }
                             return FirstExponent(FitWorkers(workers, y));
                           });
  }
  // Every number of workers counts the same.
  collector.AddJackknife("gradient_variance_ratio", series.setting, seeds,
                         [&](Kept kept) -> absl::StatusOr<double> {
                           double sum = 0;
                           for (const GradientCell& cell : cells) {
                             sum += mean(cell.variance, kept) /
                                    mean(cell.expected, kept);
                           }
                           return sum / static_cast<double>(cells.size());
                         });
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> VarianceFindings(
    const VarianceReduction& records) {
  std::vector<FindingRecord> findings;
  for (const GradientSeries& series : GradientSeriesOf(records.gradients)) {
    AddGradientFindings(series, findings);
  }
  const std::vector<VarianceSeries> all = SeriesOf(records.iterates);
  for (const VarianceSeries& series : all) {
    if (series.cells[0].seeds.size() < 3) {
      return absl::InvalidArgumentError(absl::StrCat(
          SettingText(series), " has ", series.cells[0].seeds.size(),
          " seeds, expected at least 3: an interval of a spread "
          "over seeds leaves one out"));
    }
    Collector collector(series.dataset, findings);
    AddSlopes(series, collector);
    AddBias(series, collector);
    if (series.method.synchronisation == "period:1") continue;
    for (const VarianceSeries& parallel : all) {
      VarianceMethod every_step = series.method;
      every_step.synchronisation = "period:1";
      if (parallel.method == every_step && parallel.dataset == series.dataset &&
          parallel.iterate == series.iterate &&
          parallel.batch == series.batch &&
          parallel.equal_iterations == series.equal_iterations &&
          parallel.equal == series.equal) {
        AddOverParallel(series, parallel, collector);
      }
    }
  }
  return findings;
}

}  // namespace local_sgd
