#include "analysis/claims.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/measured_speedup/records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Student's t at 0.975 with 1 and 2 degrees of freedom.
constexpr double kT1 = 12.706204736;
constexpr double kT2 = 4.302652730;

std::string ClaimText(const std::string& quantity,
                      const std::string& expected) {
  return absl::StrCat(
      R"({"id": "c", "claim": "A claim.", "source": "section 4",
          "command": "bazel run //x", "computed": "a number",
          "why": "a reason", "minutes": 1.5, "quantity": )",
      quantity, R"(, "expected": )", expected, "}");
}

class ClaimsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::string(getenv("TEST_TMPDIR")) + "/claims";
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(EnsureFolder(folder_).ok());
  }

  // T of seeds 1, 2, ...; 0: not reached.
  void Add(const std::string& step_size, double epsilon, int64_t batch,
           int64_t workers, int64_t period, std::vector<int64_t> iterations,
           uint64_t first_seed = 1) {
    SpeedupRecord speedup;
    speedup.dataset = dataset_;
    speedup.dataset_sha256 = "12ab";
    speedup.step_size = step_size;
    speedup.epsilon = epsilon;
    speedup.batch = batch;
    speedup.workers = workers;
    speedup.period = period;
    speedup.seeds = static_cast<int64_t>(iterations.size());
    speedup.rho = 25;
    double sum = 0;
    for (size_t i = 0; i < iterations.size(); ++i) {
      IterationsRecord record;
      record.step_size = step_size;
      record.epsilon = epsilon;
      record.batch = batch;
      record.workers = workers;
      record.period = period;
      record.seed = first_seed + i;
      if (iterations[i] > 0) {
        record.iterations = iterations[i];
        record.iterate = "last";
        ++speedup.seeds_reached;
        sum += static_cast<double>(iterations[i]);
      }
      iterations_.push_back(record);
    }
    if (speedup.seeds_reached == speedup.seeds) {
      speedup.iterations = sum / static_cast<double>(speedup.seeds);
    }
    speedups_.push_back(speedup);
  }
  // The same for b = 4 and tuned step sizes at eps = 0.5.
  void Add(int64_t workers, int64_t period, std::vector<int64_t> iterations) {
    Add("tuned", 0.5, 4, workers, period, std::move(iterations));
  }

  void AddModel(int64_t workers, int64_t period, double speedup,
                const std::string& epsilon = "0") {
    absl::StrAppend(&model_, "printed,ring,25,", epsilon, ",", workers, ",",
                    period, ",", speedup, "\n");
  }

  void Write(const std::string& name, const std::string& contents) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, contents).ok());
  }

  void WriteRecords() {
    if (!iterations_.empty()) {
      Write("measured_iterations.csv",
            *ToCsv(ToTable(IterationsSchema(), iterations_)));
      Write("measured_speedup.csv",
            *ToCsv(ToTable(SpeedupSchema(), speedups_)));
    }
    if (!model_.empty()) {
      Write("theoretical_speedup.csv",
            "model,cost_model,rho,epsilon,workers,period,speedup\n" + model_);
    }
  }

  // One claim against the records added so far.
  absl::StatusOr<ClaimResult> Evaluate(
      const std::string& quantity, const std::string& expected = "[1, null]") {
    WriteRecords();
    const auto claims =
        ParseClaims("[" + ClaimText(quantity, expected) + "]", "f.json");
    if (!claims.ok()) return claims.status();
    const auto results = EvaluateClaims(*claims, folder_);
    if (!results.ok()) return results.status();
    return results->at(0);
  }

  // A measured claim of these parameters at eps = 0.5, b = 4, tuned.
  absl::StatusOr<ClaimResult> EvaluateTuned(
      const std::string& name, const std::string& parameters,
      const std::string& expected = "[1, null]") {
    return Evaluate(absl::StrCat(R"({"name": ")", name,
                                 R"(", "step_size": "tuned", "epsilon": 0.5,
                                     "batch": 4, )",
                                 parameters, "}"),
                    expected);
  }

  std::string folder_;
  std::string dataset_ = "w8a";
  std::vector<IterationsRecord> iterations_;
  std::vector<SpeedupRecord> speedups_;
  std::string model_;
};

void ExpectNumber(const absl::StatusOr<ClaimResult>& result, double value,
                  double half_width) {
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(result->value.has_value()) << result->reason;
  ASSERT_TRUE(result->low.has_value()) << result->reason;
  EXPECT_NEAR(*result->value, value, 1e-9 * std::abs(value));
  EXPECT_NEAR(*result->low, value - half_width, 1e-8 * std::abs(value));
  EXPECT_NEAR(*result->high, value + half_width, 1e-8 * std::abs(value));
}

constexpr char kPeriodCost[] =
    R"("take": "largest", "workers": 2, "period": 4)";

// ---- Seeds, intervals and verdicts ----

TEST_F(ClaimsTest, RatiosArePairedBySeed) {
  // 2 times as many on every seed: no error, in whatever order seeds stand.
  Add(2, 1, {100, 200, 300});
  Add("tuned", 0.5, 4, 2, 4, {600}, 3);
  speedups_.pop_back();
  Add("tuned", 0.5, 4, 2, 4, {400}, 2);
  speedups_.pop_back();
  Add("tuned", 0.5, 4, 2, 4, {200}, 1);
  speedups_.pop_back();
  const auto result = EvaluateTuned("period_cost", kPeriodCost);
  ExpectNumber(result, 2, 0);
  EXPECT_EQ(result->seeds, 3);
  EXPECT_EQ(result->at, "eps = 0.5, b = 4, K = 2, H = 4");
  EXPECT_EQ(result->dataset, "w8a");
}

TEST_F(ClaimsTest, IntervalsAreStudents) {
  // y = 100 on every seed, so the error is that of the mean of x over 100:
  // s = 20, 20 / sqrt(3).
  Add(2, 1, {100, 100, 100});
  Add(2, 4, {180, 200, 220});
  ExpectNumber(EvaluateTuned("period_cost", kPeriodCost), 2,
               kT2 * 0.2 / std::sqrt(3));
}

TEST_F(ClaimsTest, OnlyCommonSeedsAreUsed) {
  Add("tuned", 0.5, 4, 2, 1, {1, 100, 200}, 4);   // seeds 4, 5, 6
  Add("tuned", 0.5, 4, 2, 4, {300, 600, 99}, 5);  // 5, 6, 7
  const auto result = EvaluateTuned("period_cost", kPeriodCost);
  ExpectNumber(result, 3, 0);
  EXPECT_EQ(result->seeds, 2);
}

TEST_F(ClaimsTest, NoCommonSeed) {
  Add("tuned", 0.5, 4, 2, 1, {100}, 1);
  Add("tuned", 0.5, 4, 2, 4, {100}, 2);
  const auto result = EvaluateTuned("period_cost", kPeriodCost);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->value, std::nullopt);
  EXPECT_THAT(result->reason, HasSubstr("no seed is common"));
}

TEST_F(ClaimsTest, VerdictsOfAnInterval) {
  Add(2, 1, {100, 100, 100});
  Add(2, 4, {180, 200, 220});  // 2 +- 0.4968
  const std::vector<std::pair<std::string, Verdict>> cases = {
      {"[1.5, 2.5]", Verdict::kHolds},
      {"[1.5, null]", Verdict::kHolds},
      {"[null, 2.5]", Verdict::kHolds},
      {"[1.51, null]", Verdict::kNotDecided},
      {"[null, 2.49]", Verdict::kNotDecided},
      {"[1.9, 2.1]", Verdict::kNotDecided},
      {"[2.4, null]", Verdict::kNotDecided},
      {"[2.5, null]", Verdict::kDoesNotHold},
      {"[null, 1.5]", Verdict::kDoesNotHold},
      {"[0, 1]", Verdict::kDoesNotHold}};
  for (const auto& [expected, verdict] : cases) {
    const auto result = EvaluateTuned("period_cost", kPeriodCost, expected);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->verdict, verdict) << expected;
    EXPECT_EQ(result->reason.empty(), verdict != Verdict::kNotDecided);
  }
}

TEST_F(ClaimsTest, OneSeedDecidesNothing) {
  Add(2, 1, {100});
  Add(2, 4, {200});
  const auto result = EvaluateTuned("period_cost", kPeriodCost);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->value, 2);
  EXPECT_EQ(result->low, std::nullopt);
  EXPECT_EQ(result->high, std::nullopt);
  EXPECT_EQ(result->seeds, 1);
  EXPECT_EQ(result->reason, "one seed, no interval; run with --seeds=3");
}

TEST_F(ClaimsTest, MissingRecords) {
  auto result = EvaluateTuned("period_cost", kPeriodCost);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->value, std::nullopt);
  EXPECT_EQ(result->reason,
            "the results folder has no measured_iterations.csv");
  Add(2, 4, {100, 100});
  result = EvaluateTuned("period_cost", kPeriodCost);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->reason,
            "no record of tuned, eps = 0.5, b = 4, K = 2, H = 1");
}

TEST_F(ClaimsTest, ASeedThatMissedEpsilon) {
  Add(2, 1, {100, 100});
  Add(2, 4, {200, 0});
  const auto result = EvaluateTuned("period_cost", kPeriodCost);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->reason,
            "tuned, eps = 0.5, b = 4, K = 2, H = 4: seed 2 did not reach eps");
}

TEST_F(ClaimsTest, AnExtremeTakesTheExtremesOfTheEnds) {
  Add(2, 1, {100, 100, 100});
  Add(2, 4, {180, 200, 220});  // 2 +- 0.4968
  Add(8, 1, {100, 100, 100});
  Add(8, 4, {210, 210, 210});  // 2.1 exactly
  const std::string both = R"("workers": [2, 8], "period": 4, "take": )";
  auto result = EvaluateTuned("period_cost", both + R"("smallest")");
  ASSERT_TRUE(result.ok()) << result.status();
  const double half_width = kT2 * 0.2 / std::sqrt(3);
  EXPECT_DOUBLE_EQ(*result->value, 2);
  EXPECT_NEAR(*result->low, 2 - half_width, 1e-8);
  EXPECT_DOUBLE_EQ(*result->high, 2.1);
  EXPECT_EQ(result->at, "eps = 0.5, b = 4, K = 2, H = 4");
  result = EvaluateTuned("period_cost", both + R"("largest")");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_DOUBLE_EQ(*result->value, 2.1);
  EXPECT_DOUBLE_EQ(*result->low, 2.1);
  EXPECT_NEAR(*result->high, 2 + half_width, 1e-8);
  EXPECT_EQ(result->at, "eps = 0.5, b = 4, K = 8, H = 4");
}

TEST_F(ClaimsTest, FilesOfDifferentRuns) {
  Add(2, 1, {100, 100});
  Add(2, 4, {200, 200});
  speedups_[1].iterations = 201;
  EXPECT_THAT(EvaluateTuned("period_cost", kPeriodCost).status().message(),
              AllOf(HasSubstr("measured_speedup.csv:3: "),
                    HasSubstr("different runs")));
  speedups_[1].iterations = 200;
  speedups_[1].seeds = speedups_[1].seeds_reached = 3;
  EXPECT_FALSE(EvaluateTuned("period_cost", kPeriodCost).ok());
  speedups_[1].seeds = speedups_[1].seeds_reached = 2;
  EXPECT_TRUE(EvaluateTuned("period_cost", kPeriodCost).ok());
  speedups_[1].dataset = "w8a_surrogate";
  EXPECT_THAT(EvaluateTuned("period_cost", kPeriodCost).status().message(),
              HasSubstr("'w8a_surrogate', expected the data of the first"));
}

// ---- Findings ----

constexpr char kFinding[] =
    R"({"name": "finding", "experiment": "e", "finding": "slope",
        "setting": "H=4"})";

TEST_F(ClaimsTest, AFindingIsItsRecord) {
  Write("e_findings.csv",
        *ToCsv(ToTable(FindingSchema(),
                       {{"e", "slope", "H=1", 7, 6, 8, 10, "w8a"},
                        {"e", "slope", "H=4", 2, 1.5, 3, 10, "w8a_surrogate"},
                        {"e", "other", "H=4", 7, 6, 8, 10, "w8a"}})));
  Write("d_findings.csv",
        *ToCsv(ToTable(FindingSchema(),
                       {{"d", "slope", "H=4", 9, 8, 10, 10, "w8a"}})));
  auto result = Evaluate(kFinding, "[1.5, 3]");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->value, 2);
  EXPECT_EQ(result->low, 1.5);
  EXPECT_EQ(result->high, 3);
  EXPECT_EQ(result->seeds, 10);
  EXPECT_EQ(result->at, "H=4");
  EXPECT_EQ(result->dataset, "w8a_surrogate");
  EXPECT_EQ(result->verdict, Verdict::kHolds);
  EXPECT_EQ(Evaluate(kFinding, "[2, 3]")->verdict, Verdict::kNotDecided);
  EXPECT_EQ(Evaluate(kFinding, "[null, 1]")->verdict, Verdict::kDoesNotHold);
}

TEST_F(ClaimsTest, FindingsWithoutAnInterval) {
  const auto evaluate = [&](int64_t seeds) {
    Write(
        "e_findings.csv",
        *ToCsv(ToTable(FindingSchema(), {{"e", "slope", "H=4", 2, std::nullopt,
                                          std::nullopt, seeds, "w8a"}})));
    return Evaluate(kFinding, "[1, 3]");
  };
  auto result = evaluate(0);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kHolds);
  EXPECT_EQ(result->low, 2);
  result = evaluate(1);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_THAT(result->reason, StartsWith("one seed, no interval"));
  result = evaluate(3);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->reason, "e_findings.csv has no interval of slope, H=4");
}

TEST_F(ClaimsTest, MissingAndDamagedFindings) {
  auto result = Evaluate(kFinding);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->value, std::nullopt);
  EXPECT_EQ(result->reason, "the results folder has no e_findings.csv");
  const FindingRecord record = {"e", "slope", "H=1", 7, 6, 8, 10, "w8a"};
  Write("e_findings.csv", *ToCsv(ToTable(FindingSchema(), {record})));
  result = Evaluate(kFinding);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->reason, "e_findings.csv has no slope, H=4");
  Write("d_findings.csv", *ToCsv(ToTable(FindingSchema(), {record})));
  EXPECT_THAT(Evaluate(kFinding).status().message(),
              HasSubstr("d_findings.csv:2: column 'experiment' is 'e', "
                        "expected d"));
  Write("d_findings.csv", "experiment\nd\n");
  EXPECT_THAT(Evaluate(kFinding).status().message(),
              HasSubstr("d_findings.csv:1: columns experiment"));
}

TEST_F(ClaimsTest, DamagedRecordsAreAnError) {
  Write("theoretical_speedup.csv", "model\nprinted\n");
  EXPECT_THAT(EvaluateTuned("period_cost", kPeriodCost).status().message(),
              HasSubstr("theoretical_speedup.csv"));
  model_ = "printed,ring,25,0,1,1,0\n";
  EXPECT_THAT(EvaluateTuned("period_cost", kPeriodCost).status().message(),
              HasSubstr("theoretical_speedup.csv:2: column 'speedup' is '0'"));
  model_ = "printed,ring,25,0,1,1,1\nprinted,ring,25,0,1,1,2\n";
  EXPECT_THAT(EvaluateTuned("period_cost", kPeriodCost).status().message(),
              HasSubstr("theoretical_speedup.csv:3: these settings stand"));
}

// ---- Measured quantities by hand ----

TEST_F(ClaimsTest, SpeedupPerWorker) {
  // With one worker any period's record stands for all.
  Add(1, 2, {1000, 1200, 1400});
  Add(4, 8, {500, 600, 700});
  // free: 2 / 4; ring: (4 + 50 * (3 / 4) / 8) / 4 = 2.171875.
  const std::string parameters =
      R"("take": "smallest", "workers": 4, "period": 8, "rho": 25,
         "cost_model": )";
  ExpectNumber(EvaluateTuned("speedup_per_worker", parameters + R"("free")"),
               0.5, 0);
  ExpectNumber(EvaluateTuned("speedup_per_worker", parameters + R"("ring")"),
               0.5 / 2.171875, 0);
}

TEST_F(ClaimsTest, PeriodGains) {
  Add(4, 1, {1000, 1000});
  Add(4, 2, {1250, 1250});
  Add(4, 8, {4000, 4000});
  Add(8, 1, {1000, 1000});
  Add(8, 2, {2000, 2000});
  Add(8, 8, {1000, 1000});
  // star with rho = 2, b = 4. K = 4: factors (4 + 12 / H) / 4 = 4, 2.5, 1.375.
  // Gains at H = 2 and 8: 0.8 * 1.6 = 1.28, 0.25 * 4 / 1.375 = 0.7272...
  // K = 8: (4 + 28 / H) / 4 = 8, 4.5, 1.875. Gains: 0.888..., 4.2666...
  const std::string parameters =
      R"("rho": 2, "cost_model": "star", "workers": [4, 8], "period": [2, 8],
         "take": )";
  auto result = EvaluateTuned("period_gain", parameters + R"("smallest")");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_DOUBLE_EQ(*result->value, 1 / 1.375);
  EXPECT_EQ(result->at, "eps = 0.5, b = 4, K = 4, H = 8");
  result = EvaluateTuned("best_period_gain", parameters + R"("smallest")");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_DOUBLE_EQ(*result->value, 1.28);
  EXPECT_EQ(result->at, "eps = 0.5, b = 4, K = 4, H = 2");
  result = EvaluateTuned("best_period_gain", parameters + R"("largest")");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_DOUBLE_EQ(*result->value, 8 / 1.875);
}

TEST_F(ClaimsTest, StepSizeCost) {
  Add("tuned", 0.5, 4, 2, 4, {100, 200});
  Add("theory", 0.5, 4, 2, 4, {700, 1400});
  ExpectNumber(Evaluate(R"({"name": "step_size_cost", "step_size": "theory",
                   "reference_step_size": "tuned", "epsilon": 0.5, "batch": 4,
                   "workers": 2, "period": 4, "take": "smallest"})"),
               7, 0);
}

TEST_F(ClaimsTest, PeriodCostRatio) {
  Add("tuned", 0.5, 4, 8, 4, {600, 600});
  Add("tuned", 0.5, 4, 8, 1, {100, 100});
  Add("tuned", 0.25, 4, 2, 4, {300, 500});
  Add("tuned", 0.25, 4, 2, 1, {200, 200});
  // 6 over 2. Leaving out a seed: 6 over 2.5 and 6 over 1.5, 2.4 and 4, whose
  // jackknife variance is 1/2 (0.8^2 + 0.8^2).
  ExpectNumber(EvaluateTuned("period_cost_ratio",
                             R"("take": "largest", "workers": 8, "period": 4,
                       "reference_workers": 2, "reference_epsilon": 0.25)"),
               3, kT1 * 0.8);
}

TEST_F(ClaimsTest, TheJackknifeOfAMeanIsItsStandardError) {
  Add("tuned", 0.5, 4, 8, 4, {500, 600, 700});
  Add("tuned", 0.5, 4, 8, 1, {100, 100, 100});
  Add("tuned", 0.25, 4, 2, 4, {200, 200, 200});
  Add("tuned", 0.25, 4, 2, 1, {100, 100, 100});
  // The mean of 2.5, 3 and 3.5: s = 0.5.
  ExpectNumber(EvaluateTuned("period_cost_ratio",
                             R"("take": "largest", "workers": 8, "period": 4,
                       "reference_workers": 2, "reference_epsilon": 0.25)"),
               3, kT2 * 0.5 / std::sqrt(3));
}

TEST_F(ClaimsTest, SpeedupRatio) {
  Add("tuned", 0.5, 4, 1, 1, {600, 600});
  Add("tuned", 0.5, 4, 8, 4, {100, 100});
  Add("tuned", 0.25, 4, 1, 1, {200, 400});
  Add("tuned", 0.25, 4, 8, 4, {100, 200});
  // 6 over 2.
  ExpectNumber(EvaluateTuned("speedup_ratio",
                             R"("take": "largest", "workers": 8, "period": 4,
                                "reference_epsilon": 0.25)"),
               3, 0);
}

constexpr char kSlope[] =
    R"("take": "largest", "workers": [2, 8, 32], "period": [1, 4, 16],
       "allowance": 2)";

TEST_F(ClaimsTest, AdmissiblePeriodSlope) {
  // log T is linear in log H between the periods: T doubles at H = 16; at 8,
  // halfway between 4 and 16 in log H; and at 4. That is a least squares slope
  // of log 4 to the -1 over log 16: -1/2.
  for (const int64_t scale : {1, 3}) {
    iterations_.clear();
    speedups_.clear();
    const auto add = [&](int64_t workers, int64_t period, int64_t t) {
      Add(workers, period, {t, t * scale});
    };
    add(2, 1, 100), add(2, 4, 120), add(2, 16, 200);
    add(8, 1, 100), add(8, 4, 100), add(8, 16, 400);
    add(32, 1, 100), add(32, 4, 200), add(32, 16, 150);
    ExpectNumber(EvaluateTuned("admissible_period_slope", kSlope), -0.5, 0);
  }
}

TEST_F(ClaimsTest, AdmissiblePeriodOutOfReach) {
  const auto add = [&](int64_t workers, int64_t period, int64_t t) {
    Add(workers, period, {t, t});
  };
  add(2, 1, 100), add(2, 4, 120), add(2, 16, 199);
  add(8, 1, 100), add(8, 4, 100), add(8, 16, 400);
  add(32, 1, 100), add(32, 4, 200), add(32, 16, 150);
  const auto result = EvaluateTuned("admissible_period_slope", kSlope);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->value, std::nullopt);
  EXPECT_THAT(result->reason,
              StartsWith("at K = 2 no period up to 16 costs 2 times"));
}

// ---- Quantities of the model by hand ----

std::string ModelQuantity(const std::string& name,
                          const std::string& parameters) {
  return absl::StrCat(R"({"name": ")", name,
                      R"(", "model": "printed", "cost_model": "ring",
                          "rho": 25, "epsilon": 0, )",
                      parameters, "}");
}

TEST_F(ClaimsTest, QuantitiesOfTheModel) {
  AddModel(2, 1, 1), AddModel(2, 2, 1.5), AddModel(2, 4, 1.25);
  AddModel(8, 1, 4), AddModel(8, 2, 3), AddModel(8, 4, 4);
  AddModel(2, 1, 9, "0.5");
  const std::string all = R"("workers": [2, 8], "period": [1, 2, 4])";

  auto result =
      Evaluate(ModelQuantity("model_speedup", R"("take": "largest", )" + all));
  ExpectNumber(result, 4, 0);
  EXPECT_EQ(result->at, "eps = 0, K = 8, H = 1");  // the first of equal ones
  EXPECT_EQ(result->seeds, 0);
  EXPECT_EQ(result->dataset, "");
  EXPECT_EQ(result->verdict, Verdict::kHolds);

  result = Evaluate(
      ModelQuantity("model_period_gain",
                    R"("take": "smallest", "workers": [2, 8], "period": 4,
                       "rivals": [1, 2])"));
  ExpectNumber(result, 1.25 / 1.5, 0);
  EXPECT_EQ(result->at, "eps = 0, K = 2, H = 4, best rival H = 2");
  EXPECT_EQ(result->verdict, Verdict::kDoesNotHold);

  result = Evaluate(
      ModelQuantity("model_best_periods", R"("take": "smallest", )" + all));
  ExpectNumber(result, 2, 0);
  EXPECT_EQ(result->at, "eps = 0, best H: 1 2");

  // From 2 to 8 workers: 4 = 4^1, 2 = 4^0.5, 3.2.
  result = Evaluate(
      ModelQuantity("model_scaling_exponent", R"("take": "smallest", )" + all));
  ExpectNumber(result, 0.5, 0);
  EXPECT_EQ(result->at, "eps = 0, H = 2");

  result = Evaluate(ModelQuantity(
      "model_speedup", R"("take": "largest", "workers": 4, "period": 1)"));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::kNotDecided);
  EXPECT_EQ(result->reason,
            "no record of model printed, ring, rho = 25, eps = 0, K = 4, "
            "H = 1");
}

// ---- The claims file ----

TEST(ParseClaimsTest, ReadsEveryField) {
  const auto claims =
      ParseClaims("[" +
                      ClaimText(R"({"name": "model_speedup", "take": "smallest",
                        "model": "corollary", "cost_model": "star", "rho": 10,
                        "epsilon": [0, 0.5], "workers": [1, 2], "period": 3})",
                                "[null, 2]") +
                      "]",
                  "f.json");
  ASSERT_TRUE(claims.ok()) << claims.status();
  ASSERT_EQ(claims->size(), 1);
  const Claim& claim = (*claims)[0];
  EXPECT_EQ(claim.id, "c");
  EXPECT_EQ(claim.claim, "A claim.");
  EXPECT_EQ(claim.source, "section 4");
  EXPECT_EQ(claim.command, "bazel run //x");
  EXPECT_EQ(claim.computed, "a number");
  EXPECT_EQ(claim.why, "a reason");
  EXPECT_EQ(claim.minutes, 1.5);
  EXPECT_EQ(claim.expected_low, std::nullopt);
  EXPECT_EQ(claim.expected_high, 2);
  EXPECT_EQ(claim.quantity.model, IterationModel::kCorollary);
  EXPECT_EQ(claim.quantity.cost_model, CostModel::kStar);
  EXPECT_EQ(claim.quantity.rho, 10);
  EXPECT_EQ(claim.quantity.epsilon, (std::vector<double>{0, 0.5}));
  EXPECT_EQ(claim.quantity.workers, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(claim.quantity.period, (std::vector<int64_t>{3}));
}

// What can be wrong in a file is tested by claims_schema_test.
TEST(ParseClaimsTest, ErrorsNameFileAndClaim) {
  const auto error = [](const std::string& text) {
    return std::string(ParseClaims(text, "f.json").status().message());
  };
  EXPECT_THAT(error("[{]"), StartsWith("f.json: "));
  EXPECT_THAT(error("[1]"), StartsWith("f.json: claim 1, '': "));
  const std::string good = ClaimText(R"({"name": "period_cost"})", "[0, 1]");
  ASSERT_TRUE(ParseClaims("[" + good + "]", "f.json").ok());
  for (const std::string& bad :
       {ClaimText("{}", "[0, 1]"),
        ClaimText(R"({"name": "period_cots"})", "[0, 1]"),
        ClaimText(R"({"name": "period_cost", "workers": ["2"]})", "[0, 1]"),
        ClaimText(R"({"name": "period_cost"})", "[]")}) {
    EXPECT_THAT(error(absl::StrCat("[", good, ",", bad, "]")),
                StartsWith("f.json: claim 2, 'c': "));
  }
}

TEST(ClaimsFileTest, HasAClaimOfEachQuantity) {
  const auto claims = ParseClaims(ClaimsFile(), kClaimsFileName);
  ASSERT_TRUE(claims.ok()) << claims.status();
  std::set<std::string> used;
  for (const Claim& claim : *claims) used.insert(claim.quantity.name);
  EXPECT_EQ(std::vector<std::string>(used.begin(), used.end()),
            QuantityNames());
}

// ---- What users see ----

TEST_F(ClaimsTest, TextAndTable) {
  dataset_ = "w8a_surrogate";
  Add(2, 1, {100, 100, 100});
  Add(2, 4, {180, 200, 220});
  AddModel(2, 1, 0.5);
  const auto holds = EvaluateTuned("period_cost", kPeriodCost);
  const auto undecided =
      EvaluateTuned("period_cost", kPeriodCost, "[1.9, 2.1]");
  const auto fails = Evaluate(ModelQuantity(
      "model_speedup", R"("take": "largest", "workers": 2, "period": 1)"));
  const auto missing = Evaluate(ModelQuantity(
      "model_speedup", R"("take": "largest", "workers": 2, "period": 2)"));
  ASSERT_TRUE(holds.ok() && undecided.ok() && fails.ok() && missing.ok());
  const std::vector<ClaimResult> results = {*holds, *undecided, *fails,
                                            *missing};
  const std::string text = ClaimsText(results);
  EXPECT_THAT(text, StartsWith("!!! SURROGATE DATA, not w8a !!!"));
  EXPECT_THAT(text, HasSubstr("HOLDS  c\n"
                              "  claim:    A claim.\n"
                              "  computed: a number\n"
                              "  number:   2 [1.5, 2.5] (3 seeds) at eps = "
                              "0.5, b = 4, K = 2, H = 4\n"
                              "  expected: at least 1\n"
                              "  source:   section 4\n"));
  EXPECT_THAT(text, HasSubstr("NOT DECIDED  c\n"));
  EXPECT_THAT(text, HasSubstr("  expected: from 1.9 to 2.1\n"
                              "  because:  the interval reaches across"));
  EXPECT_THAT(text, HasSubstr("DOES NOT HOLD  c\n"));
  EXPECT_THAT(text, HasSubstr("  number:   0.5 exactly at eps = 0, K = 2"));
  EXPECT_THAT(text, HasSubstr("  number:   no number\n"));
  EXPECT_THAT(text, EndsWith("\n4 claims: 1 HOLDS, 1 DOES NOT HOLD, "
                             "2 NOT DECIDED\n"));

  const Table table = ClaimsTable(results);
  EXPECT_TRUE(Validate(table).ok());
  EXPECT_EQ(table.notes_above.size(), 1);
  const auto csv = ToCsv(table);
  ASSERT_TRUE(csv.ok());
  EXPECT_THAT(*csv, HasSubstr("c,DOES NOT HOLD,0.5,0.5,0.5,0,"));
  EXPECT_THAT(*csv, HasSubstr("c,NOT DECIDED,,,,0,"));
  EXPECT_THAT(ClaimsText({*fails}), Not(HasSubstr("SURROGATE")));
}

}  // namespace
}  // namespace local_sgd
