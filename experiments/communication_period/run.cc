#include "experiments/communication_period/run.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/communication_period/findings.h"
#include "experiments/communication_period/report.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/records/finding_record.h"
#include "lib/records/group_by.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;
using Pieces = std::vector<RecordPiece<CommunicationPeriod>>;

PeriodArm TheoryArm() {
  PeriodArm arm;
  arm.regularization = 0.01;
  arm.iterations = {2048, 4096, 8192};
  arm.cells.workers = {4, 8, 16, 32};
  arm.cells.batches = {1, 4, 16};
  return arm;
}

PeriodArm TunedArm() {
  PeriodArm arm;
  arm.tuned = true;
  arm.iterations = {256, 1024, 4096};
  arm.periods_per_octave = 1;
  arm.cells.workers = {2, 4, 8, 16};
  arm.cells.batches = {1, 4, 16};
  return arm;
}

CommunicationPeriodSettings SettingsOf(bool quick) {
  CommunicationPeriodSettings settings;
  settings.arms = {TheoryArm(), TunedArm()};
  if (!quick) return settings;
  settings.seeds = 2;
  for (PeriodArm& arm : settings.arms) {
    arm.iterations = {256, 512};
    arm.periods_per_octave = 1;
    arm.cells.workers = {4, 8};
    arm.cells.batches = {4};
  }
  settings.schedules.epsilons = {0.02};
  settings.schedules.max_iterations = 8192;
  settings.schedules.curve_iterations = 512;
  settings.schedules.schedules = {{"constant", "period:1"},
                                  {"constant", "period:16"},
                                  {"frequent start", "phases:1,64,16"}};
  return settings;
}

std::string Describe(const Problem& problem,
                     const CommunicationPeriodSettings& settings) {
  Json json;
  json["regularization"] = problem.objective.lambda;
  for (const PeriodArm& arm : settings.arms) {
    Json a;
    a["step_size"] = arm.name();
    a["regularization"] =
        arm.regularization ? Json(*arm.regularization) : Json();
    a["iterations"] = arm.iterations;
    a["periods_per_octave"] = arm.periods_per_octave;
    a["workers"] = arm.cells.workers;
    a["batch"] = arm.cells.batches;
    a["reference"] = {arm.cells.reference_workers, arm.cells.reference_batch};
    json["arms"].push_back(std::move(a));
  }
  const ScheduleSettings& schedules = settings.schedules;
  Json& s = json["schedules"];
  s["workers"] = schedules.workers;
  s["batch"] = schedules.batch;
  s["epsilon"] = schedules.epsilons;
  s["max_iterations"] = schedules.max_iterations;
  s["curve_iterations"] = schedules.curve_iterations;
  for (const NamedSchedule& schedule : schedules.schedules) {
    s["schedules"].push_back(schedule.text);
  }
  json["loss"] = settings.loss;
  json["seeds"] = settings.seeds;
  json["seed"] = settings.first_seed;
  return json.dump();
}

absl::Status Validate(const Problem& /*problem*/,
                      const CommunicationPeriodSettings& settings) {
  RETURN_IF_ERROR(ValidateSeeds(settings.first_seed, settings.seeds));
  if (!(settings.loss > 0.0) || settings.loss > 10.0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--loss=", ShortestText(settings.loss),
                     ": expected a number above 0, at most 10"));
  }
  for (const PeriodArm& arm : settings.arms) {
    if (!std::is_sorted(arm.iterations.begin(), arm.iterations.end())) {
      return absl::InvalidArgumentError("--iterations: expected ascending");
    }
  }
  for (const NamedSchedule& schedule : settings.schedules.schedules) {
    RETURN_IF_ERROR(ParseSynchronisation(schedule.text,
                                         settings.schedules.workers,
                                         settings.schedules.batch)
                        .status());
  }
  return absl::OkStatus();
}

double LambdaOf(const Problem& base, const PeriodArm& arm) {
  return arm.regularization.value_or(
      1.0 / static_cast<double>(base.objective.num_samples()));
}

absl::StatusOr<std::shared_ptr<const Problem>> ProblemOf(const Problem& base,
                                                         const PeriodArm& arm) {
  const double lambda = LambdaOf(base, arm);
  if (lambda == base.objective.lambda) {
    return std::make_shared<const Problem>(base);
  }
  ASSIGN_OR_RETURN(Problem problem, WithRegularization(base, lambda));
  return std::make_shared<const Problem>(std::move(problem));
}

// First what needs no tuning, and all tunings; then what they are for.
absl::StatusOr<Stages<CommunicationPeriod>> StagesOf(
    const Problem& base, const CommunicationPeriodSettings& settings) {
  const uint64_t selection_seed =
      SelectionSeedFor(settings.first_seed, settings.seeds);
  const auto runs_of = [&settings](std::shared_ptr<const Problem> problem,
                                   const PeriodArm& arm,
                                   const std::vector<ScheduleRecord>& tunings) {
    return PeriodRuns(std::move(problem), arm, settings.loss, tunings,
                      settings.first_seed, settings.seeds);
  };
  const auto append = [](Pieces more, Pieces& pieces) {
    std::move(more.begin(), more.end(), std::back_inserter(pieces));
  };
  Pieces first;
  double later_cost = ScheduleRunsCost(settings.schedules, settings.seeds);
  std::vector<std::pair<std::shared_ptr<const Problem>, PeriodArm>> later;
  for (const PeriodArm& arm : settings.arms) {
    ASSIGN_OR_RETURN(const auto problem, ProblemOf(base, arm));
    if (arm.tuned) {
      append(PeriodTunings(problem, arm, selection_seed), first);
      later.emplace_back(problem, arm);
      later_cost += PeriodRunsCost(arm, settings.seeds);
    } else {
      ASSIGN_OR_RETURN(auto pieces, runs_of(problem, arm, {}));
      append(std::move(pieces), first);
    }
  }
  ASSIGN_OR_RETURN(auto tunings,
                   ScheduleTunings(base, settings.schedules, selection_seed));
  append(std::move(tunings), first);
  Stages<CommunicationPeriod> stages = OneStage(std::move(first));
  stages.push_back(
      {later_cost,
       [=, &base, &settings](
           const CommunicationPeriod& before) -> absl::StatusOr<Pieces> {
         ASSIGN_OR_RETURN(Pieces pieces,
                          ScheduleRuns(base, settings.schedules, before.tunings,
                                       settings.first_seed, settings.seeds));
         for (const auto& [problem, arm] : later) {
           ASSIGN_OR_RETURN(auto more, runs_of(problem, arm, before.tunings));
           append(std::move(more), pieces);
         }
         return pieces;
       }});
  return stages;
}

// Puts the records of all pieces in their order.
absl::Status Complete(const Problem& base,
                      const CommunicationPeriodSettings& settings,
                      CommunicationPeriod& result) {
  const auto place_of = [&](const PeriodRecord& r) {
    return std::find_if(settings.arms.begin(), settings.arms.end(),
                        [&](const PeriodArm& arm) {
                          return arm.tuned == (r.step_size == kTuned) &&
                                 LambdaOf(base, arm) == r.regularization;
                        });
  };
  const auto key_of = [&](const PeriodRecord& r) {
    return std::tuple(place_of(r), r.step_size, r.workers, r.batch,
                      r.iterations, r.period, r.seed);
  };
  std::sort(result.periods.begin(), result.periods.end(),
            [&key_of](const PeriodRecord& a, const PeriodRecord& b) {
              return key_of(a) < key_of(b);
            });
  const auto runs = GroupBy(result.schedules, [](const ScheduleRecord& r) {
    return std::pair(r.schedule, r.chosen);
  });
  result.schedules.clear();
  for (const std::vector<ScheduleRecord>& run : runs) {
    result.schedules.insert(result.schedules.end(), run.begin(), run.end());
  }
  result.loss = settings.loss;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FindingRecord>> FindingsOf(
    const CommunicationPeriod& records) {
  ASSIGN_OR_RETURN(auto findings,
                   PeriodFindings(records.periods, records.loss));
  ASSIGN_OR_RETURN(const auto more, ScheduleFindings(records.schedules));
  findings.insert(findings.end(), more.begin(), more.end());
  return findings;
}

}  // namespace

const Experiment<CommunicationPeriodSettings, CommunicationPeriod>&
CommunicationPeriodExperiment() {
  static const auto& experiment =
      *new Experiment<CommunicationPeriodSettings, CommunicationPeriod>{
          .study = &CommunicationPeriodStudy(),
          .usage =
              "How often should the workers communicate? Measures the largest "
              "period H that loses little against H = 1, and schedules for an "
              "unknown horizon; writes communication_period.csv, "
              "communication_schedules.csv, communication_period_findings.csv, "
              "tables and figures. With --advise: names the schedule to use.",
          .settings = SettingsOf,
          .seeds =
              [](const CommunicationPeriodSettings& settings) {
                return settings.seeds;
              },
          .describe = Describe,
          .validate = Validate,
          .stages = StagesOf,
          .complete = Complete,
          .findings = FindingsOf,
          .epsilons =
              [](const CommunicationPeriodSettings& settings) {
                return settings.schedules.epsilons;
              },
          .printed_file = 2};
  return experiment;
}

}  // namespace local_sgd
