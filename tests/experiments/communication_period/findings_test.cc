#include "experiments/communication_period/findings.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "experiments/communication_period/records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/finding_record.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

const FindingRecord* Find(const std::vector<FindingRecord>& findings,
                          const std::string& name, const std::string& setting) {
  for (const FindingRecord& finding : findings) {
    if (finding.name == name && finding.setting == setting) return &finding;
  }
  return nullptr;
}

// Errors of seed s with the planted admissible period c T^0.75 K^-0.5 b^0.25:
// the ratio to H = 1 is 1.1^(H / period), less at H = 1.
double Ratio(double H, double period) { return std::pow(1.1, H / period); }

std::vector<PeriodRecord> Planted(double jitter) {
  std::vector<PeriodRecord> records;
  for (const int64_t T : {1024, 4096, 16384}) {
    for (const int64_t K : {4, 16}) {
      for (const int64_t b : {1, 4}) {
        for (uint64_t seed = 1; seed <= 3; ++seed) {
          const double period = std::pow(static_cast<double>(T), 0.75) *
                                std::pow(static_cast<double>(K), -0.5) *
                                std::pow(static_cast<double>(b), 0.25);
          for (int64_t H = 1; H <= T; H *= 2) {
            PeriodRecord r;
            r.dataset = "small";
            r.regularization = 0.01;
            r.step_size = "tuned";
            r.workers = K;
            r.batch = b;
            r.iterations = T;
            r.period = H;
            r.seed = seed;
            r.chosen = "constant:1";
            const double level = 1.0 + jitter * static_cast<double>(seed) *
                                           static_cast<double>(H % 3);
            r.gap = level * Ratio(static_cast<double>(H), period);
            r.iterations_later = LaterIterations(T, 0.1);
            r.gap_later = *r.gap / 1.1;
            records.push_back(r);
          }
        }
      }
    }
  }
  return records;
}

TEST(PeriodFindings, RecoverPlantedExponents) {
  const auto findings = PeriodFindings(Planted(0.0), 0.1).value();
  for (const std::string criterion : {"error", "iterations"}) {
    const std::string arm = "tuned, lambda=0.01, " + criterion;
    for (const auto& [name, planted] :
         {std::pair("exponent_of_iterations", 0.75),
          std::pair("exponent_of_workers", -0.5),
          std::pair("exponent_of_batch", 0.25)}) {
      const FindingRecord* found = Find(findings, name, arm);
      ASSERT_NE(found, nullptr) << name;
      // As good as the interpolation between powers of 2.
      EXPECT_NEAR(found->value, planted, 0.03) << name;
      EXPECT_EQ(found->seeds, 3);
      EXPECT_NEAR(*found->low, found->value, 1e-9);
      const FindingRecord* residual =
          Find(findings, std::string("residual_") + name, arm);
      EXPECT_NEAR(residual->value, found->value, 1e-9);
      EXPECT_GT(*residual->high, *residual->low);
    }
    EXPECT_EQ(Find(findings, "cells_fitted", arm)->value, 12);
    EXPECT_EQ(Find(findings, "cells_censored", arm)->value, 0);
    const FindingRecord* period =
        Find(findings, "admissible_period", arm + ", K=4, b=1, T=4096");
    EXPECT_NEAR(period->value, 256, 5);
  }
  // The admissible period of this cell is 1024^0.75 / 2.
  const double period = std::pow(1024.0, 0.75) / 2;
  EXPECT_NEAR(
      Find(findings, "one_shot_loss", "tuned, lambda=0.01, K=4, b=1, T=1024")
          ->value,
      Ratio(1024, period) / Ratio(1, period) - 1.0, 1e-12);
  EXPECT_EQ(Find(findings, "loss", "")->value, 0.1);
}

TEST(PeriodFindings, HaveIntervalsWhereSeedsDiffer) {
  const auto findings = PeriodFindings(Planted(0.01), 0.1).value();
  const FindingRecord* found =
      Find(findings, "exponent_of_iterations", "tuned, lambda=0.01, error");
  ASSERT_NE(found, nullptr);
  EXPECT_LT(*found->low, found->value);
  EXPECT_GT(*found->high, found->value);
}

// The model's slopes on the same cells: those of the theory up to the loss of
// H = 1 itself, and none in K as printed.
TEST(PeriodFindings, PutTheModelBeside) {
  const auto findings = PeriodFindings(Planted(0.0), 0.1).value();
  const std::string arm = "tuned, lambda=0.01, error, model=";
  EXPECT_NEAR(
      Find(findings, "model_exponent_of_iterations", arm + "corollary")->value,
      0.5, 0.1);
  EXPECT_NEAR(
      Find(findings, "model_exponent_of_workers", arm + "corollary")->value,
      -0.5, 0.1);
  EXPECT_NEAR(
      Find(findings, "model_exponent_of_workers", arm + "printed")->value, 0.0,
      0.02);
  EXPECT_EQ(Find(findings, "model_exponent_of_workers", arm + "printed")->seeds,
            0);
}

TEST(PeriodFindings, LeaveCensoredCellsOutOfTheFit) {
  std::vector<PeriodRecord> records = Planted(0.0);
  // At T = 1024 nothing is lost any more, whatever H.
  for (PeriodRecord& r : records) {
    if (r.iterations == 1024) r.gap = r.gap_later = 0.5;
  }
  const auto findings = PeriodFindings(records, 0.1).value();
  const std::string arm = "tuned, lambda=0.01, error";
  EXPECT_EQ(Find(findings, "cells_fitted", arm)->value, 8);
  EXPECT_EQ(Find(findings, "cells_censored", arm)->value, 4);
  const std::string cell = arm + ", K=4, b=1, T=1024";
  EXPECT_EQ(Find(findings, "admissible_period", cell), nullptr);
  EXPECT_EQ(Find(findings, "admissible_period_above", cell)->value, 1024);
  EXPECT_NEAR(Find(findings, "exponent_of_iterations", arm)->value, 0.75, 0.03);
}

TEST(PeriodFindings, NeedEverySeedAndTheirLoss) {
  std::vector<PeriodRecord> records = Planted(0.0);
  EXPECT_THAT(std::string(PeriodFindings(records, 0.2).status().message()),
              HasSubstr("iterations_later is 1127"));
  records.pop_back();
  EXPECT_THAT(std::string(PeriodFindings(records, 0.1).status().message()),
              HasSubstr("K=16, b=4, T=16384, H=16384: 2 seeds, expected 3"));
}

TEST(LaterIterations, RoundsUpAndNotAnUlp) {
  EXPECT_EQ(LaterIterations(100, 0.1), 110);
  EXPECT_EQ(LaterIterations(256, 0.1), 282);
  EXPECT_EQ(LaterIterations(1000, 0.1), 1100);
}

// Where H = 1 is at the optimum, or below it by rounding, so are others, and
// the rest is infinitely worse.
TEST(PeriodFindings, AnErrorOfNothingIsNoReferenceToDivideBy) {
  for (const double nothing : {0.0, -1e-17}) {
    std::vector<PeriodRecord> records = Planted(0.0);
    for (PeriodRecord& r : records) {
      if (r.period > 64) continue;
      r.gap = nothing;
      r.gap_later = nothing;
    }
    const auto findings = PeriodFindings(records, 0.1);
    ASSERT_TRUE(findings.ok()) << findings.status();
    const FindingRecord* period = Find(*findings, "admissible_period",
                                       "tuned, lambda=0.01, error, K=4, b=1, "
                                       "T=4096");
    ASSERT_NE(period, nullptr) << nothing;
    EXPECT_EQ(period->value, 64);
    for (const FindingRecord& finding : *findings) {
      EXPECT_TRUE(IsDefined(finding)) << finding.name;
      EXPECT_NE(finding.name, "one_shot_loss");
    }
  }
}

ScheduleRecord Reached(const std::string& schedule, uint64_t seed,
                       std::optional<int64_t> T, int64_t rounds) {
  ScheduleRecord r = {"small",      0.01, 4,   2,  "constant", schedule,
                      "constant:1", seed, 0.5, {}, {},         {}};
  r.iterations = T;
  if (T) r.rounds = rounds;
  return r;
}

TEST(ScheduleFindings, AreMeansAndRatiosOfSeeds) {
  const std::vector<ScheduleRecord> records = {
      Reached("period:16", 1, 160, 10),    Reached("period:16", 2, 320, 20),
      Reached("phases:1,8,16", 1, 80, 13), Reached("phases:1,8,16", 2, 160, 18),
      Reached("final", 1, 100, 1),         Reached("final", 2, {}, 0)};
  const auto findings = ScheduleFindings(records).value();
  const std::string problem = ", K=4, b=2, lambda=0.01, epsilon=0.5";
  EXPECT_EQ(Find(findings, "schedule_iterations", "period:16" + problem)->value,
            240);
  EXPECT_EQ(Find(findings, "schedule_rounds", "period:16" + problem)->value,
            15);
  EXPECT_EQ(
      Find(findings, "schedule_time", "period:16" + problem + ", star, rho=25")
          ->value,
      240 * 2 + 25 * 6 * 15);
  EXPECT_EQ(
      Find(findings, "frequent_start_iterations", "phases:1,8,16" + problem)
          ->value,
      0.5);
  EXPECT_NEAR(
      Find(findings, "frequent_start_rounds", "phases:1,8,16" + problem)->value,
      31.0 / 30.0, 1e-15);
  // One seed missed it.
  EXPECT_EQ(Find(findings, "schedule_iterations", "final" + problem), nullptr);
}

TEST(ScheduleFindings, HaveNoErrorBetweenOnesWithoutLogarithms) {
  for (const double nothing : {0.0, -1e-17}) {
    std::vector<ScheduleRecord> records;
    for (const auto& [rounds, gap] :
         std::vector<std::pair<int64_t, double>>{{8, 0.8}, {2048, nothing}}) {
      ScheduleRecord r = Reached("period:1", 1, rounds, rounds);
      r.epsilon.reset();
      r.gap = gap;
      records.push_back(r);
    }
    const std::vector<FindingRecord> findings =
        ScheduleFindings(records).value();
    for (const FindingRecord& finding : findings) {
      EXPECT_NE(finding.name, "schedule_error") << finding.value;
    }
  }
}

TEST(ScheduleFindings, InterpolateTheErrorAtEqualRounds) {
  std::vector<ScheduleRecord> records;
  for (const auto& [T, rounds, gap] :
       std::vector<std::tuple<int64_t, int64_t, double>>{
           {8, 8, 0.8}, {32, 32, 0.2}, {64, 64, 0.1}}) {
    ScheduleRecord r = Reached("period:1", 1, T, rounds);
    r.epsilon.reset();
    r.gap = gap;
    records.push_back(r);
  }
  const auto findings = ScheduleFindings(records).value();
  const std::string setting = "period:1, K=4, b=2, lambda=0.01, rounds=";
  EXPECT_NEAR(Find(findings, "schedule_error", setting + "16")->value, 0.4,
              1e-14);
  EXPECT_EQ(Find(findings, "schedule_error", setting + "64")->value, 0.1);
  EXPECT_EQ(Find(findings, "schedule_error", setting + "256"), nullptr);
}

TEST(ScheduleFindings, HaveNoErrorOfARunThatDiverged) {
  std::vector<ScheduleRecord> records;
  for (const uint64_t seed : {1, 2}) {
    for (const int64_t T : {16, 32, 64}) {
      ScheduleRecord r = Reached("period:1", seed, T, T);
      r.epsilon.reset();
      if (T < 64 || seed == 1) r.gap = 0.8 / static_cast<double>(T);
      records.push_back(r);
    }
    ScheduleRecord later = records.back();
    later.iterations = later.rounds = 512;
    records.push_back(later);
  }
  const auto findings = ScheduleFindings(records).value();
  const std::string setting = "period:1, K=4, b=2, lambda=0.01, rounds=";
  EXPECT_NE(Find(findings, "schedule_error", setting + "16"), nullptr);
  EXPECT_EQ(Find(findings, "schedule_error", setting + "64"), nullptr);
  EXPECT_EQ(Find(findings, "schedule_error", setting + "256"), nullptr);
}

}  // namespace
}  // namespace local_sgd
