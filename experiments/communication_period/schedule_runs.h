// Schedules of communication as pieces of work: first the step sizes of each
// are tuned on one seed, then it is measured with them on others.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_SCHEDULE_RUNS_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_SCHEDULE_RUNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/communication_period/records.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"

namespace local_sgd {

// A schedule and what it stands for: "constant", "one-shot", "growing",
// "frequent start", "frequent end" or "doubling".
struct NamedSchedule {
  std::string kind;
  std::string text;  // as --synchronisation takes it
};

// Schedules of about as many rounds each: constant periods, one-shot, H_t
// growing like sqrt(t/(K b)), and frequent communication at the start or at the
// end of the run.
std::vector<NamedSchedule> DefaultSchedules();

struct ScheduleSettings {
  int64_t workers = 16;
  int64_t batch = 4;
  std::vector<double> epsilons = {0.02, 0.005};  // descending
  std::vector<NamedSchedule> schedules = DefaultSchedules();
  int64_t max_iterations = 65536;
  // The errors along the run, to be compared at equal rounds, up to here; 0:
  // none.
  int64_t curve_iterations = 4096;
};

// A piece for each schedule. Its `tunings`, one for each epsilon, have the best
// step size of section 4's grid on that seed, and the T that it has there.
// Problem and settings must outlive the pieces. Errors: those of ValidateSearch
// and of ParseSynchronisation.
absl::StatusOr<std::vector<RecordPiece<CommunicationPeriod>>> ScheduleTunings(
    const Problem& problem, const ScheduleSettings& settings,
    uint64_t selection_seed);

// A piece for each of the seeds first_seed, ..., of which there are `seeds`.
// Its `schedules` are runs with the step sizes of the tunings: T(epsilon) of
// each, and the errors along the run of the smallest epsilon that was reached.
absl::StatusOr<std::vector<RecordPiece<CommunicationPeriod>>> ScheduleRuns(
    const Problem& problem, const ScheduleSettings& settings,
    const std::vector<ScheduleRecord>& tunings, uint64_t first_seed,
    int64_t seeds);

// The cost of all those pieces, in their unit: about a second of a core on w8a.
double ScheduleRunsCost(const ScheduleSettings& settings, int64_t seeds);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_SCHEDULE_RUNS_H_
