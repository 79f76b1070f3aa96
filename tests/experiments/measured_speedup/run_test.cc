#include "experiments/measured_speedup/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "data/open_dataset.h"
#include "experiments/experiment.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/measured_speedup/report.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/files/output_file.h"
#include "lib/program/journal.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"
#include "lib/solver/check_points.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"
#include "tests/experiments/small_problem.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

MeasuredSpeedupGrid SmallGrid() {
  MeasuredSpeedupGrid grid;
  grid.arms = {{StepSizeChoice(), {0.02, 0.005}}};
  grid.batches = {1, 2};
  grid.periods = {1, 3};
  grid.workers = {1, 4};
  grid.rho = 10.0;
  grid.seeds = 3;
  grid.first_seed = 5;
  grid.max_iterations = 100'000;
  return grid;
}

absl::StatusOr<MeasuredSpeedup> RunGrid(const Problem& problem,
                                        const MeasuredSpeedupGrid& grid,
                                        Journal* journal = nullptr) {
  return RunRecords(MeasuredSpeedupExperiment(), problem, grid, journal);
}

absl::Status Validate(const Problem& problem, const MeasuredSpeedupGrid& grid) {
  return MeasuredSpeedupExperiment().validate(problem, grid);
}

// T of one configuration and seed, run alone.
double AloneT(const Problem& problem, double epsilon, int64_t b, int64_t K,
              int64_t H, uint64_t seed, int64_t max_iterations) {
  RunSettings settings;
  settings.workers = K;
  settings.batch = b;
  settings.synchronisation = EveryPeriod(H);
  settings.termination.epsilons = {epsilon};
  settings.termination.max_iterations = max_iterations;
  settings.seed = seed;
  return static_cast<double>(
      RunOnce(problem, settings).value().reached[0].iterations);
}

TEST(MeasuredSpeedup, RecordsAreMeansAndRatiosOfTheRuns) {
  const Problem problem = SmallProblem();
  const MeasuredSpeedupGrid grid = SmallGrid();
  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  ASSERT_EQ(measured.speedups.size(), 16u);
  // With one worker, one run serves both periods.
  EXPECT_EQ(measured.runs.size(), 2u * (1 + 2) * 3);
  size_t r = 0;
  for (const double epsilon : grid.arms[0].epsilons) {
    for (const int64_t b : grid.batches) {
      double base = 0.0;
      for (const int64_t K : grid.workers) {
        for (const int64_t H : grid.periods) {
          const SpeedupRecord& record = measured.speedups[r++];
          EXPECT_EQ(record.epsilon, epsilon);
          EXPECT_EQ(record.batch, b);
          EXPECT_EQ(record.workers, K);
          EXPECT_EQ(record.period, H);
          EXPECT_EQ(record.seeds, 3);
          double T[3];
          for (uint64_t i = 0; i < 3; ++i) {
            T[i] = AloneT(problem, epsilon, b, K, H, 5 + i, 100'000);
            ASSERT_GT(T[i], 0.0);
          }
          const double mean = (T[0] + T[1] + T[2]) / 3.0;
          if (K == 1 && H == 1) base = mean;
          EXPECT_DOUBLE_EQ(record.iterations.value(), mean);
          EXPECT_NEAR(record.iterations_stderr.value(),
                      std::sqrt(((T[0] - mean) * (T[0] - mean) +
                                 (T[1] - mean) * (T[1] - mean) +
                                 (T[2] - mean) * (T[2] - mean)) /
                                6.0),
                      1e-9);
          const double free = base / mean;
          EXPECT_DOUBLE_EQ(record.speedup_free.value(), free);
          const double vectors = 2.0 * (K - 1.0);
          EXPECT_DOUBLE_EQ(record.speedup_star.value(),
                           free / ((b + 10.0 * vectors / H) / b));
          EXPECT_DOUBLE_EQ(record.speedup_ring.value(),
                           free / ((b + 10.0 * vectors / K / H) / b));
        }
      }
    }
  }
}

// Also through the shift of the theoretical step sizes, however large H is.
TEST(RunOnce, OneWorkerHasTheSameTForEverySynchronisationSet) {
  const Problem problem = SmallProblem();
  const double every_step = AloneT(problem, 0.005, 2, 1, /*H=*/1, 5, 100'000);
  EXPECT_GT(every_step, 0.0);
  for (const int64_t H : {3, 1000, 50'000}) {
    EXPECT_EQ(AloneT(problem, 0.005, 2, 1, H, 5, 100'000), every_step);
  }
  EXPECT_EQ(AloneT(problem, 0.005, 2, 1, 1000, 5, 20'000), every_step);
}

TEST(MeasuredSpeedup, ASeedThatMissesTheTargetLeavesNoMean) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = SmallGrid();
  grid.arms[0].epsilons = {0.02, 1e-12};
  grid.max_iterations = 2000;
  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  for (const SpeedupRecord& record : measured.speedups) {
    const bool reachable = record.epsilon == 0.02;
    EXPECT_EQ(record.iterations.has_value(), reachable);
    EXPECT_EQ(record.iterate.has_value(), reachable);
    EXPECT_EQ(record.speedup_free.has_value(), reachable);
    EXPECT_EQ(record.speedup_ring.has_value(), reachable);
  }
}

TEST(MeasuredSpeedup, WithoutOneWorkerThereIsNoSpeedup) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = SmallGrid();
  grid.workers = {2};
  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  for (const SpeedupRecord& record : measured.speedups) {
    EXPECT_TRUE(record.iterations.has_value());
    EXPECT_FALSE(record.speedup_free.has_value());
  }
}

MeasuredSpeedupGrid TunedGrid() {
  MeasuredSpeedupGrid grid = SmallGrid();
  grid.arms[0].step_size.reset();
  grid.tuning.selection_seed = 2;
  grid.tuning.max_gradients = 100'000;
  return grid;
}

// T of one of section 4's step sizes, 0 when it is not reached.
int64_t TunedT(const Problem& problem, const MeasuredSpeedupGrid& grid,
               const std::string& family, int64_t exponent, double epsilon,
               int64_t b, int64_t K, int64_t H, uint64_t seed) {
  RunSettings settings;
  settings.workers = K;
  settings.batch = b;
  settings.synchronisation = EveryPeriod(H);
  settings.termination.epsilons = {epsilon};
  settings.termination.max_iterations = grid.tuning.max_gradients / (K * b);
  settings.seed = seed;
  const double c = std::ldexp(1.0, static_cast<int>(exponent));
  settings.step_size =
      ParseStepSize(absl::StrFormat("%s:%.17g", family,
                                    family == "constant" ? 32.0 * c : c))
          .value();
  return RunOnce(problem, settings).value().reached[0].iterations;
}

std::string Csv(const Table& table) { return ToCsv(table).value(); }

// Everything of an experiment that does not depend on the clock.
std::string AllCsv(const MeasuredSpeedup& measured) {
  return absl::StrCat(Csv(ToTable(SpeedupSchema(), measured.speedups)),
                      Csv(ToTable(IterationsSchema(), measured.iterations)),
                      Csv(ToTable(TuningSchema(), measured.ledger)));
}

TEST(TunedSpeedup, TheChosenStepSizeIsMeasuredOnOtherSeeds) {
  const Problem problem = SmallProblem();
  const MeasuredSpeedupGrid grid = TunedGrid();
  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  ASSERT_EQ(measured.speedups.size(), 16u);
  ASSERT_EQ(measured.iterations.size(), 3u * 16);
  double base[3] = {};
  for (size_t r = 0; r < measured.speedups.size(); ++r) {
    const SpeedupRecord& record = measured.speedups[r];
    EXPECT_EQ(record.step_size, "tuned");
    ASSERT_TRUE(record.chosen_family.has_value());
    const auto T_of = [&](uint64_t seed) {
      return TunedT(problem, grid, *record.chosen_family,
                    *record.chosen_exponent, record.epsilon, record.batch,
                    record.workers, record.period, seed);
    };
    EXPECT_EQ(record.iterations_selected, T_of(2));
    double T[3];
    for (int i = 0; i < 3; ++i) {
      T[i] = static_cast<double>(T_of(5 + i));
      ASSERT_GT(T[i], 0.0);
      const IterationsRecord& of_seed = measured.iterations[3 * r + i];
      EXPECT_EQ(of_seed.step_size, "tuned");
      EXPECT_EQ(of_seed.epsilon, record.epsilon);
      EXPECT_EQ(of_seed.workers, record.workers);
      EXPECT_EQ(of_seed.period, record.period);
      EXPECT_EQ(of_seed.seed, 5 + i);
      EXPECT_EQ(of_seed.iterations, T[i]);
      EXPECT_TRUE(of_seed.iterate.has_value());
    }
    EXPECT_EQ(record.seeds_reached, 3);
    const double y = (T[0] + T[1] + T[2]) / 3.0;
    EXPECT_DOUBLE_EQ(record.iterations.value(), y);

    // T(1, 1) over it, with the delta method's error as its formula stands.
    if (record.workers == 1 && record.period == 1) {
      std::copy(T, T + 3, base);
    }
    const double x = (base[0] + base[1] + base[2]) / 3.0;
    double s_xx = 0.0;
    double s_yy = 0.0;
    double s_xy = 0.0;
    for (int i = 0; i < 3; ++i) {
      s_xx += (base[i] - x) * (base[i] - x) / 2.0;
      s_yy += (T[i] - y) * (T[i] - y) / 2.0;
      s_xy += (base[i] - x) * (T[i] - y) / 2.0;
    }
    const double variance = (s_xx / (y * y) + x * x * s_yy / (y * y * y * y) -
                             2.0 * x * s_xy / (y * y * y)) /
                            3.0;
    EXPECT_DOUBLE_EQ(record.speedup_free.value(), x / y);
    EXPECT_NEAR(record.speedup_free_stderr.value(),
                std::sqrt(std::max(0.0, variance)), 1e-7);
  }
}

// The rule, applied to each of the 82 step sizes run alone.
TEST(TunedSpeedup, TheWinnerIsTheFirstOfAllCandidates) {
  const Problem problem = SmallProblem();
  const MeasuredSpeedupGrid grid = TunedGrid();
  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  std::map<std::tuple<double, int64_t, int64_t, int64_t>,
           std::vector<TuningRecord>>
      ledgers;
  for (const TuningRecord& row : measured.ledger) {
    ledgers[{row.epsilon, row.batch, row.workers, row.period}].push_back(row);
  }
  int reached = 0;
  for (const SpeedupRecord& record : measured.speedups) {
    const int64_t b = record.batch;
    const int64_t K = record.workers;
    const int64_t H = K == 1 ? grid.periods[0] : record.period;
    const int64_t selected = record.iterations_selected.value();
    const auto& ledger = ledgers.at({record.epsilon, b, K, H});
    ASSERT_EQ(ledger.size(), 82u);
    bool has_chosen = false;
    bool has_runner_up = false;
    for (const TuningRecord& row : ledger) {
      SCOPED_TRACE(absl::StrCat("epsilon ", record.epsilon, ", b = ", b,
                                ", K = ", K, ", H = ", H, ": ", row.family, " ",
                                row.exponent, " ", row.outcome));
      EXPECT_EQ(row.seed, 2u);
      const int64_t T = TunedT(problem, grid, row.family, row.exponent,
                               record.epsilon, b, K, H, 2);
      if (T > 0) {
        EXPECT_GE(T, selected);
      }
      if (row.outcome == "reached") {
        ++reached;
        EXPECT_EQ(row.iterations, T);
      } else if (row.outcome == "dropped" && T > 0) {
        EXPECT_GE(T, record.runner_up_iterations.value());
      } else if (row.outcome == "diverged" || row.outcome == "limit") {
        EXPECT_EQ(T, 0);
      }
      const bool is_chosen = row.family == record.chosen_family &&
                             row.exponent == record.chosen_exponent;
      const bool is_runner_up = row.family == record.runner_up_family &&
                                row.exponent == record.runner_up_exponent;
      EXPECT_FALSE(is_chosen && is_runner_up);
      has_chosen |= is_chosen;
      has_runner_up |= is_runner_up;
      if (is_chosen) {
        EXPECT_EQ(row.outcome, "reached");
        EXPECT_EQ(row.iterations, selected);
        EXPECT_EQ(row.iterate, record.chosen_iterate);
      } else if (is_runner_up) {
        EXPECT_EQ(row.outcome, "reached");
        EXPECT_EQ(row.iterations, record.runner_up_iterations);
        EXPECT_EQ(row.iterate, record.runner_up_iterate);
      } else if (row.outcome == "reached") {
        EXPECT_GE(*row.iterations, record.runner_up_iterations.value());
      }
    }
    EXPECT_TRUE(has_chosen);
    EXPECT_TRUE(has_runner_up);
  }
  EXPECT_GT(reached, 32);
}

// The coarse check point at or after t.
int64_t CoarsePointFrom(int64_t t) {
  int64_t coarse = 1;
  while (coarse < t) coarse = NextCoarsePoint(coarse);
  return coarse;
}

TEST(TunedSpeedup, AMeasuringSeedThatMissesTheTargetLeavesNoMean) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = TunedGrid();
  grid.arms[0].epsilons = {0.005};
  grid.batches = {1};
  grid.workers = {1, 4};
  grid.periods = {1};
  grid.seeds = 8;
  const MeasuredSpeedup all = RunGrid(problem, grid).value();
  const SpeedupRecord before = all.speedups[1];
  EXPECT_EQ(before.seeds_reached, 8);
  // Just enough for the selection seed with K = 4.
  const int64_t limit = CoarsePointFrom(before.iterations_selected.value());
  grid.workers = {4};
  grid.tuning.max_gradients = 4 * limit + 3;

  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  ASSERT_EQ(measured.speedups.size(), 1u);
  const SpeedupRecord& record = measured.speedups[0];
  EXPECT_EQ(record.iterations_selected, before.iterations_selected);
  EXPECT_EQ(record.chosen_family, before.chosen_family);
  EXPECT_EQ(record.chosen_exponent, before.chosen_exponent);
  int64_t reached = 0;
  for (int i = 0; i < 8; ++i) {
    const int64_t T = TunedT(problem, grid, *record.chosen_family,
                             *record.chosen_exponent, 0.005, 1, 4, 1, 5 + i);
    reached += T > 0;
    EXPECT_EQ(measured.iterations[i].iterations.value_or(0), T);
    EXPECT_EQ(measured.iterations[i].iterate.has_value(), T > 0);
  }
  EXPECT_GT(reached, 0);  // otherwise the case is void
  EXPECT_LT(reached, 8);
  EXPECT_EQ(record.seeds_reached, reached);
  EXPECT_FALSE(record.iterations.has_value());
  EXPECT_FALSE(record.iterations_stderr.has_value());
  EXPECT_FALSE(record.iterate.has_value());
  EXPECT_FALSE(record.speedup_free.has_value());
  EXPECT_FALSE(record.speedup_ring.has_value());
}

TEST(TunedSpeedup, WithoutAWinnerNothingIsMeasured) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = TunedGrid();
  grid.arms[0].epsilons = {0.02, 1e-12};
  grid.tuning.max_gradients = 2'000;
  const MeasuredSpeedup measured = RunGrid(problem, grid).value();
  for (const SpeedupRecord& record : measured.speedups) {
    const bool reachable = record.epsilon == 0.02;
    EXPECT_EQ(record.seeds_reached, reachable ? 3 : 0);
    EXPECT_EQ(record.chosen_family.has_value(), reachable);
    EXPECT_EQ(record.chosen_interior.has_value(), reachable);
    EXPECT_EQ(record.iterations_selected.has_value(), reachable);
    EXPECT_EQ(record.iterations.has_value(), reachable);
  }
  for (const RunLine& run : measured.runs) {
    EXPECT_EQ(nlohmann::json::parse(run.json)["epsilon"].dump(), "[0.02]");
  }
  EXPECT_EQ(measured.runs.size(), 2u * (1 + 2) * 3);
  // What was written can be read.
  const auto records = ParseRecords(
      SpeedupSchema(),
      ParseCsv(Csv(ToTable(SpeedupSchema(), measured.speedups)), "a.csv")
          .value());
  EXPECT_TRUE(records.ok()) << records.status();
  const auto ledger = ParseRecords(
      TuningSchema(),
      ParseCsv(Csv(ToTable(TuningSchema(), measured.ledger)), "b.csv").value());
  EXPECT_TRUE(ledger.ok()) << ledger.status();
}

TEST(TunedSpeedup, TheSelectionSeedIsNotAMeasuringOne) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = TunedGrid();  // seeds 5, 6, 7
  for (const uint64_t seed : {5, 6, 7}) {
    grid.tuning.selection_seed = seed;
    const absl::Status status = RunGrid(problem, grid).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                testing::HasSubstr(absl::StrCat("--selection_seed: ", seed)));
    EXPECT_EQ(Validate(problem, grid), status);
  }
  for (const uint64_t seed : {0, 4, 8}) {
    grid.tuning.selection_seed = seed;
    EXPECT_EQ(Validate(problem, grid), absl::OkStatus()) << seed;
  }
}

TEST(TunedSpeedup, TheLedgerIsCompleteAndCanBeReadBack) {
  const Problem problem = SmallProblem();
  const MeasuredSpeedupGrid grid = TunedGrid();
  MeasuredSpeedup measured = RunGrid(problem, grid).value();
  // With one worker, one search serves every period.
  EXPECT_EQ(measured.ledger.size(), 82u * 2 * 2 * (1 + 2));
  const std::string folder = absl::StrCat(testing::TempDir(), "/ledger");
  ASSERT_TRUE(EnsureFolder(folder).ok());
  ASSERT_TRUE(WriteStudyFiles(MeasuredSpeedupStudy(), measured, folder).ok());
  const std::string path = absl::StrCat(folder, "/tuning_ledger.csv");
  const auto read = ParseRecords(TuningSchema(), ReadCsv(path).value());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Csv(ToTable(TuningSchema(), *read)),
            Csv(ToTable(TuningSchema(), measured.ledger)));
  std::map<std::tuple<double, int64_t, int64_t, int64_t>,
           std::set<std::pair<std::string, int64_t>>>
      candidates;
  for (const TuningRecord& row : *read) {
    candidates[{row.epsilon, row.batch, row.workers, row.period}].insert(
        {row.family, row.exponent});
  }
  EXPECT_EQ(candidates.size(), 12u);
  for (const auto& [setting, of_setting] : candidates) {
    EXPECT_EQ(of_setting.size(), 82u);
    EXPECT_EQ(of_setting.begin()->second, -20);
    EXPECT_EQ(of_setting.rbegin()->second, 20);
  }
  EXPECT_TRUE(
      ParseRecords(
          SpeedupSchema(),
          ReadCsv(absl::StrCat(folder, "/measured_speedup.csv")).value())
          .ok());
  EXPECT_TRUE(
      ParseRecords(
          IterationsSchema(),
          ReadCsv(absl::StrCat(folder, "/measured_iterations.csv")).value())
          .ok());

  // A later experiment without tuning has none.
  measured.ledger.clear();
  const auto files =
      WriteStudyFiles(MeasuredSpeedupStudy(), measured, folder).value();
  EXPECT_EQ(files.size(), 3u);
  EXPECT_FALSE(ReadCsv(path).ok());
}

// A problem whose labels are no noise: the best step size then moves little
// from one epsilon to the next, so much of the grid need not be tried.
Problem LearnableProblem() {
  NamedDataset dataset;
  dataset.name = "learnable";
  dataset.sha256 = "01";
  dataset.data = MakeSyntheticData({.samples = 500, .features = 20});
  SparseDataset& data = dataset.data;
  for (int64_t i = 2; i < data.num_samples(); ++i) {
    double margin = i % 10 == 0 ? -0.5 : 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      margin += data.columns[p] % 2 == 0 ? data.values[p] : -data.values[p];
    }
    data.labels[i] = margin > 0.0 ? 1.0 : -1.0;
  }
  return MakeProblem(std::move(dataset), /*lambda=*/{}).value();
}

int64_t CountNotTried(const MeasuredSpeedup& measured) {
  return std::count_if(
      measured.ledger.begin(), measured.ledger.end(),
      [](const TuningRecord& row) { return row.outcome == "not_tried"; });
}

TEST(TunedSpeedup, TheWholeGridGivesTheSameRecords) {
  const auto expect_the_same = [](const Problem& problem,
                                  int64_t fewest_not_tried) {
    MeasuredSpeedupGrid grid = TunedGrid();
    grid.arms[0].epsilons = {0.05, 0.02, 0.005};
    grid.tuning.max_gradients = 1'000'000;
    const MeasuredSpeedup pruned = RunGrid(problem, grid).value();
    grid.tuning.exhaustive = true;
    const MeasuredSpeedup whole = RunGrid(problem, grid).value();
    EXPECT_EQ(Csv(ToTable(SpeedupSchema(), pruned.speedups)),
              Csv(ToTable(SpeedupSchema(), whole.speedups)));
    EXPECT_EQ(Csv(ToTable(IterationsSchema(), pruned.iterations)),
              Csv(ToTable(IterationsSchema(), whole.iterations)));
    EXPECT_GE(CountNotTried(pruned), fewest_not_tried);
    EXPECT_EQ(CountNotTried(whole), 0);
  };
  expect_the_same(LearnableProblem(), 100);
  // Labels that are noise alone: T says little about the next epsilon.
  for (const bool unit_values : {false, true}) {
    expect_the_same(SmallProblem(unit_values), 0);
  }
}

TEST(TunedSpeedup, OrderOfEpsilonsThreadsAndJournalDoNotMatter) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = TunedGrid();
  const std::string expected = AllCsv(RunGrid(problem, grid).value());
  grid.threads = 3;
  EXPECT_EQ(AllCsv(RunGrid(problem, grid).value()), expected);

  const std::string path =
      absl::StrCat(testing::TempDir(), "/measured.journal");
  std::filesystem::remove(path);
  for (const int64_t before : {0, 6 + 12}) {  // searches and runs of K, b, seed
    Journal journal = Journal::Open(path, {}).value();
    EXPECT_EQ(journal.num_recovered(), before);
    EXPECT_EQ(AllCsv(RunGrid(problem, grid, &journal).value()), expected);
  }

  std::reverse(grid.arms[0].epsilons.begin(), grid.arms[0].epsilons.end());
  MeasuredSpeedup reversed = RunGrid(problem, grid).value();
  std::rotate(reversed.speedups.begin(), reversed.speedups.begin() + 8,
              reversed.speedups.end());
  std::rotate(reversed.iterations.begin(), reversed.iterations.begin() + 24,
              reversed.iterations.end());
  std::rotate(reversed.ledger.begin(), reversed.ledger.begin() + 6 * 82,
              reversed.ledger.end());
  EXPECT_EQ(AllCsv(reversed), expected);
}

TEST(DescribePieces, HoldsAllThatTheNumbersDependOn) {
  const Problem problem = SmallProblem();
  const auto described = [&](const MeasuredSpeedupGrid& grid) {
    return MeasuredSpeedupExperiment().describe_pieces(problem, grid);
  };
  const MeasuredSpeedupGrid tuned = TunedGrid();
  const MeasuredSpeedupGrid theory = SmallGrid();
  std::set<std::string> different;
  int count = 0;
  const auto add = [&](const MeasuredSpeedupGrid& grid) {
    different.insert(described(grid));
    EXPECT_EQ(different.size(), ++count);
  };
  for (const MeasuredSpeedupGrid& grid : {tuned, theory}) {
    add(grid);
    MeasuredSpeedupGrid other = grid;
    other.arms[0].epsilons = {0.02};
    add(other);
    other = grid;
    other.batches = {1};
    add(other);
    other = grid;
    other.periods = {1};
    add(other);
    other = grid;
    other.workers = {1};
    add(other);
    other = grid;
    other.seeds = 1;
    add(other);
    other = grid;
    other.first_seed = 6;
    add(other);
  }
  MeasuredSpeedupGrid other = theory;
  other.max_iterations = 7;
  add(other);
  other = theory;
  other.arms[0].step_size = ParseStepSize("constant:0.5").value();
  add(other);
  other = tuned;
  other.tuning.selection_seed = 1;
  add(other);
  other = tuned;
  other.tuning.max_gradients = 7;
  add(other);
  other = tuned;
  other.tuning.smallest_exponent = -3;
  add(other);
  other = tuned;
  other.tuning.largest_exponent = 3;
  add(other);
  other = tuned;
  other.tuning.exhaustive = true;
  add(other);

  other = tuned;
  other.rho = 7.0;
  other.threads = 7;
  EXPECT_EQ(described(other), described(tuned));
  const auto& describe = *MeasuredSpeedupExperiment().describe;
  EXPECT_NE(describe(problem, other), describe(problem, tuned));
}

// Damage that the journal's checksum cannot show: the parser of the records
// does.
TEST(TunedSpeedup, AJournalOfOtherRecordsIsAnError) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = TunedGrid();
  grid.batches = {1};
  grid.workers = {1};
  grid.seeds = 1;
  const std::string path = absl::StrCat(testing::TempDir(), "/other.journal");
  for (const auto& [key, file, text] :
       {std::tuple{"tuning b = 1, K = 1, H = 1", "tuning_ledger.csv",
                   "epsilon,batch\n"},
        {"tuned b = 1, K = 1, seed 5", "measured_iterations.csv",
         "step_size,epsilon,batch,workers,period,seed,iterations,iterate,"
         "diverged\ntuned,0.02,1,1,1,5,0,last,no\n"},
        {"tuned b = 1, K = 1, seed 5", "measured_speedup_runs.jsonl",
         "run\n7\n"}}) {
    std::filesystem::remove(path);
    ASSERT_TRUE(Journal::Open(path, {})->Append(key, {{file, text}}).ok());
    Journal journal = Journal::Open(path, {}).value();
    const absl::Status status = RunGrid(problem, grid, &journal).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(key));
  }
}

}  // namespace
}  // namespace local_sgd
