#include "experiments/cluster_speedup/run.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "experiments/cluster_speedup/records.h"
#include "experiments/cluster_speedup/report.h"
#include "experiments/problem.h"
#include "experiments/single/single_run.h"
#include "experiments/study_files.h"
#include "lib/comm/agreement.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/program/build_info.h"
#include "lib/program/results_origin.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"
#include "lib/solver/clock.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/statistics/quartiles.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// The same number on all ranks: the largest of theirs.
double Largest(Exchange& exchange, double here) {
  const std::vector<double> all =
      exchange.Gather(absl::MakeConstSpan(&here, 1));
  return *std::max_element(all.begin(), all.end());
}

// Seconds of one of the things of which block(n) does n, on the slowest rank.
// Blocks are long enough for the clock and short enough for a median of many;
// the first ones warm up and tell how long.
Quartiles TimeEach(const std::function<void(int64_t)>& block, double seconds,
                   Exchange& exchange) {
  constexpr int kBlocks = 25;
  const auto timed = [&](int64_t n) {
    exchange.Gather({});  // all begin together
    const Clock::time_point start = Clock::now();
    block(n);
    return Largest(exchange, SecondsSince(start)) / static_cast<double>(n);
  };
  int64_t n = 1;
  while (timed(n) * static_cast<double>(n) < seconds / kBlocks &&
         n < (int64_t{1} << 40)) {
    n *= 2;
  }
  std::vector<double> each;
  for (int i = 0; i < kBlocks; ++i) each.push_back(timed(n));
  return QuartilesOf(each);
}

// The run of K workers with period H.
RunSettings SettingsOfRun(const ClusterSpeedupSettings& settings,
                          int64_t workers, int64_t period) {
  RunSettings run;
  run.workers = workers;
  run.batch = settings.batch;
  run.step_size = settings.step_size;
  run.synchronisation = EveryPeriod(period);
  run.synchronisation_text = absl::StrCat("period:", period);
  run.termination.epsilons = {settings.epsilon};
  run.termination.max_iterations = settings.max_iterations;
  run.seed = settings.seed;
  return run;
}

// T(epsilon), found by rank 0 for all; nothing where it was not reached.
absl::StatusOr<std::optional<int64_t>> FindIterations(const Problem& problem,
                                                      const RunSettings& run,
                                                      Exchange& exchange) {
  double iterations = 0.0;
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const RunSummary summary, RunOnce(problem, run));
    iterations = static_cast<double>(summary.reached[0].iterations);
    return absl::OkStatus();
  }));
  iterations = Largest(exchange, iterations);
  std::optional<int64_t> found;
  if (iterations > 0.0) found = static_cast<int64_t>(iterations);
  return found;
}

// Seconds of one gradient of one worker a rank, without any exchange.
double GradientSeconds(const Problem& problem,
                       const ClusterSpeedupSettings& settings,
                       Exchange& exchange) {
  RunSettings run = SettingsOfRun(settings, 1, 1);
  run.synchronisation = EveryPeriod(int64_t{1} << 40);
  LocalSgd algorithm(problem.rows, problem.objective.lambda,
                     OptionsOfRun(problem, run), exchange.rank());
  const Quartiles step = TimeEach(
      [&](int64_t n) { algorithm.AdvanceTo(algorithm.iteration() + n); },
      settings.seconds, exchange);
  return step.median / static_cast<double>(settings.batch);
}

// Seconds of one exchange of d doubles among the ranks.
double ExchangeSeconds(const Problem& problem,
                       const ClusterSpeedupSettings& settings,
                       Exchange& exchange) {
  const RankPlan plan =
      MakeRankPlan(exchange.ranks(), exchange.ranks(), exchange.rank());
  const std::vector<double> mine(problem.rows.num_features, 1.0);
  std::vector<double> sums = mine;
  std::vector<double> total(mine.size());
  return TimeEach(
             [&](int64_t n) {
               for (int64_t i = 0; i < n; ++i) {
                 std::copy(mine.begin(), mine.end(), sums.begin());
                 exchange.Sum(plan, absl::MakeSpan(sums),
                              absl::MakeSpan(total));
               }
             },
             settings.seconds, exchange)
      .median;
}

// Speedups may be taken from the times of one to those of another where this
// is the same.
auto ComparedBy(const ClusterRecord& r) {
  return std::tie(r.cpu, r.cores, r.dataset_sha256, r.step_size, r.epsilon,
                  r.batch, r.seed);
}

// What the records of these settings have in common.
ClusterRecord CommonRecord(const Problem& problem,
                           const ClusterSpeedupSettings& settings,
                           const BuildInfo& build) {
  ClusterRecord record;
  record.dataset = problem.dataset;
  record.dataset_sha256 = problem.dataset_sha256;
  record.step_size = settings.step_size.text;
  record.epsilon = settings.epsilon;
  record.batch = settings.batch;
  record.seed = settings.seed;
  record.network = settings.network;
  record.cpu = build.cpu;
  record.cores = build.cores;
  return record;
}

// The records of the folder to which these could be added: all of them, or an
// error; with `overwrite` those that can be read and compared. None where there
// is no file.
absl::StatusOr<std::vector<ClusterRecord>> RecordsFor(
    const ClusterRecord& added, const std::string& folder, bool overwrite) {
  std::vector<ClusterRecord> kept;
  const std::string path =
      absl::StrCat(folder, "/", ClusterSpeedupStudy().files[0].name);
  const auto file = ReadCsv(path);
  if (absl::IsNotFound(file.status())) return kept;
  if (!file.ok()) return file.status();
  const auto old = ParseRecords(ClusterSchema(), *file);
  if (!old.ok()) return overwrite ? kept : old;
  for (const ClusterRecord& r : *old) {
    if (ComparedBy(r) == ComparedBy(added)) {
      kept.push_back(r);
    } else if (!overwrite) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, " is of another machine, other data or settings (", r.cpu, ", ",
          r.cores, " cores, dataset ", r.dataset, ", --step_size=", r.step_size,
          ", --epsilon=", ShortestText(r.epsilon), ", --batch=", r.batch,
          ", --seed=", r.seed,
          "); --overwrite or its removal start anew, or take another "
          "--output_dir"));
    }
  }
  return kept;
}

}  // namespace

absl::StatusOr<std::vector<ClusterRecord>> TimeRanks(
    const Problem& problem, const ClusterSpeedupSettings& settings, int nodes,
    const BuildInfo& build, Exchange& exchange) {
  if (exchange.rank() == 0) WarnOfCertificate(problem, {settings.epsilon});
  ClusterRecord record = CommonRecord(problem, settings, build);
  record.nodes = nodes;
  record.ranks = exchange.ranks();
  RETURN_IF_ERROR(
      AgreeOn(exchange,
              ValidateRun(problem, SettingsOfRun(settings, record.ranks, 1))));
  record.gradient_seconds = GradientSeconds(problem, settings, exchange);
  if (record.ranks > 1) {
    record.exchange_seconds = ExchangeSeconds(problem, settings, exchange);
  }

  std::vector<ClusterRecord> records;
  for (const int64_t period : settings.periods) {
    const RunSettings run = SettingsOfRun(settings, record.ranks, period);
    ASSIGN_OR_RETURN(const auto iterations,
                     FindIterations(problem, run, exchange));
    LocalSgdOptions options = OptionsOfRun(problem, run);
    options.exchange = &exchange;
    LocalSgd algorithm(problem.rows, problem.objective.lambda, options);
    const Quartiles round = TimeEach(
        [&](int64_t n) {
          algorithm.AdvanceTo(algorithm.iteration() + n * period);
        },
        settings.seconds, exchange);
    const double H = static_cast<double>(period);
    record.period = period;
    record.iterations = iterations;
    record.iteration_seconds = round.median / H;
    record.iteration_seconds_low = round.low / H;
    record.iteration_seconds_high = round.high / H;
    records.push_back(record);
  }
  return records;
}

absl::StatusOr<ReplacedResults> MayAddToClusterRecords(
    const Problem& problem, const ClusterSpeedupSettings& settings,
    const BuildInfo& build, const std::string& folder, bool overwrite) {
  // The file itself has the settings.
  const ResultsOrigin origin = {ClusterSpeedupStudy().name, problem.dataset,
                                problem.dataset_sha256, "{}",
                                /*is_quick=*/true};
  ASSIGN_OR_RETURN(auto replaced,
                   MayReplace({origin}, folder, overwrite, std::cerr));
  RETURN_IF_ERROR(
      RecordsFor(CommonRecord(problem, settings, build), folder, overwrite)
          .status());
  return replaced;
}

absl::Status AddToClusterRecords(const std::vector<ClusterRecord>& records,
                                 const std::string& folder, bool overwrite) {
  ASSIGN_OR_RETURN(const auto old,
                   RecordsFor(records.front(), folder, overwrite));
  std::vector<ClusterRecord> all = records;
  for (const ClusterRecord& r : old) {
    const ClusterRecord& added = records.front();
    if (r.network != added.network || r.ranks != added.ranks) all.push_back(r);
  }
  std::sort(all.begin(), all.end(),
            [](const ClusterRecord& a, const ClusterRecord& b) {
              return std::tie(a.network, a.ranks, a.period) <
                     std::tie(b.network, b.ranks, b.period);
            });
  return WriteStudyFiles(ClusterSpeedupStudy(), {all}, folder).status();
}

}  // namespace local_sgd
