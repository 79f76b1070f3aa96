#include "experiments/variance_reduction/findings.h"

#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "lib/records/finding_list.h"
#include "lib/statistics/bias_variance.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

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

std::vector<double> WorkersOf(const VarianceSeries& series) {
  std::vector<double> workers;
  for (const VarianceCell& cell : series.cells) {
    workers.push_back(static_cast<double>(cell.workers));
  }
  return workers;
}

// One part of the decomposition of every cell.
absl::StatusOr<std::vector<double>> Parts(const VarianceSeries& series,
                                          Decompose decompose,
                                          double BiasVariance::*part,
                                          Kept kept) {
  std::vector<double> parts;
  for (const VarianceCell& cell : series.cells) {
    ASSIGN_OR_RETURN(const auto apart, decompose(cell.seeds, kept));
    parts.push_back(apart.*part);
  }
  return parts;
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

void AddSlopes(const VarianceSeries& series, FindingList& findings) {
  const auto seeds = static_cast<int64_t>(series.cells[0].seeds.size());
  const std::vector<std::vector<double>> workers = {WorkersOf(series)};
  const auto add = [&](const char* name, Decompose decompose,
                       double BiasVariance::*part) {
    findings.AddExponent(name, "", seeds, workers, [&](Kept kept) {
      return Parts(series, decompose, part, kept);
    });
  };
  add("variance_slope", DistanceBiasVariance, &BiasVariance::variance);
  std::vector<int64_t> all(static_cast<size_t>(seeds));
  std::iota(all.begin(), all.end(), int64_t{0});
  const auto variances =
      Parts(series, DistanceBiasVariance, &BiasVariance::variance, all);
  if (variances.ok()) {
    const auto fit = FitPowerLaw(workers, *variances);
    if (fit.ok()) {
      findings.AddFitted("variance_slope_fit", "", seeds, fit->exponents[0]);
    }
  }
  add("gap_variance_slope", GapBiasVariance, &BiasVariance::variance);
  add("gap_slope", GapBiasVariance, &BiasVariance::total);
}

void AddBias(const VarianceSeries& series, FindingList& findings) {
  for (const VarianceCell* cell :
       {&series.cells.front(), &series.cells.back()}) {
    const auto seeds = static_cast<int64_t>(cell->seeds.size());
    const std::string setting = absl::StrCat("K=", cell->workers);
    findings.AddEstimate("gap_bias", setting, seeds,
                         [&](Kept kept) -> absl::StatusOr<double> {
                           ASSIGN_OR_RETURN(const auto apart,
                                            GapBiasVariance(cell->seeds, kept));
                           return apart.bias;
                         });
    findings.AddEstimate("gap_bias_share", setting, seeds,
                         RatioOfParts(*cell, &BiasVariance::bias, *cell,
                                      &BiasVariance::total, GapBiasVariance));
  }
}

void AddOverParallel(const VarianceSeries& series,
                     const VarianceSeries& parallel, FindingList& findings) {
  const VarianceCell& cell = series.cells.back();
  const VarianceCell& reference = parallel.cells.back();
  if (cell.workers != reference.workers ||
      cell.seeds.size() != reference.seeds.size()) {
    return;
  }
  const auto seeds = static_cast<int64_t>(cell.seeds.size());
  const std::string setting = absl::StrCat("K=", cell.workers);
  findings.AddEstimate(
      "variance_over_parallel", setting, seeds,
      RatioOfParts(cell, &BiasVariance::variance, reference,
                   &BiasVariance::variance, DistanceBiasVariance));
  findings.AddEstimate("gap_over_parallel", setting, seeds,
                       RatioOfParts(cell, &BiasVariance::total, reference,
                                    &BiasVariance::total, GapBiasVariance));
}

// The gradient's variance against K of one point and method, by seed.
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

void AddGradientFindings(const GradientSeries& series, FindingList& findings) {
  std::vector<double> workers;
  // By number of workers and seed.
  std::vector<std::vector<double>> variances;
  std::vector<std::vector<double>> expected;  // sigma_t^2/(K b)
  for (const auto& [K, seeds] : series.workers) {
    workers.push_back(static_cast<double>(K));
    variances.emplace_back();
    expected.emplace_back();
    for (const auto& [seed, r] : seeds) {
      variances.back().push_back(r->variance);
      expected.back().push_back(
          r->gradient_variance /
          (static_cast<double>(r->workers) * static_cast<double>(r->batch)));
    }
    if (variances.back().size() != variances[0].size()) return;
  }
  const auto seeds = static_cast<int64_t>(variances[0].size());
  findings.Begin(series.dataset, series.setting);
  findings.AddExponent("gradient_variance_slope", "", seeds, {workers},
                       [&](Kept kept) { return MeansOf(variances, kept); });
  // Every number of workers counts the same.
  findings.AddEstimate("gradient_variance_ratio", "", seeds, [&](Kept kept) {
    double sum = 0;
    for (size_t c = 0; c < workers.size(); ++c) {
      sum += MeanOf(variances[c], kept) / MeanOf(expected[c], kept);
    }
    return sum / static_cast<double>(workers.size());
  });
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> VarianceFindings(
    const VarianceReduction& records) {
  FindingList findings(kVarianceExperiment);
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
    findings.Begin(series.dataset, SettingText(series));
    AddSlopes(series, findings);
    AddBias(series, findings);
    if (series.method.synchronisation == "period:1") continue;
    for (const VarianceSeries& parallel : all) {
      VarianceMethod every_step = series.method;
      every_step.synchronisation = "period:1";
      if (parallel.method == every_step && parallel.dataset == series.dataset &&
          parallel.iterate == series.iterate &&
          parallel.batch == series.batch &&
          parallel.equal_iterations == series.equal_iterations &&
          parallel.equal == series.equal) {
        AddOverParallel(series, parallel, findings);
      }
    }
  }
  return std::move(findings).Take();
}

}  // namespace local_sgd
