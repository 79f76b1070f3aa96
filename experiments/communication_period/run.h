// How often should the workers communicate? The error of Algorithm 1 for every
// period H from 1 to T, with the theoretical step sizes and with tuned ones, on
// the same draws; and schedules for a horizon that is not known in advance.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_RUN_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/communication_period/records.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/program/journal.h"
#include "lib/program/results_origin.h"
#include "lib/records/finding_record.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// Each K with the reference batch and each b with the reference workers.
struct PeriodCells {
  std::vector<int64_t> workers;
  std::vector<int64_t> batches;
  int64_t reference_workers = 4;
  int64_t reference_batch = 4;
};

struct PeriodArm {
  // Step sizes of Theorem 2.2, where xhat_T is the quadratic average; otherwise
  // tuned for each K, b, H and T on the selection seed, where xhat_T is the
  // best of the four iterates. The first makes records of two arms: "theory",
  // with its shift a = max{16 kappa, H}, and "theory_fixed_shift", a = 16
  // kappa for every H, which shows what local steps alone cost.
  bool tuned = false;
  std::optional<double> regularization;  // lambda; nothing: the paper's 1/n
  std::vector<int64_t> iterations;       // T, ascending
  // Periods: the powers of 2^(1/periods_per_octave) up to T, rounded, and T.
  int periods_per_octave = 2;
  PeriodCells cells;
};

// A schedule and what it stands for: "constant", "one-shot", "growing",
// "frequent start", "frequent end" or "doubling".
struct NamedSchedule {
  std::string kind;
  std::string text;  // as --synchronisation takes it
};

struct ScheduleSettings {
  int64_t workers = 16;
  int64_t batch = 4;
  std::vector<double> epsilons = {0.02, 0.005};  // descending
  std::vector<NamedSchedule> schedules;
  int64_t max_iterations = 65536;
  // The errors along the run, to be compared at equal rounds, up to here.
  int64_t curve_iterations = 4096;
};

struct CommunicationPeriodSettings {
  std::vector<PeriodArm> arms;
  ScheduleSettings schedules;
  double loss = 0.1;  // that an admissible period may have
  int64_t seeds = 10;
  uint64_t first_seed = 1;
  int threads = 1;
};

// Schedules of about as many rounds each: constant periods, one-shot, H_t
// growing like sqrt(t/(K b)), and frequent communication at the start or at the
// end of the run.
std::vector<NamedSchedule> DefaultSchedules();

// The arms of a name: "theory" on lambda = 1e-2 and "tuned" on 1/n.
PeriodArm TheoryArm();
PeriodArm TunedArm();

// What is run by default, and in a second or two.
CommunicationPeriodSettings DefaultCommunicationPeriod();
CommunicationPeriodSettings QuickCommunicationPeriod();

struct CommunicationPeriod {
  std::vector<PeriodRecord> periods;      // by arm, K, b, T, H, seed
  std::vector<ScheduleRecord> schedules;  // by schedule, seed, epsilon or T
  std::vector<FindingRecord> findings;
};

// The periods of an arm up to T, ascending.
std::vector<int64_t> PeriodLadder(const PeriodArm& arm, int64_t T);

// InvalidArgument, naming the setting and its value.
absl::Status ValidateCommunicationPeriod(
    const CommunicationPeriodSettings& settings);

// Runs everything on the data of `base`, several pieces at once; the numbers do
// not depend on the threads.
absl::StatusOr<CommunicationPeriod> RunCommunicationPeriod(
    const Problem& base, const CommunicationPeriodSettings& settings,
    const PieceReports& reports);

// communication_period.csv, communication_schedules.csv and
// communication_period_findings.csv in the folder, which is made if missing.
// Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteCommunicationPeriod(
    const CommunicationPeriod& result, const std::string& output_dir);

// Which data and settings its files are of.
ResultsOrigin OriginOf(const Problem& base,
                       const CommunicationPeriodSettings& settings);

// Both, with progress on stderr: a run that is killed goes on from
// communication_period.journal in the folder when it is started again. Refuses
// a journal of other settings or of another version of the program.
struct WrittenCommunicationPeriod {
  std::vector<std::string> files;  // paths
  Journal journal;  // for EndResumable, when nothing else can fail
};
absl::StatusOr<WrittenCommunicationPeriod> RunAndWriteCommunicationPeriod(
    const Problem& base, const CommunicationPeriodSettings& settings,
    const std::string& version, const std::string& output_dir);

// The step size of every epsilon (descending) for one schedule, the best of
// section 4's grid on the selection seed, and the T that it has there.
struct TunedSchedule {
  std::optional<StepSizeChoice> step_size;  // nothing: none reached epsilon
  int64_t iterations = 0;
};
absl::StatusOr<std::vector<TunedSchedule>> TuneSchedule(
    const Problem& problem, const ScheduleSettings& settings,
    const NamedSchedule& schedule, uint64_t selection_seed);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_RUN_H_
