#include "lib/solver/lane_local_sgd.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/highway_targets.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

constexpr double kLambda = 0.01;

LocalSgdOptions Options(int64_t workers, int64_t batch, StepSize step_size,
                        SynchronisationSet set, double averaging_shift = 1.0) {
  LocalSgdOptions options;
  options.workers = workers;
  options.batch = batch;
  options.step_size = step_size;
  options.averaging_shift = averaging_shift;
  options.synchronisation = std::move(set);
  options.seed = 5;
  return options;
}

// Step sizes of both families, slow ones, ones that rebase every few steps,
// eta lambda = 1, above 1 and so large that the run diverges; every kind of
// set.
std::vector<LocalSgdOptions> EightConfigurations(int64_t K, int64_t b) {
  return {
      Options(K, b, ConstantStepSize(0.5), EveryPeriod(1)),
      Options(K, b, DecayingStepSize(0.25, 400), EveryPeriod(7)),
      Options(K, b, TheoremStepSize(kLambda, 900.0), EveryPeriod(4), 900.0),
      Options(K, b, ConstantStepSize(40.0), EveryPeriod(3)),
      Options(K, b, ConstantStepSize(100.0), EveryPeriod(2)),
      Options(K, b, ConstantStepSize(150.0), OnlyFinal()),
      Options(K, b, ConstantStepSize(700.0), FromList({3, 4, 40, 41, 500})),
      Options(K, b, ConstantStepSize(1e-6), GrowingPeriod(3.0, K, b)),
  };
}

void ExpectSameBits(const std::vector<double>& lane,
                    const std::vector<double>& alone, const char* what) {
  ASSERT_EQ(lane.size(), alone.size());
  for (size_t j = 0; j < lane.size(); ++j) {
    ASSERT_EQ(std::memcmp(&lane[j], &alone[j], sizeof(double)), 0)
        << what << " " << j << ": " << lane[j] << " and " << alone[j];
  }
}

// But for the signs of zeros, which no iterate shows.
void ExpectSameNumbers(std::vector<double> lane, std::vector<double> alone,
                       const char* what) {
  for (double& number : lane) number += 0.0;
  for (double& number : alone) number += 0.0;
  ExpectSameBits(lane, alone, what);
}

void ExpectSameState(const LocalSgd::State& lane,
                     const LocalSgd::State& alone) {
  EXPECT_EQ(lane.t, alone.t);
  EXPECT_EQ(lane.next_synchronisation, alone.next_synchronisation);
  const auto columns = [](const Iterates& iterates) {
    std::vector<double> values = {iterates.scale};
    for (const WorkerColumn& column : iterates.columns) {
      values.push_back(column.difference);
      for (const double weighted : column.weighted) values.push_back(weighted);
    }
    // What stands in the padding is never read.
    return values;
  };
  Iterates a = lane.iterates;
  Iterates b = alone.iterates;
  for (Iterates* iterates : {&a, &b}) {
    for (int64_t k = 0; k < iterates->num_workers; ++k) {
      iterates->worker(k)[iterates->num_features] = WorkerColumn();
    }
  }
  ExpectSameNumbers(columns(a), columns(b), "columns");
  ExpectSameNumbers(a.common, b.common, "common");
  ExpectSameNumbers(a.base, b.base, "base");
  ExpectSameNumbers({a.cumulative.begin(), a.cumulative.end()},
                    {b.cumulative.begin(), b.cumulative.end()}, "C");
}

StepRows Rows(bool unit_values, double density = 0.3) {
  return MakeStepRows(MakeSyntheticData({.samples = 400,
                                         .features = 60,
                                         .density = density,
                                         .unit_values = unit_values}))
      .value();
}

std::vector<LaneLocalSgd::Run> StartRuns(
    const StepRows& rows, const std::vector<LocalSgdOptions>& configurations) {
  std::vector<LaneLocalSgd::Run> runs;
  for (const LocalSgdOptions& options : configurations) {
    runs.push_back({options, LocalSgd(rows, kLambda, options).state()});
  }
  return runs;
}

void CompareWithSingleRuns(const StepRows& rows, int64_t K, int64_t b) {
  const std::vector<LocalSgdOptions> configurations = EightConfigurations(K, b);
  LaneLocalSgd lanes(rows, kLambda, StartRuns(rows, configurations));
  std::vector<LocalSgd> alone;
  for (const LocalSgdOptions& options : configurations) {
    alone.emplace_back(rows, kLambda, options);
  }
  for (const int64_t t : {1, 2, 3, 9, 41, 42, 300, 901}) {
    lanes.AdvanceTo(t);
    const std::vector<LaneDoubles> points = lanes.MeanIterates();
    for (int l = 0; l < kLanes; ++l) {
      SCOPED_TRACE(testing::Message() << "lane " << l << ", t = " << t);
      alone[l].AdvanceTo(t);
      ExpectSameState(lanes.LaneState(l), alone[l].state());
      std::vector<double> point;
      for (const LaneDoubles& entry : points) point.push_back(entry[l]);
      ExpectSameBits(point, alone[l].MeanIterates(), "point");
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(LaneLocalSgd, EveryLaneHasTheBitsOfItsRunAlone) {
  ForEachHighwayTarget([] {
    for (const int64_t K : {1, 2, 5, 8}) {
      for (const int64_t b : {1, 3}) {
        SCOPED_TRACE(testing::Message() << "K = " << K << ", b = " << b);
        CompareWithSingleRuns(Rows(/*unit_values=*/true), K, b);
        CompareWithSingleRuns(Rows(/*unit_values=*/false), K, b);
      }
    }
  });
}

// More workers than a word has bits, and blocks of eight that are not full.
TEST(LaneLocalSgd, ManyWorkers) {
  const SparseDataset data = MakeSyntheticData(
      {.samples = 500, .features = 900, .density = 0.01, .unit_values = true});
  const StepRows rows = MakeStepRows(data).value();
  for (const int64_t K : {13, 77}) {
    SCOPED_TRACE(testing::Message() << "K = " << K);
    CompareWithSingleRuns(rows, K, 1);
  }
}

// Rounds whose draws are kept touch a few of many columns only.
TEST(LaneLocalSgd, SparseSynchronisationTouchesEnough) {
  const SparseDataset data = MakeSyntheticData({.samples = 500,
                                                .features = 3000,
                                                .density = 0.002,
                                                .unit_values = true});
  const StepRows rows = MakeStepRows(data).value();
  CompareWithSingleRuns(rows, 6, 2);
}

// Rounds longer than the draws that are kept.
TEST(LaneLocalSgd, SynchronisesAllColumnsAfterLongRounds) {
  const StepRows rows = Rows(/*unit_values=*/true, /*density=*/0.03);
  const std::vector<LocalSgdOptions> configurations = {
      Options(3, 4, ConstantStepSize(0.5), EveryPeriod(1000)),
      Options(3, 4, ConstantStepSize(0.5), EveryPeriod(3)),
      Options(3, 4, ConstantStepSize(0.5), EveryPeriod(130))};
  LaneLocalSgd lanes(rows, kLambda, StartRuns(rows, configurations));
  lanes.AdvanceTo(2002);
  for (int l = 0; l < 3; ++l) {
    SCOPED_TRACE(l);
    LocalSgd alone(rows, kLambda, configurations[l]);
    alone.AdvanceTo(2002);
    ExpectSameState(lanes.LaneState(l), alone.state());
  }
}

TEST(LaneLocalSgd, GoesOnFromStatesAndComesBack) {
  const StepRows rows = Rows(/*unit_values=*/true);
  const std::vector<LocalSgdOptions> configurations = EightConfigurations(4, 2);
  std::vector<LaneLocalSgd::Run> runs;
  for (const int l : {2, 0, 3}) {
    LocalSgd alone(rows, kLambda, configurations[l]);
    alone.AdvanceTo(50);
    runs.push_back({configurations[l], alone.state()});
  }
  LaneLocalSgd lanes(rows, kLambda, runs);
  lanes.AdvanceTo(60);
  const LaneLocalSgd::State saved = lanes.state();
  lanes.AdvanceTo(75);
  lanes.Restore(saved);
  lanes.Release(1);
  lanes.AdvanceTo(90);
  LocalSgd alone(rows, kLambda, configurations[3]);
  alone.AdvanceTo(90);
  ExpectSameState(lanes.LaneState(2), alone.state());
  for (const LaneDoubles& entry : lanes.MeanIterates()) {
    EXPECT_EQ(entry[1], 0.0);
    EXPECT_EQ(entry[7], 0.0);
  }
}

}  // namespace
}  // namespace local_sgd
