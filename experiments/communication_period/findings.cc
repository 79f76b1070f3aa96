#include "experiments/communication_period/findings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "experiments/communication_period/records.h"
#include "lib/math/portable_exp.h"
#include "lib/math/portable_log.h"
#include "lib/records/finding_list.h"
#include "lib/records/finding_record.h"
#include "lib/records/group_by.h"
#include "lib/records/table.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/statistics/log_interpolation.h"
#include "lib/statistics/power_law_fit.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

constexpr char kExperiment[] = "communication_period";
constexpr LossCriterion kCriteria[] = {LossCriterion::kError,
                                       LossCriterion::kIterations};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One arm, lambda, K, b and T: errors of every period and seed.
struct Cell {
  int64_t workers = 0;
  int64_t batch = 0;
  int64_t iterations = 0;
  std::string setting;
  std::vector<int64_t> periods;
  // [period][seed]; infinite where a run diverged.
  std::vector<std::vector<double>> gaps;
  std::vector<std::vector<double>> later;
};

// The cells of one arm, which share their seeds.
struct Arm {
  std::string dataset;
  std::string name;  // "theory, lambda=0.01"
  int64_t seeds = 0;
  std::vector<Cell> cells;
};

// The records of one cell; `arm` has its seeds.
absl::StatusOr<Cell> CellOf(const std::vector<PeriodRecord>& records,
                            const Arm& arm) {
  const PeriodRecord& any = records.front();
  Cell cell = {any.workers, any.batch, any.iterations, CellSetting(any), {},
               {},          {}};
  std::map<int64_t, std::map<uint64_t, const PeriodRecord*>> by_period;
  for (const PeriodRecord& r : records) by_period[r.period][r.seed] = &r;
  if (by_period.begin()->first != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(arm.name, ", ", cell.setting, ": no H = 1"));
  }
  for (const auto& [period, by_seed] : by_period) {
    if (static_cast<int64_t>(by_seed.size()) != arm.seeds) {
      return absl::InvalidArgumentError(
          absl::StrCat(arm.name, ", ", cell.setting, ", H=", period, ": ",
                       by_seed.size(), " seeds, expected ", arm.seeds));
    }
    cell.periods.push_back(period);
    cell.gaps.emplace_back();
    cell.later.emplace_back();
    for (const auto& [seed, record] : by_seed) {
      cell.gaps.back().push_back(record->gap.value_or(kInfinity));
      cell.later.back().push_back(record->gap_later.value_or(kInfinity));
    }
  }
  return cell;
}

absl::StatusOr<std::vector<Arm>> ArmsOf(
    const std::vector<PeriodRecord>& records, double loss) {
  for (const PeriodRecord& r : records) {
    if (r.iterations_later != LaterIterations(r.iterations, loss)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "iterations_later is ", r.iterations_later, " after ", r.iterations,
          " iterations, expected ", LaterIterations(r.iterations, loss),
          " for a loss of ", ShortestText(loss)));
    }
  }
  std::vector<Arm> arms;
  for (const std::vector<PeriodRecord>& of_arm :
       GroupBy(records, [](const PeriodRecord& r) {
         return std::tuple(r.dataset, r.step_size, r.regularization);
       })) {
    Arm& arm = arms.emplace_back();
    arm.dataset = of_arm[0].dataset;
    arm.name = ArmSetting(of_arm[0]);
    std::set<uint64_t> seeds;
    std::map<std::tuple<int64_t, int64_t, int64_t>, std::vector<PeriodRecord>>
        cells;
    for (const PeriodRecord& r : of_arm) {
      seeds.insert(r.seed);
      cells[{r.workers, r.batch, r.iterations}].push_back(r);
    }
    arm.seeds = static_cast<int64_t>(seeds.size());
    for (const auto& [key, of_cell] : cells) {
      ASSIGN_OR_RETURN(arm.cells.emplace_back(), CellOf(of_cell, arm));
    }
  }
  return arms;
}

// How many times the error at H = 1 an error is. Where that is 0, or below by
// rounding, another one is as good or infinitely worse.
double LossRatio(double error, double reference) {
  if (reference > 0.0) return error / reference;
  return error <= reference ? 1.0 : kInfinity;
}

// The loss of every period of a cell, from the mean errors of some seeds, and
// its limit.
PeriodEstimate Estimate(const Cell& cell, LossCriterion criterion, double loss,
                        Kept kept) {
  const bool of_error = criterion == LossCriterion::kError;
  const double reference = MeanOf(cell.gaps[0], kept);
  std::vector<LossPoint> curve;
  for (size_t h = 0; h < cell.periods.size(); ++h) {
    const std::vector<double>& gaps = of_error ? cell.gaps[h] : cell.later[h];
    curve.push_back(
        {cell.periods[h], LossRatio(MeanOf(gaps, kept), reference)});
  }
  return LargestPeriodWithin(curve, of_error ? 1.0 + loss : 1.0);
}

std::vector<int64_t> AllSeeds(const Arm& arm) {
  std::vector<int64_t> all(static_cast<size_t>(arm.seeds));
  std::iota(all.begin(), all.end(), int64_t{0});
  return all;
}

// The three regressors of the law, those of them that vary.
struct Regressor {
  const char* name;
  std::vector<double> values;  // one a cell
};

std::vector<Regressor> RegressorsOf(const std::vector<const Cell*>& cells) {
  std::vector<Regressor> all = {
      {"iterations", {}}, {"workers", {}}, {"batch", {}}};
  for (const Cell* cell : cells) {
    all[0].values.push_back(static_cast<double>(cell->iterations));
    all[1].values.push_back(static_cast<double>(cell->workers));
    all[2].values.push_back(static_cast<double>(cell->batch));
  }
  std::vector<Regressor> varying;
  for (Regressor& regressor : all) {
    const std::set<double> distinct(regressor.values.begin(),
                                    regressor.values.end());
    if (distinct.size() > 1) varying.push_back(std::move(regressor));
  }
  return varying;
}

// The law H = c T^e K^e b^e over the cells.
absl::Status AddExponents(const Arm& arm, LossCriterion criterion, double loss,
                          const std::vector<const Cell*>& cells,
                          FindingList& findings) {
  const std::vector<Regressor> regressors = RegressorsOf(cells);
  if (regressors.empty()) return absl::OkStatus();
  std::vector<std::vector<double>> x;
  for (const Regressor& regressor : regressors) x.push_back(regressor.values);
  const auto periods_of = [&](Kept kept) {
    std::vector<double> periods;
    for (const Cell* cell : cells) {
      periods.push_back(Estimate(*cell, criterion, loss, kept).period);
    }
    return periods;
  };
  const auto fit = FitPowerLaw(x, periods_of(AllSeeds(arm)));
  // Too few cells determine no law.
  if (absl::IsInvalidArgument(fit.status())) return absl::OkStatus();
  RETURN_IF_ERROR(fit.status());
  const std::string setting(Name(criterion));
  for (size_t j = 0; j < regressors.size(); ++j) {
    const std::string name = absl::StrCat("exponent_of_", regressors[j].name);
    findings.AddExponent(name, setting, arm.seeds, x, periods_of, j);
    findings.AddFitted(absl::StrCat("residual_", name), setting, arm.seeds,
                       fit->exponents[j]);
    for (const IterationModel model : kIterationModels) {
      std::vector<double> periods;
      for (const Cell* cell : cells) {
        periods.push_back(AdmissiblePeriod(
            model, criterion, loss, static_cast<double>(cell->iterations),
            cell->workers * cell->batch));
      }
      ASSIGN_OR_RETURN(const PowerLawFit modelled, FitPowerLaw(x, periods));
      findings.AddExact(absl::StrCat("model_", name),
                        absl::StrCat(setting, ", model=", Name(model)),
                        modelled.exponents[j].value);
    }
  }
  return absl::OkStatus();
}

absl::Status AddCriterion(const Arm& arm, LossCriterion criterion, double loss,
                          FindingList& findings) {
  std::vector<const Cell*> fitted;
  const std::string setting(Name(criterion));
  for (const Cell& cell : arm.cells) {
    const PeriodEstimate estimate =
        Estimate(cell, criterion, loss, AllSeeds(arm));
    const std::string cell_setting = absl::StrCat(setting, ", ", cell.setting);
    if (estimate.censoring != Censoring::kNone) {
      const char* side =
          estimate.censoring == Censoring::kAbove ? "above" : "below";
      findings.AddNumber(absl::StrCat("admissible_period_", side), cell_setting,
                         arm.seeds, estimate.period);
      continue;
    }
    fitted.push_back(&cell);
    ASSIGN_OR_RETURN(
        const Interval log_period,
        Jackknife(arm.seeds, [&](Kept kept) -> absl::StatusOr<double> {
          return PortableLog(Estimate(cell, criterion, loss, kept).period);
        }));
    // The value goes through no logarithm and keeps its digits.
    findings.Add(
        "admissible_period", cell_setting, arm.seeds,
        Interval{estimate.period,
                 std::min(PortableExp(log_period.low), estimate.period),
                 std::max(PortableExp(log_period.high), estimate.period)});
  }
  findings.AddNumber("cells_fitted", setting, arm.seeds,
                     static_cast<double>(fitted.size()));
  findings.AddNumber("cells_censored", setting, arm.seeds,
                     static_cast<double>(arm.cells.size() - fitted.size()));
  return AddExponents(arm, criterion, loss, fitted, findings);
}

void AddOneShot(const Arm& arm, FindingList& findings) {
  for (const Cell& cell : arm.cells) {
    if (cell.periods.back() != cell.iterations) continue;
    findings.AddEstimate(
        "one_shot_loss", cell.setting, arm.seeds, [&](Kept kept) {
          const double reference = MeanOf(cell.gaps[0], kept);
          if (!(reference > 0.0)) return kInfinity;
          return MeanOf(cell.gaps.back(), kept) / reference - 1.0;
        });
  }
}

// One schedule on one problem.
struct Schedule {
  std::string text;
  std::string setting;  // "period:4, K=16, b=4, lambda=0.01"
  int64_t workers = 0;
  int64_t batch = 0;
  // By epsilon and seed: T and rounds, nothing where epsilon was missed.
  std::map<double, std::map<uint64_t, std::optional<std::pair<double, double>>>>
      reached;
  // By rounds and seed. Of several T with the same rounds the last.
  std::map<int64_t, std::map<uint64_t, double>> errors;
};

Schedule ScheduleOf(const std::vector<ScheduleRecord>& records) {
  const ScheduleRecord& any = records.front();
  Schedule schedule = {
      any.schedule, ScheduleSetting(any), any.workers, any.batch, {}, {}};
  for (const ScheduleRecord& r : records) {
    if (!r.epsilon) {
      schedule.errors[*r.rounds][r.seed] = r.gap.value_or(kInfinity);
      continue;
    }
    auto& reached = schedule.reached[*r.epsilon][r.seed];
    if (!r.iterations) continue;
    reached.emplace(static_cast<double>(*r.iterations),
                    static_cast<double>(*r.rounds));
  }
  return schedule;
}

// T and rounds of every seed in the order of seeds; empty when one missed it.
using Reaches = std::vector<std::pair<double, double>>;
Reaches ReachesOf(const Schedule& schedule, double epsilon) {
  Reaches reaches;
  const auto found = schedule.reached.find(epsilon);
  if (found == schedule.reached.end()) return {};
  for (const auto& [seed, reached] : found->second) {
    if (!reached) return {};
    reaches.push_back(*reached);
  }
  return reaches;
}

// The mean of those that there are; all schedules together have the seeds.
void AddMean(const std::string& name, const std::string& setting, int64_t seeds,
             const std::vector<double>& values, FindingList& findings) {
  findings.Add(name, setting, seeds,
               Jackknife(static_cast<int64_t>(values.size()),
                         [&](Kept kept) { return MeanOf(values, kept); }));
}

void AddReached(const Schedule& schedule, double epsilon, int64_t seeds,
                FindingList& findings) {
  const Reaches reaches = ReachesOf(schedule, epsilon);
  if (reaches.empty()) return;
  const std::string setting =
      absl::StrCat(schedule.setting, ", epsilon=", ShortestText(epsilon));
  std::vector<double> iterations;
  std::vector<double> rounds;
  for (const auto& [t, r] : reaches) {
    iterations.push_back(t);
    rounds.push_back(r);
  }
  AddMean("schedule_iterations", setting, seeds, iterations, findings);
  AddMean("schedule_rounds", setting, seeds, rounds, findings);
  for (const CostModel cost_model : kCostModels) {
    for (const double rho : kComparedRhos) {
      if (cost_model == CostModel::kFree && rho != kComparedRhos[0]) continue;
      std::vector<double> times;
      for (const auto& [t, r] : reaches) {
        times.push_back(ModelledTime(cost_model, rho, schedule.workers,
                                     schedule.batch, t, r));
      }
      std::string priced = absl::StrCat(setting, ", ", Name(cost_model));
      if (cost_model != CostModel::kFree) {
        absl::StrAppend(&priced, ", rho=", ShortestText(rho));
      }
      AddMean("schedule_time", priced, seeds, times, findings);
    }
  }
}

void AddErrors(const Schedule& schedule, int64_t seeds, FindingList& findings) {
  for (const int64_t rounds : kComparedRounds) {
    const auto next = schedule.errors.lower_bound(rounds);
    if (next == schedule.errors.end()) continue;
    const auto before = next->first == rounds ? next : std::prev(next);
    if (next == schedule.errors.begin() && next->first != rounds) continue;
    const auto values_of = [](const std::map<uint64_t, double>& by_seed) {
      std::vector<double> values;
      for (const auto& [seed, value] : by_seed) values.push_back(value);
      return values;
    };
    const std::vector<double> y0 = values_of(before->second);
    const std::vector<double> y1 = values_of(next->second);
    if (static_cast<int64_t>(y0.size()) != seeds ||
        static_cast<int64_t>(y1.size()) != seeds) {
      continue;
    }
    findings.AddEstimate(
        "schedule_error", absl::StrCat(schedule.setting, ", rounds=", rounds),
        seeds, [&](Kept kept) {
          if (next == before) return MeanOf(y0, kept);
          return InterpolateLogs(static_cast<double>(before->first),
                                 MeanOf(y0, kept),
                                 static_cast<double>(next->first),
                                 MeanOf(y1, kept), static_cast<double>(rounds));
        });
  }
}

void AddRatio(const std::string& name, const std::string& setting,
              const Reaches& numerator, const Reaches& denominator,
              double std::pair<double, double>::*part, FindingList& findings) {
  findings.AddEstimate(
      name, setting, static_cast<int64_t>(numerator.size()), [&](Kept kept) {
        double sum = 0.0;
        double reference = 0.0;
        for (const int64_t i : kept) {
          sum += numerator[static_cast<size_t>(i)].*part;
          reference += denominator[static_cast<size_t>(i)].*part;
        }
        return sum / reference;
      });
}

// What a frequent start does, against the constant period of later.
void AddFrequentStart(const Schedule& frequent, const Schedule& constant,
                      double epsilon, int64_t seeds, FindingList& findings) {
  using Reach = std::pair<double, double>;
  const Reaches numerator = ReachesOf(frequent, epsilon);
  const Reaches denominator = ReachesOf(constant, epsilon);
  if (static_cast<int64_t>(numerator.size()) != seeds ||
      static_cast<int64_t>(denominator.size()) != seeds) {
    return;
  }
  const std::string setting =
      absl::StrCat(frequent.setting, ", epsilon=", ShortestText(epsilon));
  AddRatio("frequent_start_iterations", setting, numerator, denominator,
           &Reach::first, findings);
  AddRatio("frequent_start_rounds", setting, numerator, denominator,
           &Reach::second, findings);
}

// Whether `constant` is the "period:H" of "phases:1,S,H" on the same problem.
bool IsLaterPeriod(const Schedule& constant, const Schedule& frequent) {
  return absl::StartsWith(frequent.text, "phases:1,") &&
         constant.text ==
             absl::StrCat("period:",
                          frequent.text.substr(frequent.text.rfind(',') + 1)) &&
         constant.setting.substr(constant.text.size()) ==
             frequent.setting.substr(frequent.text.size());
}

}  // namespace

int64_t LaterIterations(int64_t iterations, double loss) {
  return static_cast<int64_t>(
      std::ceil((1.0 + loss) * static_cast<double>(iterations) - 1e-6));
}

absl::StatusOr<std::vector<FindingRecord>> PeriodFindings(
    const std::vector<PeriodRecord>& records, double loss) {
  ASSIGN_OR_RETURN(const std::vector<Arm> arms, ArmsOf(records, loss));
  FindingList findings(kExperiment);
  findings.AddExact("loss", "", loss);
  for (const Arm& arm : arms) {
    findings.Begin(arm.dataset, arm.name);
    for (const LossCriterion criterion : kCriteria) {
      RETURN_IF_ERROR(AddCriterion(arm, criterion, loss, findings));
    }
    AddOneShot(arm, findings);
  }
  return std::move(findings).Take();
}

absl::StatusOr<std::vector<FindingRecord>> ScheduleFindings(
    const std::vector<ScheduleRecord>& records) {
  std::set<uint64_t> seeds;
  std::set<double> epsilons;
  for (const ScheduleRecord& r : records) {
    seeds.insert(r.seed);
    if (r.epsilon) epsilons.insert(*r.epsilon);
  }
  std::vector<Schedule> schedules;
  for (const std::vector<ScheduleRecord>& group :
       GroupBy(records, ScheduleSetting)) {
    schedules.push_back(ScheduleOf(group));
  }
  FindingList findings(kExperiment);
  if (!records.empty()) findings.Begin(records.back().dataset);
  const auto num_seeds = static_cast<int64_t>(seeds.size());
  for (const Schedule& schedule : schedules) {
    AddErrors(schedule, num_seeds, findings);
    for (const double epsilon : epsilons) {
      AddReached(schedule, epsilon, num_seeds, findings);
    }
  }
  for (const Schedule& frequent : schedules) {
    for (const Schedule& constant : schedules) {
      if (!IsLaterPeriod(constant, frequent)) continue;
      for (const double epsilon : epsilons) {
        AddFrequentStart(frequent, constant, epsilon, num_seeds, findings);
      }
    }
  }
  return std::move(findings).Take();
}

}  // namespace local_sgd
