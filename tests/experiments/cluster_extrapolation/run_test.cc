#include "experiments/cluster_extrapolation/run.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"
#include "lib/simulation/exchange_model.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// One of everything: 2 doubles take 16 seconds, a gradient takes 8.
ExtrapolationGrid Small() {
  ExtrapolationGrid grid;
  grid.networks = {{"simple", 100.0, 3.0, 1.0, "made up"}};
  grid.workloads = {{2, 8.0, "made up too"}};
  grid.batch = 4;
  grid.periods = {10};
  grid.workers = {4};
  grid.epsilons = {0};
  grid.noise_seconds = {0};
  return grid;
}

std::vector<ExtrapolationRecord> Records(const ExtrapolationGrid& grid) {
  return ClusterExtrapolationModel().records(grid).records;
}

TEST(ClusterExtrapolationModel, RecordsByHand) {
  const std::vector<ExtrapolationRecord> records = Records(Small());
  ASSERT_EQ(records.size(), 3u);  // tree, ring, server
  const double exchange[] = {4 * 119.0, 6 * 107.0, 200.0 + 8 * 19.0};
  const char* names[] = {"tree", "ring", "server"};
  for (size_t i = 0; i < 3; ++i) {
    const ExtrapolationRecord& r = records[i];
    EXPECT_EQ(r.exchange, names[i]);
    EXPECT_EQ(r.compute_seconds, 320.0);  // 10 steps of 4 gradients
    EXPECT_EQ(r.exchange_seconds, exchange[i]);
    EXPECT_EQ(r.waiting_seconds, 0.0);
    EXPECT_EQ(r.iteration_factor, 1.0);
    EXPECT_DOUBLE_EQ(r.speedup, 4 * 320.0 / (320.0 + exchange[i]));
    EXPECT_EQ(r.network_source, "made up");
    EXPECT_EQ(r.gradient_source, "made up too");
  }
  EXPECT_FALSE(records[0].limit.has_value());
  EXPECT_DOUBLE_EQ(*records[1].limit, 320.0 / (2 * 103.0));
  EXPECT_DOUBLE_EQ(*records[2].limit, 320.0 / (2 * 19.0));
}

// Drift multiplies the steps, noise lengthens the rounds.
TEST(ClusterExtrapolationModel, DriftAndNoise) {
  ExtrapolationGrid grid = Small();
  grid.epsilons = {0.001};
  grid.noise_seconds = {50};
  const ExtrapolationRecord r = Records(grid)[0];
  EXPECT_EQ(r.waiting_seconds, WaitingSeconds(50, 4, grid.rounds, grid.seed));
  EXPECT_GT(r.waiting_seconds, 50.0);
  // (9) with 4 workers of 4 samples a step.
  EXPECT_DOUBLE_EQ(
      r.iteration_factor,
      0.5 + 0.5 * std::sqrt(1 + 4 * 0.001 * 16 * (1 + 10 + 100 * 16)));
  EXPECT_DOUBLE_EQ(r.speedup, 4 * 320.0 / (320.0 + 476.0 + r.waiting_seconds) /
                                  r.iteration_factor);
}

// One worker exchanges nothing, and only its own drift counts.
TEST(ClusterExtrapolationModel, DefaultGridIsWhole) {
  const ExtrapolationGrid grid = DefaultExtrapolation();
  EXPECT_TRUE(Validate(ClusterExtrapolationModel(), grid).ok());
  const std::vector<ExtrapolationRecord> records = Records(grid);
  EXPECT_EQ(records.size(), 2u * 2 * 2 * 2 * 3 * 4 * 16);
  for (const ExtrapolationRecord& r : records) {
    EXPECT_LE(r.speedup, static_cast<double>(r.workers) * (1 + 1e-15));
    if (r.workers == 1 && r.epsilon == 0 && r.noise_seconds == 0) {
      EXPECT_EQ(r.speedup, 1.0);
    }
  }
}

TEST(ClusterExtrapolationModel, WritesRecordsThatReadBack) {
  const std::string folder =
      std::string(std::getenv("TEST_TMPDIR")) + "/extrapolation";
  const auto written =
      RunModel(ClusterExtrapolationModel(), Small(), "1.0", folder);
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_EQ(written->files.size(), 1u);
  EXPECT_TRUE(
      std::filesystem::exists(folder + "/cluster_extrapolation.origin.json"));
  const auto records = ParseRecords(
      ExtrapolationSchema(), *ReadCsv(folder + "/cluster_extrapolation.csv"));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*ToCsv(ToTable(ExtrapolationSchema(), *records)),
            *ToCsv(ToTable(ExtrapolationSchema(), Records(Small()))));
}

TEST(ClusterExtrapolationModel, BadNumbersAreErrors) {
  const auto message = [](const ExtrapolationGrid& grid) {
    return std::string(Validate(ClusterExtrapolationModel(), grid).message());
  };
  ExtrapolationGrid bad = Small();
  bad.networks[0].latency_seconds = -1;
  EXPECT_THAT(message(bad), HasSubstr("latency must be at least 0"));
  bad = Small();
  bad.workloads[0].gradient_seconds = 0;
  EXPECT_THAT(message(bad), HasSubstr("but takes 0 seconds"));
  bad = Small();
  bad.noise_seconds = {0, -0.5};
  EXPECT_THAT(message(bad), HasSubstr("but is -0.5"));
  bad.noise_seconds = {1};
  bad.workers = {10'000'000};
  EXPECT_THAT(message(bad), HasSubstr("would draw 6.4e+08 times"));
  const std::string folder = std::string(std::getenv("TEST_TMPDIR")) + "/bad";
  EXPECT_TRUE(absl::IsInvalidArgument(
      RunModel(ClusterExtrapolationModel(), bad, "1.0", folder).status()));
  EXPECT_FALSE(std::filesystem::exists(folder));
  bad.noise_seconds = {0};
  EXPECT_EQ(message(bad), "");
  EXPECT_FALSE(RunModel(ClusterExtrapolationModel(), bad, "1.0", "").ok());
}

}  // namespace
}  // namespace local_sgd
