#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "experiments/convergence_bound/run.h"
#include "lib/objective/problem_constants.h"
#include "lib/records/finding_record.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/statistics/student_t.h"
#include "lib/status_macros.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/step_size.h"

namespace local_sgd {
namespace {

constexpr char kExperiment[] = "convergence_bound";

double MeanOf(const std::vector<double>& samples,
              absl::Span<const int64_t> kept) {
  std::vector<double> some;
  for (const int64_t i : kept) some.push_back(samples[i]);
  return Mean(some);
}

// The mean over seeds and its interval of 95 %.
Interval MeanInterval(const std::vector<double>& samples) {
  const double mean = Mean(samples);
  const std::optional<double> error = StandardError(samples);
  const double half_width =
      error ? *error *
                  StudentTQuantile975(static_cast<int64_t>(samples.size()) - 1)
            : 0.0;
  return {mean, mean - half_width, mean + half_width};
}

// Collects findings about one problem; what has no number is left out.
class FindingList {
 public:
  FindingList(const ConvergenceBound& result, const BoundRuns& problem)
      : dataset_(result.dataset),
        lambda_(absl::StrCat("lambda=", problem.lambda_text)) {}

  // `setting` comes after lambda.
  void Add(const std::string& name, const std::string& setting,
           const Interval& interval, int64_t seeds) {
    FindingRecord record;
    record.experiment = kExperiment;
    record.name = name;
    record.setting =
        setting.empty() ? lambda_ : absl::StrCat(lambda_, ", ", setting);
    record.value = interval.value;
    if (seeds > 1) {
      record.low = interval.low;
      record.high = interval.high;
    }
    record.seeds = seeds;
    record.dataset = dataset_;
    records_.push_back(std::move(record));
  }
  // A number without an interval; 0 seeds: one that no seed changes.
  void Add(const std::string& name, const std::string& setting, double value,
           int64_t seeds) {
    Add(name, setting, Interval{value, value, value}, seeds);
    records_.back().low.reset();
    records_.back().high.reset();
  }

  // An estimate that the numbers do not determine is left out, as the slope of
  // the logarithms of errors that are 0; any other error is returned.
  absl::Status Add(const std::string& name, const std::string& setting,
                   const absl::StatusOr<Interval>& interval, int64_t seeds) {
    if (interval.ok()) Add(name, setting, *interval, seeds);
    return absl::IsInvalidArgument(interval.status()) ? absl::OkStatus()
                                                      : interval.status();
  }

  std::vector<FindingRecord> Take() {
    std::erase_if(records_, std::not_fn(IsDefined));
    return std::move(records_);
  }

 private:
  const std::string dataset_;
  const std::string lambda_;
  std::vector<FindingRecord> records_;
};

std::string Setting(const WorkersAndBatch& c, int64_t period) {
  return absl::StrCat("K=", c.workers, ", b=", c.batch, ", H=", period);
}

struct NamedMoments {
  const char* name;
  GradientMoments BoundRuns::*moments;
};
constexpr NamedMoments kConstants[] = {{"a priori", &BoundRuns::a_priori},
                                       {"path", &BoundRuns::path}};

// The smallest T at which the bound promises `error`, at least 1; nothing when
// that is above 2^60.
std::optional<double> PromisedIterations(const BoundRuns& problem,
                                         const Family& family, double error) {
  const auto promises = [&](int64_t T) {
    return BoundOf(problem, problem.path, family.configuration, family.period,
                   T)
               .total() <= error;
  };
  int64_t high = 1;
  while (!promises(high)) {
    if (high >= int64_t{1} << 60) return std::nullopt;
    high *= 2;
  }
  int64_t low = high / 2;  // does not
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (promises(middle) ? high : low) = middle;
  }
  return static_cast<double>(high);
}

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
    findings.Add("smallest_bound_over_error", setting, *smallest,
                 problem.grid.seeds);
    if (!all_above_zero) continue;
    findings.Add("largest_bound_over_error", setting, *largest,
                 problem.grid.seeds);
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
    findings.Add("error", setting, error, seeds);
    for (const NamedMoments& constants : kConstants) {
      const BoundTerms terms =
          BoundOf(problem, problem.*constants.moments, family.configuration,
                  family.period, points[last]);
      const std::string with =
          absl::StrCat(setting, ", constants=", constants.name);
      if (error.value > 0.0) {
        findings.Add("bound_over_error", with, terms.total() / error.value,
                     seeds);
      }
      findings.Add("bias_share", with, terms.bias / terms.total(), 0);
      findings.Add("variance_share", with, terms.variance / terms.total(), 0);
      findings.Add("drift_share", with, terms.drift / terms.total(), 0);
    }
    const std::optional<double> promised =
        PromisedIterations(problem, family, error.value);
    if (promised) {
      findings.Add("promised_over_measured_iterations", setting,
                   *promised / static_cast<double>(points[last]), seeds);
    }
  }
}

// The exponent of regressor j in a fit of mean errors, with the jackknife's
// interval over seeds; `errors` has the errors of every seed for each point.
absl::StatusOr<Interval> ErrorExponent(
    const std::vector<std::vector<double>>& x,
    const std::vector<std::vector<double>>& errors, size_t j, int64_t seeds) {
  return Jackknife(
      seeds, [&](absl::Span<const int64_t> kept) -> absl::StatusOr<double> {
        std::vector<double> y;
        for (const std::vector<double>& point : errors) {
          y.push_back(MeanOf(point, kept));
        }
        ASSIGN_OR_RETURN(const PowerLawFit fit, FitPowerLaw(x, y));
        return fit.exponents[j].value;
      });
}

// From T = 100 a on the bias, which falls like (a / T)^3, is 1e-6 of what it
// was; there the slopes of log error are fitted: exponent_T for each K, b and H
// with three such T; exponent_K at the last T for each b and H with three K;
// and at H = 1, where nothing drifts, both together, exponent_T and
// exponent_K_b of all K and b, with the residuals' intervals as misfit_T and
// misfit_K_b.
absl::Status FindErrorSlopes(const BoundRuns& problem,
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
    RETURN_IF_ERROR(findings.Add("exponent_T",
                                 Setting(family.configuration, family.period),
                                 ErrorExponent(x, errors, 0, seeds), seeds));
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
      RETURN_IF_ERROR(findings.Add(absl::StrCat("exponent_", names[j]), "H=1",
                                   ErrorExponent(all_x, all_errors, j, seeds),
                                   seeds));
      if (!fit.ok()) continue;
      findings.Add(absl::StrCat("misfit_", names[j]), "H=1", fit->exponents[j],
                   seeds);
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
      RETURN_IF_ERROR(findings.Add(
          "exponent_K",
          absl::StrCat("b=", batch, ", H=", period, ", T=", points.back()),
          ErrorExponent(x, errors, 0, seeds), seeds));
    }
  }
  return absl::OkStatus();
}

// largest_drift_over_bound, over K > 1, H > 1 and t = T - 1: the mean over
// seeds over 4 eta_t^2 G^2 H^2 with the G^2 of the path; and
// exponent_H_of_drift, of drift / eta_t^2 at the last t for each K and b with
// three H > 1: the bound has 2.
absl::Status FindDrifts(const BoundRuns& problem,
                        const std::vector<Family>& families,
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
    findings.Add("largest_drift_over_bound", "constants=path", *largest, seeds);
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
    RETURN_IF_ERROR(findings.Add("exponent_H_of_drift",
                                 absl::StrCat("K=", c.workers, ", b=", c.batch,
                                              ", t=", points.back() - 1),
                                 ErrorExponent(x, drifts, 0, seeds), seeds));
  }
  return absl::OkStatus();
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
                 Setting(family.configuration, family.period),
                 MeanInterval(ratios), seeds);
    for (size_t i = 0; i < ratios.size(); ++i) sums[i] += ratios[i];
    ++configurations;
  }
  if (configurations == 0) return;
  for (double& sum : sums) sum /= static_cast<double>(configurations);
  findings.Add("gradient_variance_ratio", "all K and b", MeanInterval(sums),
               seeds);
}

void FindConstants(const BoundRuns& problem, FindingList& findings) {
  findings.Add("kappa", "", problem.curvature.condition_number, 0);
  findings.Add("start_distance_square", "", problem.start_distance_square, 0);
  for (const NamedMoments& constants : kConstants) {
    const GradientMoments& moments = problem.*constants.moments;
    const std::string setting = absl::StrCat("constants=", constants.name);
    const int64_t seeds = constants.moments == &BoundRuns::path ? 1 : 0;
    findings.Add("sigma_square", setting, moments.variance, seeds);
    findings.Add("G_square", setting, moments.second_moment, seeds);
  }
  // How much smaller than its largest value the variance is at the end.
  double at_the_end = 0.0;
  for (const BoundRun& run : problem.runs) {
    if (run.moments.empty()) continue;
    at_the_end = std::max(at_the_end, run.moments.back().variance);
  }
  findings.Add("sigma_square", "constants=path, last t only", at_the_end, 1);
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> BoundFindings(
    const ConvergenceBound& result) {
  std::vector<FindingRecord> records;
  for (const BoundRuns& problem : result.problems) {
    const std::vector<Family> families = Families(problem);
    FindingList findings(result, problem);
    FindConstants(problem, findings);
    FindMargins(problem, families, findings);
    FindAtTheEnd(problem, families, findings);
    RETURN_IF_ERROR(FindErrorSlopes(problem, families, findings));
    RETURN_IF_ERROR(FindDrifts(problem, families, findings));
    FindGradientVariances(problem, families, findings);
    for (FindingRecord& record : findings.Take()) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

}  // namespace local_sgd
