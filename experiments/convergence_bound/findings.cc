#include "experiments/convergence_bound/findings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/convergence_bound/series.h"
#include "lib/records/finding_list.h"
#include "lib/records/finding_record.h"
#include "lib/records/group_by.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/step_size.h"

namespace local_sgd {
namespace {

std::string Setting(const BoundSeries& series) {
  return absl::StrCat("K=", series.workers, ", b=", series.batch,
                      ", H=", series.period);
}

// What the findings are about: one lambda.
struct LambdaRuns {
  const BoundConstants& constants;
  std::vector<BoundSeries> series;

  const std::vector<BoundPoint>& points() const { return series[0].points; }
  int64_t last() const { return points().back().iterations; }  // T
  int64_t seeds() const {
    return static_cast<int64_t>(points()[0].errors.size());
  }
};

struct NamedConstants {
  const char* setting;
  BoundSettings BoundConstants::*constants;
};
constexpr NamedConstants kConstants[] = {
    {"constants=a priori", &BoundConstants::a_priori},
    {"constants=path", &BoundConstants::path}};

// sigma_square and G_square; seeds 1 for those of the path, which are measured.
void FindConstants(const LambdaRuns& runs,
                   const std::vector<BoundRunRecord>& records,
                   FindingList& findings) {
  findings.AddNumber("kappa", "", 0, runs.constants.kappa());
  findings.AddNumber("start_distance_square", "", 0,
                     runs.constants.path.start_distance_square);
  for (const NamedConstants& named : kConstants) {
    const BoundSettings& constants = runs.constants.*named.constants;
    const int64_t seeds = named.constants == &BoundConstants::path ? 1 : 0;
    findings.AddNumber("sigma_square", named.setting, seeds,
                       constants.variance);
    findings.AddNumber("G_square", named.setting, seeds,
                       constants.second_moment);
  }
  // How much smaller than its largest value the variance is at the end.
  double at_the_end = 0.0;
  for (const BoundRunRecord& r : records) {
    if (r.lambda != runs.constants.lambda() || r.iterations != runs.last()) {
      continue;
    }
    at_the_end = std::max(at_the_end, r.variance.value_or(0.0));
  }
  findings.AddNumber("sigma_square", "constants=path, last t only", 1,
                     at_the_end);
}

// The smallest or largest of the values, of the low and of the high ends.
Interval Outermost(const std::vector<Interval>& intervals, bool largest) {
  const auto choose = [largest](double a, double b) {
    return largest ? std::max(a, b) : std::min(a, b);
  };
  Interval outermost = intervals[0];
  for (const Interval& interval : intervals) {
    outermost = {choose(outermost.value, interval.value),
                 choose(outermost.low, interval.low),
                 choose(outermost.high, interval.high)};
  }
  return outermost;
}

// smallest_bound_over_error and largest_bound_over_error, over all K, b, H and
// T: the ends of the intervals are the smallest or largest of those of all. An
// error of 0, or below by rounding, is left to any bound: then there is no
// largest.
void FindMargins(const LambdaRuns& runs, FindingList& findings) {
  for (const NamedConstants& named : kConstants) {
    std::vector<Interval> ratios;
    bool all_above_zero = true;
    for (const BoundSeries& series : runs.series) {
      for (const BoundPoint& point : series.points) {
        const Interval error = MeanInterval(point.errors);
        all_above_zero &= error.value > 0.0;
        if (!(error.value > 0.0)) continue;
        const double bound =
            BoundOf(runs.constants.*named.constants, series, point.iterations)
                .total();
        // An interval that reaches zero leaves the ratio's upper end open: the
        // value stands for it.
        ratios.push_back(
            {bound / error.value, bound / error.high,
             error.low > 0.0 ? bound / error.low : bound / error.value});
      }
    }
    if (ratios.empty()) continue;
    findings.Add("smallest_bound_over_error", named.setting, runs.seeds(),
                 Outermost(ratios, /*largest=*/false));
    if (!all_above_zero) continue;
    findings.Add("largest_bound_over_error", named.setting, runs.seeds(),
                 Outermost(ratios, /*largest=*/true));
  }
}

// At the last T of every K, b and H: error, the bound over it, the shares of
// its terms, and how much longer one would have to run for the theorem to
// promise what was measured.
void FindAtTheEnd(const LambdaRuns& runs, FindingList& findings) {
  const int64_t T = runs.last();
  const int64_t seeds = runs.seeds();
  for (const BoundSeries& series : runs.series) {
    const std::string setting = absl::StrCat(Setting(series), ", T=", T);
    const Interval error = MeanInterval(series.points.back().errors);
    findings.Add("error", setting, seeds, error);
    for (const NamedConstants& named : kConstants) {
      const BoundTerms terms =
          BoundOf(runs.constants.*named.constants, series, T);
      const std::string with = absl::StrCat(setting, ", ", named.setting);
      if (error.value > 0.0) {
        findings.AddNumber("bound_over_error", with, seeds,
                           terms.total() / error.value);
      }
      findings.AddNumber("bias_share", with, 0, terms.bias / terms.total());
      findings.AddNumber("variance_share", with, 0,
                         terms.variance / terms.total());
      findings.AddNumber("drift_share", with, 0, terms.drift / terms.total());
    }
    const std::optional<int64_t> promised = PromisedIterations(
        SettingsAt(runs.constants.path, series, T), series.period, error.value);
    if (promised) {
      findings.AddNumber(
          "promised_over_measured_iterations", setting, seeds,
          static_cast<double>(*promised) / static_cast<double>(T));
    }
  }
}

// What a power law is fitted to.
struct FitPoints {
  std::vector<std::vector<double>> x;        // of each regressor
  std::vector<std::vector<double>> samples;  // of each point, by seed

  void Add(const std::vector<double>& at, std::vector<double> of_seeds) {
    x.resize(at.size());
    for (size_t j = 0; j < at.size(); ++j) x[j].push_back(at[j]);
    samples.push_back(std::move(of_seeds));
  }
  // How many values regressor j takes.
  size_t Distinct(size_t j) const {
    if (x.empty()) return 0;
    return std::set<double>(x[j].begin(), x[j].end()).size();
  }
  // The exponent of regressor j for the means over seeds.
  void Find(const std::string& name, const std::string& setting,
            FindingList& findings, size_t j = 0) const {
    findings.AddExponent(
        name, setting, static_cast<int64_t>(samples[0].size()), x,
        [this](Kept kept) { return MeansOf(samples, kept); }, j);
  }
};

// From T = 100 a on the bias, which falls like (a / T)^3, is 1e-6 of what it
// was; there the slopes of log error are fitted.
bool VarianceRules(const BoundConstants& constants, int64_t period, int64_t T) {
  return static_cast<double>(T) >=
         100.0 * TheoremShift(constants.kappa(), period);
}

// exponent_T for each K, b and H with three such T.
void FindSlopesAlongT(const LambdaRuns& runs, FindingList& findings) {
  for (const BoundSeries& series : runs.series) {
    FitPoints fit;
    for (const BoundPoint& point : series.points) {
      const int64_t T = point.iterations;
      if (!VarianceRules(runs.constants, series.period, T)) continue;
      fit.Add({static_cast<double>(T)}, point.errors);
    }
    if (fit.samples.size() < 3) continue;
    fit.Find("exponent_T", Setting(series), findings);
  }
}

// At H = 1, where nothing drifts, both together: exponent_T and exponent_K_b of
// all K and b, with the residuals' intervals as misfit_T and misfit_K_b.
void FindSlopesWithoutDrift(const LambdaRuns& runs, FindingList& findings) {
  FitPoints points;
  for (const BoundSeries& series : runs.series) {
    if (series.period != 1) continue;
    for (const BoundPoint& point : series.points) {
      const int64_t T = point.iterations;
      if (!VarianceRules(runs.constants, 1, T)) continue;
      points.Add({static_cast<double>(T),
                  static_cast<double>(series.workers * series.batch)},
                 point.errors);
    }
  }
  if (points.Distinct(0) < 2 || points.Distinct(1) < 2) return;
  std::vector<double> means;
  for (const std::vector<double>& errors : points.samples) {
    means.push_back(Mean(errors));
  }
  const auto fit = FitPowerLaw(points.x, means);
  const char* const names[] = {"T", "K_b"};
  for (size_t j = 0; j < 2; ++j) {
    points.Find(absl::StrCat("exponent_", names[j]), "H=1", findings, j);
    if (!fit.ok()) continue;
    findings.Add(absl::StrCat("misfit_", names[j]), "H=1", runs.seeds(),
                 fit->exponents[j]);
  }
}

// exponent_K at the last T for each b and H with three K.
void FindSlopesAlongK(const LambdaRuns& runs, FindingList& findings) {
  std::set<int64_t> batches;
  for (const BoundSeries& series : runs.series) batches.insert(series.batch);
  for (const int64_t batch : batches) {
    for (const auto& same : GroupBy(runs.series, &BoundSeries::period)) {
      const int64_t period = same[0].period;
      if (!VarianceRules(runs.constants, period, runs.last())) continue;
      FitPoints fit;
      for (const BoundSeries& s : runs.series) {
        // One worker stands for every period.
        if (s.batch != batch || (s.period != period && s.workers != 1)) {
          continue;
        }
        fit.Add({static_cast<double>(s.workers)}, s.points.back().errors);
      }
      if (fit.Distinct(0) < 3) continue;
      fit.Find("exponent_K",
               absl::StrCat("b=", batch, ", H=", period, ", T=", runs.last()),
               findings);
    }
  }
}

bool Drifts(const BoundSeries& series) {
  return series.workers > 1 && series.period > 1;
}

// largest_drift_over_bound, over K > 1, H > 1 and t = T - 1: the mean over
// seeds over 4 eta_t^2 G^2 H^2 with the G^2 of the path.
void FindLargestDrift(const LambdaRuns& runs, FindingList& findings) {
  std::optional<Interval> largest;
  for (const BoundSeries& series : runs.series) {
    if (!Drifts(series)) continue;
    for (const BoundPoint& point : series.points) {
      const double bound = SynchronousDriftBound(
          point.step_size, runs.constants.path.second_moment, series.period);
      const Interval drift = MeanInterval(point.drifts);
      const Interval ratio = {drift.value / bound, drift.low / bound,
                              drift.high / bound};
      if (!std::isfinite(ratio.value)) continue;  // without a gradient
      if (!largest || ratio.value > largest->value) largest = ratio;
    }
  }
  if (!largest) return;
  findings.Add("largest_drift_over_bound", "constants=path", runs.seeds(),
               *largest);
}

// exponent_H_of_drift, of drift / eta_t^2 at the last t for each K and b with
// three H > 1: the bound has 2.
void FindSlopesOfDrift(const LambdaRuns& runs, FindingList& findings) {
  for (const auto& same : GroupBy(runs.series, [](const BoundSeries& s) {
         return std::pair(s.workers, s.batch);
       })) {
    FitPoints fit;
    for (const BoundSeries& series : same) {
      if (!Drifts(series)) continue;
      const BoundPoint& last = series.points.back();
      std::vector<double> drifts = last.drifts;
      for (double& drift : drifts) drift /= last.step_size * last.step_size;
      fit.Add({static_cast<double>(series.period)}, std::move(drifts));
    }
    if (fit.samples.size() < 3) continue;
    fit.Find("exponent_H_of_drift",
             absl::StrCat("K=", same[0].workers, ", b=", same[0].batch,
                          ", t=", runs.last() - 1),
             findings);
  }
}

// gradient_variance_ratio of each K and b, and the mean of all, which varies
// from seed to seed only by the draws.
void FindGradientVariances(const LambdaRuns& runs, FindingList& findings) {
  const int64_t seeds = runs.seeds();
  std::vector<double> sums(static_cast<size_t>(seeds), 0.0);
  int64_t configurations = 0;
  for (const BoundSeries& series : runs.series) {
    const std::vector<double>& ratios =
        series.points.back().gradient_variance_ratios;
    if (static_cast<int64_t>(ratios.size()) != seeds) continue;
    findings.Add("gradient_variance_ratio", Setting(series), seeds,
                 MeanInterval(ratios));
    for (size_t i = 0; i < ratios.size(); ++i) sums[i] += ratios[i];
    ++configurations;
  }
  if (configurations == 0) return;
  for (double& sum : sums) sum /= static_cast<double>(configurations);
  findings.Add("gradient_variance_ratio", "all K and b", seeds,
               MeanInterval(sums));
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> BoundFindings(
    const ConvergenceBound& data) {
  FindingList findings("convergence_bound");
  for (const BoundConstants& constants : data.constants) {
    const LambdaRuns runs = {constants,
                             SeriesOf(data.runs, constants.lambda())};
    findings.Begin(constants.dataset,
                   absl::StrCat("lambda=", constants.lambda_text));
    FindConstants(runs, data.runs, findings);
    FindMargins(runs, findings);
    FindAtTheEnd(runs, findings);
    FindSlopesAlongT(runs, findings);
    FindSlopesWithoutDrift(runs, findings);
    FindSlopesAlongK(runs, findings);
    FindLargestDrift(runs, findings);
    FindSlopesOfDrift(runs, findings);
    FindGradientVariances(runs, findings);
  }
  return std::move(findings).Take();
}

}  // namespace local_sgd
