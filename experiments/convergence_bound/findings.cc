#include "experiments/convergence_bound/findings.h"

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
#include "experiments/convergence_bound/records.h"
#include "experiments/convergence_bound/series.h"
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
  explicit FindingList(const BoundConstants& problem)
      : dataset_(problem.dataset),
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
  findings.Add("kappa", "", runs.constants.kappa(), 0);
  findings.Add("start_distance_square", "",
               runs.constants.path.start_distance_square, 0);
  for (const NamedConstants& named : kConstants) {
    const BoundSettings& constants = runs.constants.*named.constants;
    const int64_t seeds = named.constants == &BoundConstants::path ? 1 : 0;
    findings.Add("sigma_square", named.setting, constants.variance, seeds);
    findings.Add("G_square", named.setting, constants.second_moment, seeds);
  }
  // How much smaller than its largest value the variance is at the end.
  double at_the_end = 0.0;
  for (const BoundRunRecord& r : records) {
    if (r.lambda != runs.constants.lambda() || r.iterations != runs.last()) {
      continue;
    }
    at_the_end = std::max(at_the_end, r.variance.value_or(0.0));
  }
  findings.Add("sigma_square", "constants=path, last t only", at_the_end, 1);
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
    findings.Add("smallest_bound_over_error", named.setting,
                 Outermost(ratios, /*largest=*/false), runs.seeds());
    if (!all_above_zero) continue;
    findings.Add("largest_bound_over_error", named.setting,
                 Outermost(ratios, /*largest=*/true), runs.seeds());
  }
}

// The smallest T at which the bound promises `error`, at least 1; nothing when
// that is above 2^60.
std::optional<double> PromisedIterations(const BoundSettings& constants,
                                         const BoundSeries& series,
                                         double error) {
  const auto promises = [&](int64_t T) {
    return BoundOf(constants, series, T).total() <= error;
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

// At the last T of every K, b and H: error, the bound over it, the shares of
// its terms, and how much longer one would have to run for the theorem to
// promise what was measured.
void FindAtTheEnd(const LambdaRuns& runs, FindingList& findings) {
  const int64_t T = runs.last();
  const int64_t seeds = runs.seeds();
  for (const BoundSeries& series : runs.series) {
    const std::string setting = absl::StrCat(Setting(series), ", T=", T);
    const Interval error = MeanInterval(series.points.back().errors);
    findings.Add("error", setting, error, seeds);
    for (const NamedConstants& named : kConstants) {
      const BoundTerms terms =
          BoundOf(runs.constants.*named.constants, series, T);
      const std::string with = absl::StrCat(setting, ", ", named.setting);
      if (error.value > 0.0) {
        findings.Add("bound_over_error", with, terms.total() / error.value,
                     seeds);
      }
      findings.Add("bias_share", with, terms.bias / terms.total(), 0);
      findings.Add("variance_share", with, terms.variance / terms.total(), 0);
      findings.Add("drift_share", with, terms.drift / terms.total(), 0);
    }
    const std::optional<double> promised =
        PromisedIterations(runs.constants.path, series, error.value);
    if (promised) {
      findings.Add("promised_over_measured_iterations", setting,
                   *promised / static_cast<double>(T), seeds);
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
};

// The fit of the means over these seeds.
absl::StatusOr<PowerLawFit> FitMeans(const FitPoints& points,
                                     absl::Span<const int64_t> kept) {
  std::vector<double> means;
  for (const std::vector<double>& samples : points.samples) {
    means.push_back(MeanOf(samples, kept));
  }
  return FitPowerLaw(points.x, means);
}

// The exponent of regressor j in a fit of means over seeds, with the
// jackknife's interval over these.
absl::StatusOr<Interval> Exponent(const FitPoints& points, size_t j) {
  return Jackknife(
      static_cast<int64_t>(points.samples[0].size()),
      [&](absl::Span<const int64_t> kept) -> absl::StatusOr<double> {
        ASSIGN_OR_RETURN(const PowerLawFit fit, FitMeans(points, kept));
        return fit.exponents[j].value;
      });
}

// From T = 100 a on the bias, which falls like (a / T)^3, is 1e-6 of what it
// was; there the slopes of log error are fitted.
bool VarianceRules(const BoundConstants& constants, int64_t period, int64_t T) {
  return static_cast<double>(T) >=
         100.0 * TheoremShift(constants.kappa(), period);
}

// exponent_T for each K, b and H with three such T.
absl::Status FindSlopesAlongT(const LambdaRuns& runs, FindingList& findings) {
  for (const BoundSeries& series : runs.series) {
    FitPoints fit;
    for (const BoundPoint& point : series.points) {
      const int64_t T = point.iterations;
      if (!VarianceRules(runs.constants, series.period, T)) continue;
      fit.Add({static_cast<double>(T)}, point.errors);
    }
    if (fit.samples.size() < 3) continue;
    RETURN_IF_ERROR(findings.Add("exponent_T", Setting(series),
                                 Exponent(fit, 0), runs.seeds()));
  }
  return absl::OkStatus();
}

// At H = 1, where nothing drifts, both together: exponent_T and exponent_K_b of
// all K and b, with the residuals' intervals as misfit_T and misfit_K_b.
absl::Status FindSlopesWithoutDrift(const LambdaRuns& runs,
                                    FindingList& findings) {
  FitPoints points;
  std::vector<int64_t> all_seeds;
  for (int64_t s = 0; s < runs.seeds(); ++s) all_seeds.push_back(s);
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
  if (points.Distinct(0) < 2 || points.Distinct(1) < 2) {
    return absl::OkStatus();
  }
  const auto fit = FitMeans(points, all_seeds);
  const char* const names[] = {"T", "K_b"};
  for (size_t j = 0; j < 2; ++j) {
    RETURN_IF_ERROR(findings.Add(absl::StrCat("exponent_", names[j]), "H=1",
                                 Exponent(points, j), runs.seeds()));
    if (!fit.ok()) continue;
    findings.Add(absl::StrCat("misfit_", names[j]), "H=1", fit->exponents[j],
                 runs.seeds());
  }
  return absl::OkStatus();
}

// What the series have there, each once, in their order.
template <class Of>
auto DistinctOf(const std::vector<BoundSeries>& all, const Of& of) {
  std::vector<decltype(of(all[0]))> distinct;
  for (const BoundSeries& series : all) {
    const auto value = of(series);
    if (std::find(distinct.begin(), distinct.end(), value) == distinct.end()) {
      distinct.push_back(value);
    }
  }
  return distinct;
}

// exponent_K at the last T for each b and H with three K.
absl::Status FindSlopesAlongK(const LambdaRuns& runs, FindingList& findings) {
  std::vector<int64_t> batches =
      DistinctOf(runs.series, [](const BoundSeries& s) { return s.batch; });
  std::sort(batches.begin(), batches.end());
  for (const int64_t batch : batches) {
    for (const int64_t period : DistinctOf(
             runs.series, [](const BoundSeries& s) { return s.period; })) {
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
      RETURN_IF_ERROR(findings.Add(
          "exponent_K",
          absl::StrCat("b=", batch, ", H=", period, ", T=", runs.last()),
          Exponent(fit, 0), runs.seeds()));
    }
  }
  return absl::OkStatus();
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
  findings.Add("largest_drift_over_bound", "constants=path", *largest,
               runs.seeds());
}

// exponent_H_of_drift, of drift / eta_t^2 at the last t for each K and b with
// three H > 1: the bound has 2.
absl::Status FindSlopesOfDrift(const LambdaRuns& runs, FindingList& findings) {
  const auto configuration = [](const BoundSeries& s) {
    return std::pair(s.workers, s.batch);
  };
  for (const auto& [workers, batch] : DistinctOf(runs.series, configuration)) {
    FitPoints fit;
    for (const BoundSeries& series : runs.series) {
      if (configuration(series) != std::pair(workers, batch) ||
          !Drifts(series)) {
        continue;
      }
      const BoundPoint& last = series.points.back();
      std::vector<double> drifts = last.drifts;
      for (double& drift : drifts) drift /= last.step_size * last.step_size;
      fit.Add({static_cast<double>(series.period)}, std::move(drifts));
    }
    if (fit.samples.size() < 3) continue;
    RETURN_IF_ERROR(findings.Add(
        "exponent_H_of_drift",
        absl::StrCat("K=", workers, ", b=", batch, ", t=", runs.last() - 1),
        Exponent(fit, 0), runs.seeds()));
  }
  return absl::OkStatus();
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
    findings.Add("gradient_variance_ratio", Setting(series),
                 MeanInterval(ratios), seeds);
    for (size_t i = 0; i < ratios.size(); ++i) sums[i] += ratios[i];
    ++configurations;
  }
  if (configurations == 0) return;
  for (double& sum : sums) sum /= static_cast<double>(configurations);
  findings.Add("gradient_variance_ratio", "all K and b", MeanInterval(sums),
               seeds);
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> BoundFindings(
    const ConvergenceBound& data) {
  std::vector<FindingRecord> records;
  for (const BoundConstants& constants : data.constants) {
    const LambdaRuns runs = {constants,
                             SeriesOf(data.runs, constants.lambda())};
    FindingList findings(constants);
    FindConstants(runs, data.runs, findings);
    FindMargins(runs, findings);
    FindAtTheEnd(runs, findings);
    RETURN_IF_ERROR(FindSlopesAlongT(runs, findings));
    RETURN_IF_ERROR(FindSlopesWithoutDrift(runs, findings));
    RETURN_IF_ERROR(FindSlopesAlongK(runs, findings));
    FindLargestDrift(runs, findings);
    RETURN_IF_ERROR(FindSlopesOfDrift(runs, findings));
    FindGradientVariances(runs, findings);
    for (FindingRecord& record : findings.Take()) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

}  // namespace local_sgd
