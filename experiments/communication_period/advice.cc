#include "experiments/communication_period/advice.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/communication_period/report.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/group_by.h"
#include "lib/records/table.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using Pieces = std::vector<RecordPiece<CommunicationPeriod>>;

constexpr char kEveryStep[] = "period:1";

// Of a run that reached epsilon.
double CostOf(const AdviceSettings& settings, CostModel cost_model,
              const ScheduleRecord& reached) {
  return ModelledTime(cost_model, settings.rho, settings.schedules.workers,
                      settings.schedules.batch,
                      static_cast<double>(*reached.iterations),
                      static_cast<double>(*reached.rounds));
}

absl::Status Validate(const Problem& /*problem*/,
                      const AdviceSettings& settings) {
  ScheduleRecord longest;  // of communicating after every step
  longest.iterations = longest.rounds = settings.schedules.max_iterations;
  for (const CostModel cost_model : kCostModels) {
    const double most = CostOf(settings, cost_model, longest);
    if (!std::isfinite(static_cast<double>(settings.seeds) * most)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--rho=", settings.rho, ": the cost of ",
                       settings.schedules.max_iterations, " rounds overflows"));
    }
  }
  return absl::OkStatus();
}

// What is advised under each cost model, not yet verified.
absl::StatusOr<std::vector<Advice>> CheapestOf(
    const AdviceSettings& settings,
    const std::vector<ScheduleRecord>& tunings) {
  std::vector<Advice> all;
  for (const CostModel cost_model : kCostModels) {
    Advice advice;
    advice.cost_model = cost_model;
    bool found = false;
    for (const ScheduleRecord& pilot : tunings) {
      if (!pilot.iterations) continue;
      const double cost = CostOf(settings, cost_model, pilot);
      if (pilot.schedule == kEveryStep) advice.every_step = cost;
      if (found && !(cost < advice.cost)) continue;
      found = true;
      advice.pilot = pilot;
      advice.cost = cost;
    }
    if (!found) {
      return absl::NotFoundError(
          absl::StrCat("no schedule reached epsilon = ",
                       ShortestText(settings.schedules.epsilons[0]), " within ",
                       settings.schedules.max_iterations, " iterations"));
    }
    all.push_back(std::move(advice));
  }
  return all;
}

// First the pilots; then, to verify, the advised ones on other seeds: the same
// one may serve several cost models.
absl::StatusOr<Stages<CommunicationPeriod>> StagesOf(
    const Problem& problem, const AdviceSettings& settings) {
  ASSIGN_OR_RETURN(
      auto pilots,
      ScheduleTunings(problem, settings.schedules,
                      SelectionSeedFor(settings.first_seed, settings.seeds)));
  Stages<CommunicationPeriod> stages = OneStage(std::move(pilots));
  if (!settings.verify) return stages;
  stages.push_back(
      {ScheduleRunsCost(settings.schedules, settings.seeds),
       [&problem, &settings](
           const CommunicationPeriod& before) -> absl::StatusOr<Pieces> {
         ASSIGN_OR_RETURN(const auto all, CheapestOf(settings, before.tunings));
         std::vector<ScheduleRecord> distinct;
         for (const std::vector<Advice>& same :
              GroupBy(all, [](const Advice& a) { return a.pilot.schedule; })) {
           distinct.push_back(same.front().pilot);
         }
         return ScheduleRuns(problem, settings.schedules, distinct,
                             settings.first_seed, settings.seeds);
       }});
  return stages;
}

absl::Status Verify(const AdviceSettings& settings,
                    const std::vector<ScheduleRecord>& runs, Advice& advice) {
  std::vector<double> costs;
  for (const ScheduleRecord& run : runs) {
    if (run.schedule != advice.pilot.schedule || !run.iterations) continue;
    costs.push_back(CostOf(settings, advice.cost_model, run));
  }
  advice.seeds_reached = static_cast<int64_t>(costs.size());
  if (advice.seeds_reached < settings.seeds) return absl::OkStatus();
  ASSIGN_OR_RETURN(advice.measured, Jackknife(settings.seeds, [&](Kept kept) {
                     return MeanOf(costs, kept);
                   }));
  return absl::OkStatus();
}

// The mean over seeds of the cost, and how many there are.
void AddMeasured(const AdviceSettings& settings, const Advice& advice,
                 std::vector<Cell>& row) {
  std::optional<double> value, low, high;
  if (advice.measured) {
    value = advice.measured->value;
    if (settings.seeds > 1) {
      low = advice.measured->low;
      high = advice.measured->high;
    }
  }
  for (const std::optional<double>& number : {value, low, high}) {
    row.push_back(ToCell(number));
  }
  row.emplace_back(settings.seeds);
  row.emplace_back(advice.seeds_reached);
}

}  // namespace

absl::StatusOr<std::vector<Advice>> Advise(const Problem& problem,
                                           const AdviceSettings& settings,
                                           const std::string& progress_title) {
  static const auto& experiment =
      *new Experiment<AdviceSettings, CommunicationPeriod>{
          .study = &CommunicationPeriodStudy(),
          .validate = Validate,
          .stages = StagesOf};
  ASSIGN_OR_RETURN(const auto stages,
                   ValidStages(experiment, problem, settings));
  WarnOfCertificate(problem, settings.schedules.epsilons);
  ASSIGN_OR_RETURN(const auto records,
                   RunRecords(experiment, problem, settings, stages,
                              /*journal=*/nullptr, progress_title));
  ASSIGN_OR_RETURN(auto all, CheapestOf(settings, records.tunings));
  for (Advice& advice : all) {
    if (!settings.verify) break;
    RETURN_IF_ERROR(Verify(settings, records.schedules, advice));
  }
  return all;
}

Table AdviceTable(const Problem& problem, const AdviceSettings& settings,
                  const std::vector<Advice>& advice) {
  const ScheduleSettings& schedules = settings.schedules;
  Table table;
  table.title =
      absl::StrCat("How often to communicate: K = ", schedules.workers,
                   ", b = ", schedules.batch,
                   ", epsilon = ", ShortestText(schedules.epsilons[0]),
                   ", rho = ", ShortestText(settings.rho));
  table.notes_above = DatasetNotice(problem.dataset);
  table.columns = {{"cost_model", "cost model"},
                   {"schedule", "schedule"},
                   {"step_size", "step size"},
                   {"iterations", "T"},
                   {"rounds", "rounds"},
                   {"predicted_cost", "predicted cost", Significant(4)},
                   {"every_step_cost", "cost of H = 1", Significant(4)}};
  table.notes_below = {
      "Costs in gradients of one worker, one after another: T b + rho v "
      "rounds, with v = 2 (K - 1) vectors a round under star, 2 (K - 1)/K "
      "under ring, none under free.",
      absl::StrCat("The prediction is a pilot: each of ",
                   schedules.schedules.size(),
                   " schedules was run to epsilon on one seed, with the best "
                   "step size of section 4's grid there; the cheapest is "
                   "advised. The cheapest of several samples is a little too "
                   "cheap.")};
  if (settings.verify) {
    for (const Column& column :
         {Column{"measured_cost", "measured cost", Significant(4)},
          Column{"measured_low", "from", Significant(4)},
          Column{"measured_high", "to", Significant(4)},
          Column{"seeds", "seeds"}, Column{"seeds_reached", "reached"}}) {
      table.columns.push_back(column);
    }
    table.notes_below.push_back(
        "Measured: the mean over other seeds and its interval of 95 %.");
  }
  for (const Advice& a : advice) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {std::string(Name(a.cost_model)),
           a.pilot.schedule,
           a.pilot.chosen,
           ToCell(a.pilot.iterations),
           ToCell(a.pilot.rounds),
           a.cost,
           ToCell(a.every_step)};
    if (settings.verify) AddMeasured(settings, a, row);
  }
  return table;
}

}  // namespace local_sgd
