#include "experiments/measured_speedup.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single_run.h"
#include "lib/results/output_file.h"
#include "lib/results/progress.h"
#include "lib/results/speedup_record.h"
#include "lib/results/table.h"
#include "lib/solver/run.h"
#include "lib/statistics/mean.h"
#include "lib/theory/speedup_model.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

using Configuration = std::tuple<int64_t, int64_t, int64_t>;  // b, K, H

// The runs of the grid before they are run, and which of them belong to each
// configuration, one for each seed.
struct Plan {
  std::vector<GridRun> runs;
  std::map<Configuration, std::vector<size_t>> runs_of;
};

Plan MakePlan(const MeasuredSpeedupGrid& grid) {
  Plan plan;
  // With one worker: the run for this b and seed.
  std::map<std::pair<int64_t, uint64_t>, size_t> single_worker_run;
  for (const int64_t b : grid.batches) {
    for (const int64_t K : grid.workers) {
      for (const int64_t H : grid.periods) {
        for (int64_t i = 0; i < grid.seeds; ++i) {
          GridRun run;
          run.period = H;
          run.settings.workers = K;
          run.settings.batch = b;
          run.settings.step_size = grid.step_size;
          run.settings.synchronisation = EveryPeriod(H);
          run.settings.synchronisation_text = absl::StrCat("period:", H);
          run.settings.termination.epsilons = grid.epsilons;
          run.settings.termination.max_iterations = grid.max_iterations;
          run.settings.seed = grid.first_seed + static_cast<uint64_t>(i);
          run.settings.threads = 1;
          std::vector<size_t>& runs = plan.runs_of[{b, K, H}];
          if (K == 1) {
            const auto [entry, is_new] = single_worker_run.emplace(
                std::make_pair(b, run.settings.seed), plan.runs.size());
            runs.push_back(entry->second);
            if (!is_new) continue;
          } else {
            runs.push_back(plan.runs.size());
          }
          plan.runs.push_back(std::move(run));
        }
      }
    }
  }
  return plan;
}

// What a run is expected to cost, for the order of runs and the progress: T
// falls with K down to the bias limit, so gradients grow a little slower than
// K.
double ExpectedCost(const RunSettings& settings) {
  return static_cast<double>(settings.batch * (settings.workers + 2));
}

// Runs all of them, the most expensive first so that no core is left with a
// long one at the end.
absl::Status RunAll(const Problem& problem, int threads, bool show_progress,
                    std::vector<GridRun>& runs) {
  std::vector<size_t> order(runs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&runs](size_t i, size_t j) {
    return ExpectedCost(runs[i].settings) > ExpectedCost(runs[j].settings);
  });
  double total_cost = 0.0;
  for (const GridRun& run : runs) total_cost += ExpectedCost(run.settings);
  std::optional<Progress> progress;
  if (show_progress) {
    progress.emplace("measured_speedup", total_cost, std::cerr,
                     StderrIsTerminal());
  }
  std::vector<absl::Status> statuses(runs.size());
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (size_t p = 0; p < order.size(); ++p) {
    GridRun& run = runs[order[p]];
    absl::StatusOr<RunSummary> summary = RunOnce(problem, run.settings);
    statuses[order[p]] = summary.status();
    if (summary.ok()) run.summary = *std::move(summary);
    if (progress) {
      progress->Add(ExpectedCost(run.settings),
                    absl::StrCat("b = ", run.settings.batch, ", K = ",
                                 run.settings.workers, ", H = ", run.period));
    }
  }
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// The name that most seeds give, the first in the order of Iterate among
// equals.
std::string MostFrequent(const std::vector<Iterate>& iterates) {
  std::array<int, kNumIterates> counts = {};
  for (const Iterate iterate : iterates) ++counts[static_cast<int>(iterate)];
  const auto most = std::max_element(counts.begin(), counts.end());
  return std::string(IterateName(static_cast<Iterate>(most - counts.begin())));
}

// T(epsilon) over the seeds: all of it missing when a seed misses the target.
void SummariseSeeds(const Plan& plan, const std::vector<size_t>& runs,
                    size_t epsilon_index, SpeedupRecord& record) {
  std::vector<double> iterations;
  std::vector<Iterate> iterates;
  for (const size_t run : runs) {
    const Reached& reached = plan.runs[run].summary.reached[epsilon_index];
    if (reached.iterations == 0) continue;
    iterations.push_back(static_cast<double>(reached.iterations));
    iterates.push_back(reached.iterate);
  }
  record.seeds_reached = static_cast<int64_t>(iterations.size());
  if (record.seeds_reached < record.seeds) return;
  record.iterations = Mean(iterations);
  record.iterations_stderr = StandardError(iterations);
  record.iterate = MostFrequent(iterates);
}

// T(1, 1) / T(K, H), and divided by what communication costs.
void PriceSpeedup(std::optional<double> base_iterations, double rho,
                  SpeedupRecord& record) {
  record.rho = rho;
  if (!base_iterations || !record.iterations) return;
  const double free = *base_iterations / *record.iterations;
  const auto priced = [&](CostModel model) {
    return free / CommunicationFactor(model, rho, record.workers, record.period,
                                      record.batch);
  };
  record.speedup_free = free;
  record.speedup_star = priced(CostModel::kStar);
  record.speedup_ring = priced(CostModel::kRing);
}

std::vector<SpeedupRecord> MakeRecords(const Problem& problem,
                                       const MeasuredSpeedupGrid& grid,
                                       const Plan& plan) {
  std::vector<SpeedupRecord> records;
  for (size_t e = 0; e < grid.epsilons.size(); ++e) {
    for (const int64_t b : grid.batches) {
      std::vector<SpeedupRecord> group;
      std::optional<double> base_iterations;
      for (const int64_t K : grid.workers) {
        for (const int64_t H : grid.periods) {
          SpeedupRecord record;
          record.dataset = problem.dataset;
          record.dataset_sha256 = problem.dataset_sha256;
          record.step_size = grid.step_size.text;
          record.epsilon = grid.epsilons[e];
          record.batch = b;
          record.workers = K;
          record.period = H;
          record.seeds = grid.seeds;
          SummariseSeeds(plan, plan.runs_of.at({b, K, H}), e, record);
          if (K == 1 && H == 1) base_iterations = record.iterations;
          group.push_back(std::move(record));
        }
      }
      for (SpeedupRecord& record : group) {
        PriceSpeedup(base_iterations, grid.rho, record);
        records.push_back(std::move(record));
      }
    }
  }
  return records;
}

}  // namespace

absl::StatusOr<MeasuredSpeedup> RunMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedupGrid& grid,
    bool show_progress) {
  Plan plan = MakePlan(grid);
  for (const GridRun& run : plan.runs) {
    const absl::Status valid = ValidateRun(problem, run.settings);
    if (!valid.ok()) return valid;
  }
  const absl::Status status =
      RunAll(problem, grid.threads, show_progress, plan.runs);
  if (!status.ok()) return status;
  MeasuredSpeedup measured;
  measured.records = MakeRecords(problem, grid, plan);
  measured.runs = std::move(plan.runs);
  return measured;
}

absl::StatusOr<std::vector<std::string>> WriteMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedup& measured,
    const BuildInfo& build, const std::string& output_dir) {
  const absl::StatusOr<std::string> csv =
      ToCsv(SpeedupRecordTable(measured.records));
  if (!csv.ok()) return csv.status();
  std::string lines;
  for (const GridRun& run : measured.runs) {
    absl::StrAppend(&lines,
                    RunRecord(problem, run.settings, run.summary, build).dump(),
                    "\n");
  }
  if (absl::Status status = EnsureFolder(output_dir); !status.ok()) {
    return status;
  }
  const std::string csv_path = output_dir + "/measured_speedup.csv";
  const std::string runs_path = output_dir + "/measured_speedup_runs.jsonl";
  for (const auto& [path, contents] :
       {std::pair(csv_path, *csv), std::pair(runs_path, lines)}) {
    const absl::Status status = WriteFileAtomically(path, contents);
    if (!status.ok()) return status;
  }
  return std::vector<std::string>{csv_path, runs_path};
}

}  // namespace local_sgd
