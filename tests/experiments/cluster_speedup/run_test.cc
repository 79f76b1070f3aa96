#include "experiments/cluster_speedup/run.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "experiments/cluster_speedup/points.h"
#include "experiments/cluster_speedup/records.h"
#include "experiments/cluster_speedup/report.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "experiments/study_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "lib/program/build_info.h"
#include "lib/records/csv_reader.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/comm/thread_ranks.h"
#include "tests/experiments/cluster_speedup/cluster_record.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string NewFolder(const std::string& name) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/", name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// Records as exact as the model: a gradient takes 1 us, an exchange rho times
// what `cost_model` counts.
std::vector<ClusterRecord> ModelRecords(CostModel cost_model, double rho) {
  std::vector<ClusterRecord> records;
  for (const int64_t ranks : {1, 2, 4, 8}) {
    for (const int64_t period : {1, 16}) {
      ClusterRecord r = UntimedRecord(ranks, period);
      r.cores = 4;
      r.iterations = 8000 / ranks + period;
      r.gradient_seconds = 1e-6;
      if (ranks > 1) {
        r.exchange_seconds = 1e-6 * rho * VectorsPerRound(cost_model, ranks);
      }
      r.iteration_seconds =
          4e-6 * CommunicationFactor(cost_model, rho, ranks, period, 4);
      r.iteration_seconds_low = 0.5 * r.iteration_seconds;
      r.iteration_seconds_high = 2.0 * r.iteration_seconds;
      records.push_back(r);
    }
  }
  return records;
}

TEST(ClusterPointsTest, TheModelPredictsItself) {
  for (const CostModel cost_model : {CostModel::kStar, CostModel::kRing}) {
    const std::vector<ClusterRecord> records = ModelRecords(cost_model, 30.0);
    EXPECT_NEAR(*FittedRho(records, "ideal", cost_model), 30.0, 1e-12);
    EXPECT_FALSE(FittedRho(records, "other", cost_model).has_value());
    const std::vector<ClusterPoint> points = ClusterPoints(records);
    ASSERT_EQ(points.size(), 8u);
    EXPECT_EQ(points[0].measured_speedup, 1.0);
    for (const ClusterPoint& p : points) {
      const double predicted =
          cost_model == CostModel::kStar ? p.predicted_star : p.predicted_ring;
      EXPECT_NEAR(p.measured_speedup, predicted, 1e-12 * predicted);
      EXPECT_NEAR(p.measured_speedup_low, 0.5 * predicted, 1e-12 * predicted);
      EXPECT_NEAR(p.measured_speedup_high, 2.0 * predicted, 1e-12 * predicted);
    }
    // K = 8, H = 16: 8001 iterations of 4 us against 1016 of 4 us times what 16
    // steps of 4 gradients and an exchange take over the steps alone.
    const double vectors = cost_model == CostModel::kStar ? 14.0 : 1.75;
    EXPECT_NEAR(points[7].measured_speedup,
                8001.0 / 1016.0 / (1.0 + 30.0 * vectors / 64.0), 1e-12);
  }
}

std::string TextOf(const std::vector<ClusterRecord>& records) {
  return TextOf(ClusterSpeedupStudy(), {records}, Format::kTable).value();
}

TEST(ClusterPointsTest, WhatWasNotReachedHasNoPoint) {
  std::vector<ClusterRecord> records = ModelRecords(CostModel::kStar, 30.0);
  EXPECT_THAT(TextOf(records), Not(HasSubstr("was not reached")));
  records[3].iterations.reset();
  EXPECT_EQ(ClusterPoints(records).size(), 7u);
  EXPECT_THAT(TextOf(records),
              HasSubstr("was not reached: ideal with K = 2, H = 16."));
  records[0].iterations.reset();  // the baseline
  EXPECT_TRUE(ClusterPoints(records).empty());
}

TEST(ClusterSpeedupReportTest, SaysWhatWasMeasured) {
  const std::string text = TextOf(ModelRecords(CostModel::kStar, 30.0));
  EXPECT_THAT(text, HasSubstr("ideal"));
  EXPECT_THAT(text, HasSubstr("More ranks than cores"));
  EXPECT_THAT(text, HasSubstr("A chip, 4 cores. Data w8a_surrogate, "
                              "sha256 0123456789abcdef;"));
}

TEST(ClusterSpeedupTest, TimesRanks) {
  const Problem problem = SmallProblem();
  ClusterSpeedupSettings settings;
  settings.periods = {1, 8};
  settings.step_size = ParseStepSize("constant:0.5").value();
  settings.epsilon = 0.01;
  settings.seconds = 0.01;
  BuildInfo build;
  build.cpu = "CPU";
  build.cores = 2;
  for (const int ranks : {1, 3}) {
    std::vector<std::vector<ClusterRecord>> of_rank(ranks);
    RunOnThreadRanks(ranks, [&](Exchange& exchange) {
      of_rank[exchange.rank()] =
          TimeRanks(problem, settings, 1, build, exchange).value();
    });
    for (const std::vector<ClusterRecord>& records : of_rank) {
      ASSERT_EQ(records.size(), 2u);
      for (size_t i = 0; i < 2; ++i) {
        const ClusterRecord& r = records[i];
        EXPECT_EQ(r.ranks, ranks);
        EXPECT_EQ(r.period, settings.periods[i]);
        // The run that one process makes.
        RunSettings run;
        run.workers = ranks;
        run.batch = settings.batch;
        run.step_size = settings.step_size;
        run.synchronisation = EveryPeriod(r.period);
        run.termination.epsilons = {settings.epsilon};
        EXPECT_EQ(r.iterations,
                  RunOnce(problem, run).value().reached[0].iterations);
        EXPECT_GT(r.gradient_seconds, 0.0);
        EXPECT_EQ(r.exchange_seconds.has_value(), ranks > 1);
        EXPECT_LE(r.iteration_seconds_low, r.iteration_seconds);
        EXPECT_LE(r.iteration_seconds, r.iteration_seconds_high);
        EXPECT_EQ(r.iteration_seconds, of_rank[0][i].iteration_seconds);
      }
    }
  }
}

TEST(ClusterSpeedupTest, RecordsAreAddedToThoseThatAreThere) {
  const std::string folder = NewFolder("added");
  const std::string path = folder + "/cluster_speedup.csv";
  const auto ranks = [](int64_t wanted, const std::string& network) {
    std::vector<ClusterRecord> records;
    for (ClusterRecord r : ModelRecords(CostModel::kRing, 5.0)) {
      if (r.ranks != wanted) continue;
      r.network = network;
      records.push_back(r);
    }
    return records;
  };
  const auto count = [&] {
    return ParseRecords(ClusterSchema(), ReadCsv(path).value()).value().size();
  };
  EXPECT_TRUE(AddToClusterRecords(ranks(2, "b"), folder).ok());
  EXPECT_TRUE(AddToClusterRecords(ranks(1, "b"), folder).ok());
  EXPECT_TRUE(AddToClusterRecords(ranks(2, "a"), folder).ok());
  EXPECT_TRUE(AddToClusterRecords(ranks(2, "b"), folder).ok());
  EXPECT_EQ(count(), 6u);
  const std::vector<ClusterRecord> read =
      ParseRecords(ClusterSchema(), ReadCsv(path).value()).value();
  EXPECT_EQ(read[0].network, "a");
  EXPECT_EQ(read[2].ranks, 1);
  EXPECT_EQ(read[5].iteration_seconds, ranks(2, "b")[1].iteration_seconds);
  EXPECT_FALSE(read[2].exchange_seconds.has_value());

  using Change = void (*)(ClusterRecord&);
  for (const Change change :
       {Change([](ClusterRecord& r) { r.seed = 9; }),
        Change([](ClusterRecord& r) { r.epsilon += 1e-12; }),
        Change([](ClusterRecord& r) { r.cpu = "other CPU"; }),
        Change([](ClusterRecord& r) { r.cores += 1; })}) {
    std::vector<ClusterRecord> other = ranks(4, "b");
    for (ClusterRecord& r : other) change(r);
    const absl::Status refused = AddToClusterRecords(other, folder);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr(path));
    EXPECT_EQ(count(), 6u);
  }

  std::ofstream(path, std::ios::app) << "nonsense\n";
  EXPECT_THAT(std::string(AddToClusterRecords(ranks(4, "b"), folder).message()),
              HasSubstr("cluster_speedup.csv:8"));
  EXPECT_FALSE(WriteReportOf(ClusterSpeedupStudy(), folder).ok());
}

TEST(ClusterSpeedupTest, ReportFiles) {
  const std::string folder = NewFolder("report");
  EXPECT_TRUE(absl::IsNotFound(WriteReportOf(ClusterSpeedupStudy(), folder)));
  ASSERT_TRUE(
      AddToClusterRecords(ModelRecords(CostModel::kStar, 5.0), folder).ok());
  ASSERT_TRUE(WriteReportOf(ClusterSpeedupStudy(), folder).ok());
  EXPECT_TRUE(std::filesystem::exists(folder + "/cluster_speedup.tex"));
}

}  // namespace
}  // namespace local_sgd
