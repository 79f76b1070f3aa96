#include "lib/simulation/cluster.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/simulation/time_model.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

TEST(FinishTime, PausesShiftAndDeathsEnd) {
  SimulatedWorker worker;
  EXPECT_EQ(FinishTime(worker, 2.0, 3.0), 5.0);
  worker.pause_start = 4.0;
  worker.pause_seconds = 10.0;
  EXPECT_EQ(FinishTime(worker, 0.0, 3.0), 3.0);    // before
  EXPECT_EQ(FinishTime(worker, 1.0, 3.0), 4.0);    // ends as the pause begins
  EXPECT_EQ(FinishTime(worker, 2.0, 3.0), 15.0);   // interrupted
  EXPECT_EQ(FinishTime(worker, 4.0, 3.0), 17.0);   // begins in it
  EXPECT_EQ(FinishTime(worker, 13.0, 3.0), 17.0);  // begins in it
  EXPECT_EQ(FinishTime(worker, 14.0, 3.0), 17.0);  // after
  worker.death = 16.0;
  EXPECT_EQ(FinishTime(worker, 2.0, 3.0), 15.0);
  EXPECT_EQ(FinishTime(worker, 2.0, 4.0), 16.0);
  EXPECT_EQ(FinishTime(worker, 2.0, 5.0), kNeverSeconds);
  EXPECT_EQ(FinishTime(worker, 20.0, 1.0), kNeverSeconds);
}

TEST(SynchronousSeconds, ConstantTimes) {
  const std::vector<SimulatedWorker> cluster =
      WorkersAlike(4, ConstantTime(0.5), ConstantTime(3.0));
  // Ten steps, and there and back for each round but the last, which needs no
  // answer.
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(5), 1, 10),
            10 * 0.5 + 3 * 3.0);
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(4), 1, 10),
            10 * 0.5 + 5 * 3.0);
  EXPECT_EQ(SynchronousSeconds(cluster, OnlyFinal(), 1, 10), 10 * 0.5 + 3.0);
}

TEST(SynchronousSeconds, WaitsForTheSlowest) {
  std::vector<SimulatedWorker> cluster =
      WorkersAlike(3, ConstantTime(1.0), ConstantTime(0.0));
  cluster[1].slowdown = 7.0;
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(5), 1, 20), 140.0);
  cluster[2].message = ConstantTime(100.0);
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(5), 1, 20),
            4 * 105.0 + 3 * 100.0);
  cluster[2].message = ConstantTime(0.0);
  cluster[0].pause_start = 0.5;
  cluster[0].pause_seconds = 1000.0;
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(5), 1, 20),
            1000.0 + 5.0 + 3 * 35.0);
  cluster[0].death = 1050.0;
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(5), 1, 10), 1040.0);
  EXPECT_EQ(SynchronousSeconds(cluster, EveryPeriod(5), 1, 20), kNeverSeconds);
}

// The mean round of K exponential workers with H = 1 lasts 1 + 1/2 + ... + 1/K.
TEST(SynchronousSeconds, ExponentialRoundsLastAHarmonicNumber) {
  constexpr int64_t kRounds = 20'000;
  const std::vector<SimulatedWorker> cluster =
      WorkersAlike(8, ExponentialTime(2.0), ConstantTime(0.0));
  double harmonic = 0.0;
  double variance = 0.0;
  for (int k = 1; k <= 8; ++k) {
    harmonic += 1.0 / k;
    variance += 1.0 / (k * k);
  }
  EXPECT_NEAR(SynchronousSeconds(cluster, EveryPeriod(1), 7, kRounds) / kRounds,
              2.0 * harmonic, 4.0 * 2.0 * std::sqrt(variance / kRounds));
}

TEST(ValidateCluster, NamesTheWorkerAndTheValue) {
  const std::vector<SimulatedWorker> good =
      WorkersAlike(3, ConstantTime(1.0), ExponentialTime(0.1));
  EXPECT_TRUE(ValidateCluster(good, 3).ok());
  const auto message = [](const std::vector<SimulatedWorker>& cluster) {
    return std::string(ValidateCluster(cluster, 3).message());
  };
  EXPECT_THAT(message(WorkersAlike(2, ConstantTime(1.0), ConstantTime(0.0))),
              HasSubstr("describes 2 workers, but there are 3"));
  std::vector<SimulatedWorker> bad = good;
  bad[1].message = ConstantTime(-2.0);
  EXPECT_THAT(message(bad), HasSubstr("message delay of worker 1: mean must be "
                                      "at least 0 and finite, but is -2"));
  bad = good;
  bad[2].compute = ConstantTime(-1.0);
  EXPECT_THAT(message(bad), HasSubstr("compute time of worker 2: mean must be "
                                      "at least 0 and finite, but is -1"));
  bad = good;
  bad[2].compute = ConstantTime(0.0);
  EXPECT_THAT(message(bad), HasSubstr("mean compute time of worker 2 must be "
                                      "positive, but is 0"));
  bad = good;
  bad[0].slowdown = 0.5;
  EXPECT_THAT(message(bad), HasSubstr("slowdown of worker 0 must be at least 1 "
                                      "and finite, but is 0.5"));
  bad = good;
  bad[0].pause_start = -1.0;
  EXPECT_THAT(message(bad), HasSubstr("start of the pause of worker 0 must be "
                                      "at least 0 seconds, but is -1"));
  bad = good;
  bad[0].pause_seconds = -3.0;
  EXPECT_THAT(message(bad), HasSubstr("but is -3"));
  bad = good;
  bad[0].death = -4.0;
  EXPECT_THAT(message(bad), HasSubstr("death of worker 0 must be at least 0 "
                                      "seconds, but is -4"));
  for (SimulatedWorker& worker : bad) worker.death = 0.0;
  EXPECT_THAT(message(bad), HasSubstr("all 3 workers are dead"));
  bad[1].death = 1.0;
  EXPECT_EQ(message(bad), "");
}

}  // namespace
}  // namespace local_sgd
