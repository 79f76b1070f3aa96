#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/convergence_bound/run.h"
#include "lib/objective/problem_constants.h"
#include "lib/records/finding_list.h"
#include "lib/records/finding_record.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/step_size.h"

namespace local_sgd {
namespace {

constexpr char kExperiment[] = "convergence_bound";

std::string Setting(const WorkersAndBatch& c, int64_t period) {
  return absl::StrCat("K=", c.workers, ", b=", c.batch, ", H=", period);
}

struct NamedMoments {
  const char* name;
  GradientMoments BoundRuns::*moments;
};
constexpr NamedMoments kConstants[] = {{"a priori", &BoundRuns::a_priori},
                                       {"path", &BoundRuns::path}};

// smallest_bound_over_error and largest_bound_over_error, over all K, b, H and
// T: the ends of the intervals are the smallest or largest of those of all. An
// error of 0, or below by rounding, is left to any bound: then there is no
// largest.
void FindMargins(const BoundRuns& problem, const std::vector<Family>& families,
                 FindingList& findings) {
  const std::vector<int64_t> points = CheckPoints(problem.grid);
  for (const NamedMoments& constants : kConstants) {
    std::optional<Interval> smallest;
    std::optional<Interval> largest;
    bool all_above_zero = true;
    for (const Family& family : families) {
      for (size_t i = 0; i < points.size(); ++i) {
        const double bound =
            BoundOf(problem, problem.*constants.moments, family.configuration,
                    family.period, points[i])
                .total();
        const Interval error = MeanInterval(family.Errors(i));
        all_above_zero &= error.value > 0.0;
        if (!(error.value > 0.0)) continue;
        // An interval that reaches zero leaves the ratio's upper end open: the
        // value stands for it.
        const Interval ratio = {
            bound / error.value, bound / error.high,
            error.low > 0.0 ? bound / error.low : bound / error.value};
        if (!smallest) smallest = largest = ratio;
        smallest = {std::min(smallest->value, ratio.value),
                    std::min(smallest->low, ratio.low),
                    std::min(smallest->high, ratio.high)};
        largest = {std::max(largest->value, ratio.value),
                   std::max(largest->low, ratio.low),
                   std::max(largest->high, ratio.high)};
      }
    }
    const std::string setting = absl::StrCat("constants=", constants.name);
    if (!smallest) continue;
    findings.Add("smallest_bound_over_error", setting, problem.grid.seeds,
                 *smallest);
    if (!all_above_zero) continue;
    findings.Add("largest_bound_over_error", setting, problem.grid.seeds,
                 *largest);
  }
}

// At the last T of every K, b and H: error, the bound over it, the shares of
// its terms, and how much longer one would have to run for the theorem to
// promise what was measured.
void FindAtTheEnd(const BoundRuns& problem, const std::vector<Family>& families,
                  FindingList& findings) {
  const std::vector<int64_t> points = CheckPoints(problem.grid);
  const size_t last = points.size() - 1;
  for (const Family& family : families) {
    const std::string setting = absl::StrCat(
        Setting(family.configuration, family.period), ", T=", points[last]);
    const int64_t seeds = problem.grid.seeds;
    const Interval error = MeanInterval(family.Errors(last));
    findings.Add("error", setting, seeds, error);
    for (const NamedMoments& constants : kConstants) {
      const BoundTerms terms =
          BoundOf(problem, problem.*constants.moments, family.configuration,
                  family.period, points[last]);
      const std::string with =
          absl::StrCat(setting, ", constants=", constants.name);
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
        BoundSettingsOf(problem, problem.path, family.configuration,
                        family.period, points[last]),
        family.period, error.value);
    if (promised) {
      findings.AddNumber(
          "promised_over_measured_iterations", setting, seeds,
          static_cast<double>(*promised) / static_cast<double>(points[last]));
    }
  }
}

// The means over the seeds kept, of errors that have every seed's for each
// point.
auto MeanErrors(const std::vector<std::vector<double>>& errors) {
  return [&errors](Kept kept) { return MeansOf(errors, kept); };
}

// From T = 100 a on the bias, which falls like (a / T)^3, is 1e-6 of what it
// was; there the slopes of log error are fitted: exponent_T for each K, b and H
// with three such T; exponent_K at the last T for each b and H with three K;
// and at H = 1, where nothing drifts, both together, exponent_T and
// exponent_K_b of all K and b, with the residuals' intervals as misfit_T and
// misfit_K_b.
void FindErrorSlopes(const BoundRuns& problem,
                     const std::vector<Family>& families,
                     FindingList& findings) {
  constexpr double kShiftsUntilVariance = 100.0;
  const std::vector<int64_t> points = CheckPoints(problem.grid);
  const int64_t seeds = problem.grid.seeds;
  std::vector<std::vector<double>> all_x(2);
  std::vector<std::vector<double>> all_errors;
  for (const Family& family : families) {
    std::vector<std::vector<double>> x(1);
    std::vector<std::vector<double>> errors;
    for (size_t i = 0; i < points.size(); ++i) {
      const double T = static_cast<double>(points[i]);
      if (T < kShiftsUntilVariance * ShiftOf(problem, family.period)) continue;
      x[0].push_back(T);
      errors.push_back(family.Errors(i));
      if (family.period != 1) continue;
      all_x[0].push_back(T);
      all_x[1].push_back(static_cast<double>(family.configuration.workers *
                                             family.configuration.batch));
      all_errors.push_back(family.Errors(i));
    }
    if (errors.size() < 3) continue;
    findings.AddExponent("exponent_T",
                         Setting(family.configuration, family.period), seeds, x,
                         MeanErrors(errors));
  }
  const auto distinct = [](const std::vector<double>& values) {
    return std::set<double>(values.begin(), values.end()).size();
  };
  if (distinct(all_x[0]) >= 2 && distinct(all_x[1]) >= 2) {
    std::vector<double> means;
    for (const std::vector<double>& errors : all_errors) {
      means.push_back(Mean(errors));
    }
    const auto fit = FitPowerLaw(all_x, means);
    const char* const names[] = {"T", "K_b"};
    for (size_t j = 0; j < 2; ++j) {
      findings.AddExponent(absl::StrCat("exponent_", names[j]), "H=1", seeds,
                           all_x, MeanErrors(all_errors), j);
      if (!fit.ok()) continue;
      findings.Add(absl::StrCat("misfit_", names[j]), "H=1", seeds,
                   fit->exponents[j]);
    }
  }
  std::set<int64_t> batches;
  for (const Family& family : families)
    batches.insert(family.configuration.batch);
  for (const int64_t batch : batches) {
    for (const int64_t period : problem.grid.periods) {
      if (static_cast<double>(points.back()) <
          kShiftsUntilVariance * ShiftOf(problem, period)) {
        continue;
      }
      std::vector<std::vector<double>> x(1);
      std::vector<std::vector<double>> errors;
      for (const Family& family : families) {
        const WorkersAndBatch& c = family.configuration;
        // One worker stands for every period.
        if (c.batch != batch || (family.period != period && c.workers != 1)) {
          continue;
        }
        x[0].push_back(static_cast<double>(c.workers));
        errors.push_back(family.Errors(points.size() - 1));
      }
      if (distinct(x[0]) < 3) continue;
      findings.AddExponent(
          "exponent_K",
          absl::StrCat("b=", batch, ", H=", period, ", T=", points.back()),
          seeds, x, MeanErrors(errors));
    }
  }
}

// largest_drift_over_bound, over K > 1, H > 1 and t = T - 1: the mean over
// seeds over 4 eta_t^2 G^2 H^2 with the G^2 of the path; and
// exponent_H_of_drift, of drift / eta_t^2 at the last t for each K and b with
// three H > 1: the bound has 2.
void FindDrifts(const BoundRuns& problem, const std::vector<Family>& families,
                FindingList& findings) {
  const std::vector<int64_t> points = CheckPoints(problem.grid);
  const int64_t seeds = problem.grid.seeds;
  const auto step_size = [&](int64_t period, int64_t t) {
    return TheoremStepSize(problem.curvature.strong_convexity,
                           ShiftOf(problem, period))(t);
  };
  std::optional<Interval> largest;
  for (const Family& family : families) {
    if (family.configuration.workers == 1 || family.period == 1) continue;
    for (size_t i = 0; i < points.size(); ++i) {
      const double bound =
          SynchronousDriftBound(step_size(family.period, points[i] - 1),
                                problem.path.second_moment, family.period);
      const Interval drift = MeanInterval(family.Drifts(i));
      const Interval ratio = {drift.value / bound, drift.low / bound,
                              drift.high / bound};
      if (!std::isfinite(ratio.value)) continue;  // without a gradient
      if (!largest || ratio.value > largest->value) largest = ratio;
    }
  }
  if (largest) {
    findings.Add("largest_drift_over_bound", "constants=path", seeds, *largest);
  }
  for (const WorkersAndBatch& c : problem.grid.configurations) {
    std::vector<std::vector<double>> x(1);
    std::vector<std::vector<double>> drifts;
    for (const Family& family : families) {
      if (family.configuration.workers != c.workers ||
          family.configuration.batch != c.batch || c.workers == 1 ||
          family.period == 1) {
        continue;
      }
      const double eta = step_size(family.period, points.back() - 1);
      x[0].push_back(static_cast<double>(family.period));
      drifts.push_back(family.Drifts(points.size() - 1));
      for (double& drift : drifts.back()) drift /= eta * eta;
    }
    if (drifts.size() < 3) continue;
    findings.AddExponent("exponent_H_of_drift",
                         absl::StrCat("K=", c.workers, ", b=", c.batch,
                                      ", t=", points.back() - 1),
                         seeds, x, MeanErrors(drifts));
  }
}

// gradient_variance_ratio of each K and b, and the mean of all, which varies
// from seed to seed only by the draws.
void FindGradientVariances(const BoundRuns& problem,
                           const std::vector<Family>& families,
                           FindingList& findings) {
  const int64_t seeds = problem.grid.seeds;
  std::vector<double> sums(seeds, 0.0);
  int64_t configurations = 0;
  for (const Family& family : families) {
    std::vector<double> ratios;
    for (const BoundRun* run : family.seeds) {
      if (run->gradient_variance_ratio) {
        ratios.push_back(*run->gradient_variance_ratio);
      }
    }
    if (static_cast<int64_t>(ratios.size()) != seeds) continue;
    findings.Add("gradient_variance_ratio",
                 Setting(family.configuration, family.period), seeds,
                 MeanInterval(ratios));
    for (size_t i = 0; i < ratios.size(); ++i) sums[i] += ratios[i];
    ++configurations;
  }
  if (configurations == 0) return;
  for (double& sum : sums) sum /= static_cast<double>(configurations);
  findings.Add("gradient_variance_ratio", "all K and b", seeds,
               MeanInterval(sums));
}

void FindConstants(const BoundRuns& problem, FindingList& findings) {
  findings.AddNumber("kappa", "", 0, problem.curvature.condition_number);
  findings.AddNumber("start_distance_square", "", 0,
                     problem.start_distance_square);
  for (const NamedMoments& constants : kConstants) {
    const GradientMoments& moments = problem.*constants.moments;
    const std::string setting = absl::StrCat("constants=", constants.name);
    const int64_t seeds = constants.moments == &BoundRuns::path ? 1 : 0;
    findings.AddNumber("sigma_square", setting, seeds, moments.variance);
    findings.AddNumber("G_square", setting, seeds, moments.second_moment);
  }
  // How much smaller than its largest value the variance is at the end.
  double at_the_end = 0.0;
  for (const BoundRun& run : problem.runs) {
    if (run.moments.empty()) continue;
    at_the_end = std::max(at_the_end, run.moments.back().variance);
  }
  findings.AddNumber("sigma_square", "constants=path, last t only", 1,
                     at_the_end);
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> BoundFindings(
    const ConvergenceBound& result) {
  FindingList findings(kExperiment);
  for (const BoundRuns& problem : result.problems) {
    const std::vector<Family> families = Families(problem);
    findings.Begin(result.dataset,
                   absl::StrCat("lambda=", problem.lambda_text));
    FindConstants(problem, findings);
    FindMargins(problem, families, findings);
    FindAtTheEnd(problem, families, findings);
    FindErrorSlopes(problem, families, findings);
    FindDrifts(problem, families, findings);
    FindGradientVariances(problem, families, findings);
  }
  return std::move(findings).Take();
}

}  // namespace local_sgd
