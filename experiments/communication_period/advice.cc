#include "experiments/communication_period/advice.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "experiments/communication_period/run.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "lib/program/progress.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/solver/run.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/jackknife.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kEveryStep[] = "period:1";

// What the pilot says of one schedule.
struct Pilot {
  NamedSchedule schedule;
  SynchronisationSet set;
  StepSizeChoice step_size;
  int64_t iterations = 0;
};

absl::StatusOr<std::vector<Pilot>> RunPilots(const Problem& problem,
                                             const AdviceSettings& settings,
                                             Progress* progress) {
  ScheduleSettings schedules;
  schedules.workers = settings.workers;
  schedules.batch = settings.batch;
  schedules.epsilons = {settings.epsilon};
  schedules.max_iterations = settings.max_iterations;
  const uint64_t seed = SelectionSeedFor(settings.first_seed, settings.seeds);
  std::vector<Piece> pieces;
  for (const NamedSchedule& schedule : settings.schedules) {
    Piece piece;
    piece.key = absl::StrCat("pilot ", schedule.text);
    piece.run = [&problem, &schedules, &schedule,
                 seed]() -> absl::StatusOr<Json> {
      ASSIGN_OR_RETURN(const auto tuned,
                       TuneSchedule(problem, schedules, schedule, seed));
      const TunedSchedule& best = tuned.front();
      return Json::array(
          {best.step_size ? best.step_size->text : "none", best.iterations});
    };
    pieces.push_back(std::move(piece));
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, settings.threads, {nullptr, progress}));
  std::vector<Pilot> pilots;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Json& json = results.at(pieces[i].key);
    const std::string text = json.at(0).get<std::string>();
    if (text == "none") continue;
    ASSIGN_OR_RETURN(const auto step_size, ParseStepSize(text));
    ASSIGN_OR_RETURN(const auto set,
                     ParseSynchronisation(settings.schedules[i].text,
                                          settings.workers, settings.batch));
    pilots.push_back(
        {settings.schedules[i], set, step_size, json.at(1).get<int64_t>()});
  }
  return pilots;
}

double CostOf(const AdviceSettings& settings, CostModel cost_model,
              const SynchronisationSet& set, int64_t iterations) {
  return ModelledTime(cost_model, settings.rho, settings.workers,
                      settings.batch, static_cast<double>(iterations),
                      static_cast<double>(CountRounds(set, iterations)));
}

// T(epsilon) on every seed, 0 where it was missed.
absl::StatusOr<std::vector<int64_t>> MeasuredIterations(
    const Problem& problem, const AdviceSettings& settings, const Pilot& pilot,
    Progress* progress) {
  std::vector<Piece> pieces;
  for (int64_t i = 0; i < settings.seeds; ++i) {
    RunSettings run;
    run.workers = settings.workers;
    run.batch = settings.batch;
    run.step_size = pilot.step_size;
    run.synchronisation = pilot.set;
    run.termination.epsilons = {settings.epsilon};
    run.termination.max_iterations = settings.max_iterations;
    run.seed = settings.first_seed + static_cast<uint64_t>(i);
    Piece piece;
    piece.key =
        absl::StrCat("verifying ", pilot.schedule.text, ", seed ", run.seed);
    piece.cost = 1.0 / static_cast<double>(settings.seeds);
    piece.run = [&problem, run]() -> absl::StatusOr<Json> {
      ASSIGN_OR_RETURN(const auto summary, RunOnce(problem, run));
      return Json(summary.reached.front().iterations);
    };
    pieces.push_back(std::move(piece));
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, settings.threads, {nullptr, progress}));
  std::vector<int64_t> iterations;
  for (const Piece& piece : pieces) {
    iterations.push_back(results.at(piece.key).get<int64_t>());
  }
  return iterations;
}

absl::Status Verify(const AdviceSettings& settings, const Pilot& pilot,
                    const std::vector<int64_t>& iterations, Advice& advice) {
  std::vector<double> costs;
  for (const int64_t t : iterations) {
    if (t <= 0) continue;
    costs.push_back(CostOf(settings, advice.cost_model, pilot.set, t));
  }
  advice.seeds_reached = static_cast<int64_t>(costs.size());
  if (advice.seeds_reached < settings.seeds) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      advice.measured,
      Jackknife(settings.seeds,
                [&](absl::Span<const int64_t> kept) -> absl::StatusOr<double> {
                  double sum = 0.0;
                  for (const int64_t i : kept)
                    sum += costs[static_cast<size_t>(i)];
                  return sum / static_cast<double>(kept.size());
                }));
  return absl::OkStatus();
}

}  // namespace

double AdviceWeight(const AdviceSettings& settings) {
  return static_cast<double>(settings.schedules.size()) +
         (settings.verify ? 3.0 : 0.0);
}

absl::StatusOr<std::vector<Advice>> Advise(const Problem& problem,
                                           const AdviceSettings& settings,
                                           Progress* progress) {
  for (const CostModel cost_model : kCostModels) {
    const double most =
        CostOf(settings, cost_model, EveryPeriod(1), settings.max_iterations);
    if (!std::isfinite(static_cast<double>(settings.seeds) * most)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--rho=", settings.rho, ": the cost of ",
                       settings.max_iterations, " rounds overflows"));
    }
  }
  WarnOfCertificate(problem, {settings.epsilon});
  ASSIGN_OR_RETURN(const auto pilots, RunPilots(problem, settings, progress));
  if (pilots.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "no schedule reached epsilon = ", ShortestText(settings.epsilon),
        " within ", settings.max_iterations, " iterations"));
  }
  std::vector<Advice> advice;
  // T of the seeds, by schedule: the same one may serve several cost models.
  std::map<std::string, std::vector<int64_t>> measured;
  for (const CostModel cost_model : kCostModels) {
    const auto cost_of = [&](const Pilot& pilot) {
      return CostOf(settings, cost_model, pilot.set, pilot.iterations);
    };
    const Pilot* best = nullptr;
    Advice one;
    one.cost_model = cost_model;
    for (const Pilot& pilot : pilots) {
      if (best == nullptr || cost_of(pilot) < cost_of(*best)) best = &pilot;
      if (pilot.schedule.text == kEveryStep) one.every_step = cost_of(pilot);
    }
    one.schedule = best->schedule;
    one.step_size = best->step_size.text;
    one.iterations = best->iterations;
    one.rounds = CountRounds(best->set, best->iterations);
    one.cost = cost_of(*best);
    if (settings.verify) {
      auto found = measured.find(best->schedule.text);
      if (found == measured.end()) {
        ASSIGN_OR_RETURN(auto iterations, MeasuredIterations(problem, settings,
                                                             *best, progress));
        found = measured.emplace(best->schedule.text, iterations).first;
      }
      RETURN_IF_ERROR(Verify(settings, *best, found->second, one));
    }
    advice.push_back(std::move(one));
  }
  return advice;
}

Table AdviceTable(const Problem& problem, const AdviceSettings& settings,
                  const std::vector<Advice>& advice) {
  Table table;
  table.title = absl::StrCat("How often to communicate: K = ", settings.workers,
                             ", b = ", settings.batch,
                             ", epsilon = ", ShortestText(settings.epsilon),
                             ", rho = ", ShortestText(settings.rho));
  table.notes_above = DatasetNotice(problem.dataset);
  table.columns = {{"cost_model", "cost model"},
                   {"schedule", "schedule"},
                   {"step_size", "step size"},
                   {"iterations", "T"},
                   {"rounds", "rounds"},
                   {"predicted_cost", "predicted cost", Significant(4)},
                   {"every_step_cost", "cost of H = 1", Significant(4)}};
  if (settings.verify) {
    table.columns.push_back({"measured_cost", "measured cost", Significant(4)});
    table.columns.push_back({"measured_low", "from", Significant(4)});
    table.columns.push_back({"measured_high", "to", Significant(4)});
    table.columns.push_back({"seeds", "seeds"});
    table.columns.push_back({"seeds_reached", "reached"});
  }
  for (const Advice& a : advice) {
    std::vector<Cell> row = {std::string(Name(a.cost_model)),
                             a.schedule.text,
                             a.step_size,
                             a.iterations,
                             a.rounds,
                             a.cost,
                             ToCell(a.every_step)};
    if (settings.verify) {
      std::optional<double> value;
      std::optional<double> low;
      std::optional<double> high;
      if (a.measured) {
        value = a.measured->value;
        if (settings.seeds > 1) {
          low = a.measured->low;
          high = a.measured->high;
        }
      }
      row.push_back(ToCell(value));
      row.push_back(ToCell(low));
      row.push_back(ToCell(high));
      row.emplace_back(settings.seeds);
      row.emplace_back(a.seeds_reached);
    }
    table.rows.push_back(std::move(row));
  }
  table.notes_below = {
      "Costs in gradients of one worker, one after another: T b + rho v "
      "rounds, with v = 2 (K - 1) vectors a round under star, 2 (K - 1)/K "
      "under ring, none under free.",
      absl::StrCat("The prediction is a pilot: each of ",
                   settings.schedules.size(),
                   " schedules was run to epsilon on one seed, with the best "
                   "step size of section 4's grid there; the cheapest is "
                   "advised. The cheapest of several samples is a little too "
                   "cheap.")};
  if (settings.verify) {
    table.notes_below.push_back(
        "Measured: the mean over other seeds and its interval of 95 %.");
  }
  return table;
}

}  // namespace local_sgd
