#include "experiments/cluster/cluster.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "data/open_dataset.h"
#include "experiments/cluster/checkpoint_files.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "lib/comm/agreement.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/dataset/sha256.h"
#include "lib/dataset/shard.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/program/build_info.h"
#include "lib/records/table.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

// This rank's number of everyone's, in the order of the ranks.
std::vector<double> OneOfEach(Exchange& exchange, double value) {
  return exchange.Gather(absl::MakeConstSpan(&value, 1));
}

// OK when every rank has read the same bytes.
absl::Status CheckSameData(const std::string& sha256, Exchange& exchange) {
  // Four bytes a number, which a double holds exactly.
  std::vector<double> words;
  for (size_t i = 0; i + 8 <= sha256.size(); i += 8) {
    uint32_t word = 0;
    if (absl::SimpleHexAtoi(absl::string_view(sha256).substr(i, 8), &word)) {
      words.push_back(word);
    }
  }
  const std::vector<double> all = exchange.Gather(words);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] == words[i % words.size()]) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the dataset of rank ", i / words.size(), " is not that of rank ",
        exchange.rank(), ", whose sha256 is ", sha256));
  }
  return absl::OkStatus();
}

// What rank 0 knows of f and the others need.
void ShareSolution(Problem& problem, Exchange& exchange) {
  std::vector<double> here;
  if (exchange.rank() == 0) {
    here = {problem.optimum.value, problem.optimum.error_bound,
            problem.curvature.smoothness, problem.curvature.strong_convexity,
            problem.curvature.condition_number};
  }
  const std::vector<double> all = exchange.Gather(here);
  problem.optimum.value = all[0];
  problem.optimum.error_bound = all[1];
  problem.curvature = {all[2], all[3], all[4]};
}

// What rank 0 finds for all.
struct Solution {
  Optimum optimum;
  Curvature curvature;
};

// Of all of the data, which is on this rank for as long as that takes.
absl::StatusOr<Solution> SolveWhole(const std::string& dataset, int index_base,
                                    std::optional<double> lambda) {
  ASSIGN_OR_RETURN(NamedDataset whole,
                   OpenDataset(dataset, DataEnvironment::FromProcess(),
                               /*shard=*/{}, index_base));
  ASSIGN_OR_RETURN(Problem problem,
                   MakeUnsolvedProblem(std::move(whole), lambda));
  RETURN_IF_ERROR(SolveProblem(problem));
  return Solution{std::move(problem.optimum), problem.curvature};
}

// Where the user knows f*.
Solution KnownSolution(double optimal_value, double lambda) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  Solution solution;
  solution.optimum.value = optimal_value;
  solution.optimum.error_bound = kUnknown;
  solution.curvature = {kUnknown, lambda, kUnknown};
  return solution;
}

// The data of this rank. Collective, and so is every error.
absl::StatusOr<NamedDataset> OpenDatasetOnRanks(const std::string& dataset,
                                                int index_base, bool is_sharded,
                                                Exchange& exchange) {
  Shard shard;
  if (is_sharded) shard = {exchange.rank(), exchange.ranks()};
  absl::StatusOr<NamedDataset> opened =
      OpenDataset(dataset, DataEnvironment::FromProcess(), shard, index_base);
  RETURN_IF_ERROR(AgreeOn(exchange, opened.status()));
  RETURN_IF_ERROR(AgreeOn(exchange, CheckSameData(opened->sha256, exchange)));
  absl::Status status;
  if (is_sharded && opened->data.num_samples() == 0) {
    status = absl::FailedPreconditionError(
        absl::StrCat("--shard: rank ", exchange.rank(), " has no sample, ",
                     opened->name, " has ", opened->num_samples));
  }
  RETURN_IF_ERROR(AgreeOn(exchange, status));
  return opened;
}

// What a checkpoint must have in common with the run that goes on from it.
std::string Identity(const Problem& problem, const ClusterSettings& settings,
                     int ranks) {
  const RunSettings& run = settings.run;
  const std::string epsilons = absl::StrJoin(
      run.termination.epsilons, ",", [](std::string* text, double epsilon) {
        absl::StrAppend(text, ShortestText(epsilon));
      });
  const std::vector<int64_t>& indices = run.synchronisation.indices;
  const std::string list =
      Sha256Hex(absl::string_view(reinterpret_cast<const char*>(indices.data()),
                                  indices.size() * sizeof(int64_t)));
  return absl::StrCat(
      "version=", settings.version, "\ndataset sha256=", problem.dataset_sha256,
      "\n--index_base=", problem.index_base, "\n--ranks=", ranks,
      "\n--workers=", run.workers, "\n--batch=", run.batch,
      "\n--step_size=", run.step_size.text,
      "\n--synchronisation=", run.synchronisation_text,
      indices.empty() ? "" : absl::StrCat("\nindices sha256=", list),
      "\n--epsilon=", epsilons,
      "\n--max_iterations=", run.termination.max_iterations,
      "\n--seed=", run.seed,
      "\n--regularization=", absl::StrFormat("%a", problem.objective.lambda),
      "\n--reduction=", settings.fast ? "fast" : "tree",
      "\n--shard=", settings.shard ? "true" : "false",
      "\noptimal value=", absl::StrFormat("%a", problem.optimum.value), "\n");
}

int64_t PeakMemoryBytes() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace

absl::Status ValidateClusterSettings(const ClusterSettings& settings) {
  if (settings.optimal_value.has_value() &&
      settings.run.step_size.kind == StepSizeChoice::kTheory) {
    return absl::InvalidArgumentError(
        "--optimal_value leaves L unknown, which --step_size=theory needs; "
        "give constant:ETA or decaying:C");
  }
  return absl::OkStatus();
}

absl::StatusOr<Problem> OpenProblemOnRanks(const std::string& dataset,
                                           int index_base,
                                           std::optional<double> lambda,
                                           const ClusterSettings& settings,
                                           Exchange& exchange) {
  const bool is_first = exchange.rank() == 0;
  const bool is_known = settings.optimal_value.has_value();
  const bool is_whole = settings.shard && !is_known;  // the data, for a while
  Solution solution;
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&]() -> absl::Status {
    if (!is_whole) return absl::OkStatus();
    ASSIGN_OR_RETURN(solution, SolveWhole(dataset, index_base, lambda));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(
      NamedDataset opened,
      OpenDatasetOnRanks(dataset, index_base, settings.shard, exchange));
  if (is_first) AnnounceDataset(opened);
  absl::StatusOr<Problem> problem =
      MakeUnsolvedProblem(std::move(opened), lambda);
  absl::Status status = problem.status();
  if (is_first && status.ok()) {
    if (is_known) {
      solution =
          KnownSolution(*settings.optimal_value, problem->objective.lambda);
    }
    if (is_known || is_whole) {
      problem->optimum = std::move(solution.optimum);
      problem->curvature = solution.curvature;
    } else {
      status = SolveProblem(*problem);
    }
  }
  RETURN_IF_ERROR(AgreeOn(exchange, status));
  ShareSolution(*problem, exchange);
  if (is_first) WarnOfCertificate(*problem, settings.run.termination.epsilons);
  return problem;
}

LocalSgdOptions OptionsOnRanks(const Problem& problem,
                               const ClusterSettings& settings,
                               Exchange& exchange) {
  LocalSgdOptions options = OptionsOfRun(problem, settings.run);
  options.exchange = &exchange;
  options.sharded_data = settings.shard;
  return options;
}

absl::StatusOr<ClusterRun> RunOnRanks(const Problem& problem,
                                      const ClusterSettings& settings,
                                      const CheckpointSettings& checkpoints,
                                      Exchange& exchange) {
  const LocalSgdOptions options = OptionsOnRanks(problem, settings, exchange);
  RETURN_IF_ERROR(AgreeOn(exchange, ValidateOptions(problem.rows, options)));

  ClusterRun run;
  const std::string identity = Identity(problem, settings, exchange.ranks());
  Checkpoints saving;
  int64_t previous = 0;
  if (checkpoints.every_rounds > 0) {
    const WorkerRange workers =
        WorkersOfRank(options.workers, exchange.ranks(), exchange.rank());
    ASSIGN_OR_RETURN(
        std::optional<RunPosition> found,
        LoadCheckpoint(checkpoints.folder, identity, workers.size(),
                       problem.rows.num_features, exchange));
    saving.every_rounds = checkpoints.every_rounds;
    saving.save = [&](const RunPosition& position) {
      return SaveCheckpoint(checkpoints.folder, identity, position, exchange,
                            previous);
    };
    if (found.has_value()) {
      run.resumed_at = previous = found->state.t;
      saving.resume_from = *std::move(found);
    }
  }
  ASSIGN_OR_RETURN(run.summary, RunLocalSgd(problem.objective, problem.rows,
                                            problem.optimum.value, options,
                                            settings.run.termination, saving));
  run.peak_memory_bytes = PeakMemoryOfRanks(exchange);
  return run;
}

std::vector<int64_t> PeakMemoryOfRanks(Exchange& exchange) {
  const std::vector<double> bytes =
      OneOfEach(exchange, static_cast<double>(PeakMemoryBytes()));
  return std::vector<int64_t>(bytes.begin(), bytes.end());
}

Json RanksRecord(const ClusterSettings& settings, const ClusterFacts& facts,
                 const std::vector<int64_t>& peak_memory_bytes) {
  Json record;
  record["ranks"] = facts.ranks;
  record["nodes"] = facts.nodes;
  record["workers_of_ranks"] = Json::array();
  for (int rank = 0; rank < facts.ranks; ++rank) {
    record["workers_of_ranks"].push_back(
        WorkersOfRank(settings.run.workers, facts.ranks, rank).size());
  }
  record["data"] = settings.shard ? "sharded" : "whole";
  record["peak_memory_bytes"] = peak_memory_bytes;
  return record;
}

void AddRanksNotes(const ClusterSettings& settings, const ClusterFacts& facts,
                   const std::vector<int64_t>& peak_memory_bytes,
                   Table& table) {
  int64_t most_memory = 0;
  for (const int64_t bytes : peak_memory_bytes) {
    most_memory = std::max(most_memory, bytes);
  }
  table.notes_below.push_back(
      absl::StrCat(facts.ranks, " ranks on ", facts.nodes, " node",
                   facts.nodes == 1 ? "" : "s", ", ", settings.run.threads,
                   settings.run.threads == 1 ? " thread" : " threads",
                   " each; at most ", most_memory >> 20, " MiB a rank"));
  if (settings.shard) {
    table.notes_below.push_back(
        "Every rank draws from its own rows only (--shard): not the uniform "
        "sampling from all data that the paper assumes.");
  }
}

Json ClusterRunRecord(const Problem& problem, const ClusterSettings& settings,
                      const ClusterRun& run, const ClusterFacts& facts,
                      const BuildInfo& build) {
  Json record = RunRecord(problem, settings.run, run.summary, build);
  record.update(RanksRecord(settings, facts, run.peak_memory_bytes));
  record["reduction"] = settings.fast ? "fast" : "tree";
  record["exchanges"] = facts.exchanges;
  record["exchange_seconds"] = facts.exchange_seconds;
  record["resumed_at"] = run.resumed_at > 0 ? Json(run.resumed_at) : Json();
  return record;
}

Table ClusterTable(const Problem& problem, const ClusterSettings& settings,
                   const ClusterRun& run, const ClusterFacts& facts) {
  Table table = RunTable(problem, settings.run, run.summary);
  table.notes_below.push_back(
      absl::StrCat(facts.exchanges, " exchanges, ",
                   CellText(facts.exchange_seconds, Significant(3)), " s",
                   run.resumed_at > 0
                       ? absl::StrCat("; resumed at iteration ", run.resumed_at)
                       : ""));
  AddRanksNotes(settings, facts, run.peak_memory_bytes, table);
  if (settings.fast) {
    table.notes_below.push_back(
        "Sums in MPI's own order (--reduction=fast): the bits may differ from "
        "those of other numbers of ranks.");
  }
  return table;
}

}  // namespace local_sgd
