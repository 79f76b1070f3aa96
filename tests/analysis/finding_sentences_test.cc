#include "analysis/finding_sentences.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/all_studies.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/study.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/finding_record.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// T(K, H) = 1000 (1 + (H - 1) cost) / K for K = 1, 4 and H = 1, 16.
std::vector<SpeedupRecord> Records(const std::string& step_size, double epsilon,
                                   double cost) {
  std::vector<SpeedupRecord> records;
  for (int64_t workers : {1, 4}) {
    for (int64_t period : {1, 16}) {
      SpeedupRecord r;
      r.dataset = "w8a";
      r.dataset_sha256 = "12ab";
      r.step_size = step_size;
      r.epsilon = epsilon;
      r.batch = 4;
      r.workers = workers;
      r.period = period;
      r.seeds = r.seeds_reached = 3;
      r.rho = 25;
      const double k = static_cast<double>(workers);
      const double more =
          workers == 1 ? 1 : 1 + static_cast<double>(period - 1) * cost;
      r.iterations = 1000 * more / k;
      r.iterations_stderr = 1;
      r.speedup_free = k / more;
      r.speedup_free_stderr = 0.125;
      for (CostModel model : {CostModel::kStar, CostModel::kRing}) {
        (model == CostModel::kStar ? r.speedup_star : r.speedup_ring) =
            *r.speedup_free /
            CommunicationFactor(model, 25, workers, period, 4);
      }
      records.push_back(r);
    }
  }
  return records;
}

FindingRecord Finding(const std::string& experiment, const std::string& name,
                      const std::string& setting, double value,
                      std::optional<double> low = {},
                      std::optional<double> high = {}) {
  return {experiment, name, setting, value, low, high, 3, "w8a"};
}

Sentences Told(const std::vector<SpeedupRecord>& speedups,
               const std::vector<FindingRecord>& findings) {
  return SentencesOf(AllStudies(), {speedups, findings});
}

TEST(FindingSentencesTest, NothingToTell) {
  EXPECT_THAT(Told({}, {}), IsEmpty());
  std::vector<SpeedupRecord> records = Records("tuned", 0.005, 0.2);
  for (SpeedupRecord& r : records) {
    r.iterations.reset();
    r.iterations_stderr.reset();
    r.speedup_free.reset();
    r.speedup_free_stderr.reset();
    r.speedup_star.reset();
    r.speedup_ring.reset();
  }
  EXPECT_THAT(Told(records, {}), IsEmpty());
}

TEST(FindingSentencesTest, SpeedupsHaveTheNumbersOfTheRecords) {
  std::vector<SpeedupRecord> records = Records("tuned", 0.0001, 0.01);
  const auto coarse = Records("tuned", 0.005, 0.2);
  records.insert(records.end(), coarse.begin(), coarse.end());
  // Under ring K = 4 costs 2 * 3/4 vectors: with H = 16, b = 4 a factor of
  // 1 + 25 * 1.5 / 64 = 1.586 on 4 / 1.15, with H = 1 one of 10.375 on 4.
  EXPECT_THAT(
      Told(records, {}),
      ElementsAre(
          AllOf(HasSubstr("4 workers that synchronise every step"),
                HasSubstr("eps = 0.0001, b = 4"),
                HasSubstr("4 ± 0.12 times fewer"),
                HasSubstr("At eps = 0.005 it is 4 ± 0.12 with 4 workers")),
          AllOf(HasSubstr("every 16 steps instead of every step take 15 % "
                          "more iterations"),
                HasSubstr("at eps = 0.005 they take 300 % more")),
          AllOf(HasSubstr("the best speedup is 2.19 ± "),
                HasSubstr("with K = 4 and H = 16"),
                HasSubstr("with H = 1 the same K has 0.386 ± "))));
}

TEST(FindingSentencesTest, FewerIterationsAreNotANegativeNumberOfMore) {
  EXPECT_THAT(Told(Records("tuned", 0.005, -0.01), {})[1],
              HasSubstr("take 15 % fewer iterations (eps"));
}

TEST(FindingSentencesTest, EveryArmIsAmongTheFirst) {
  std::vector<SpeedupRecord> records = Records("tuned", 0.005, 0.01);
  const auto theory = Records("theory", 0.005, 0.01);
  records.insert(records.end(), theory.begin(), theory.end());
  EXPECT_THAT(Told(records, {}),
              ElementsAre(StartsWith("With tuned step sizes, "),
                          StartsWith("With the step sizes of Theorem 2.2, "),
                          HasSubstr("take 15 % more"), _));
}

TEST(FindingSentencesTest, LinearSpeedupIsOfTheWorkersThatAreNamed) {
  std::vector<SpeedupRecord> records = Records("theory", 0.005, 0.01);
  EXPECT_THAT(Told(records, {})[0],
              AllOf(HasSubstr(" 4 workers "), Not(HasSubstr("linear"))));
  for (size_t i : {2, 3}) {  // more workers gain nothing
    SpeedupRecord r = records[i];
    r.workers = 16;
    r.speedup_free = 3;
    records.push_back(r);
  }
  EXPECT_THAT(Told(records, {})[0],
              AllOf(HasSubstr(" 4 workers "), Not(HasSubstr("linear"))));
  records[2].speedup_free = records[3].speedup_free = 1.5;
  EXPECT_THAT(Told(records, {})[0],
              AllOf(HasSubstr(" 16 workers "),
                    HasSubstr("That is less than half of linear speedup.")));
}

TEST(FindingSentencesTest, ExperimentsHaveTheNumbersOfTheirFindings) {
  const std::string schedule = ", K=16, b=4, lambda=2e-05, epsilon=";
  const std::vector<FindingRecord> findings = {
      Finding("convergence_bound", "smallest_bound_over_error",
              "lambda=1/n, constants=a priori", 2112),
      Finding("convergence_bound", "smallest_bound_over_error",
              "lambda=1/n, constants=path", 162.7, 131.2, 179.6),
      Finding("convergence_bound", "smallest_bound_over_error",
              "lambda=0.01, constants=path", 237),
      Finding("variance_reduction", "variance_slope",
              "lambda=0.01, theory, H=16, last, equal T", -0.98, -1.02, -0.94),
      Finding("variance_reduction", "variance_slope",
              "lambda=0.01, theory, H=2, last, equal T", -5),
      Finding("variance_reduction", "variance_slope",
              "lambda=0.01, theory, H=64, last, equal gradients", -5),
      Finding("communication_period", "exponent_of_iterations",
              "theory, lambda=0.01, iterations", 7),
      Finding("communication_period", "exponent_of_workers",
              "theory, lambda=0.01, iterations", 7),
      Finding("communication_period", "exponent_of_iterations",
              "theory, lambda=0.01, error", 0.69, 0.66, 0.73),
      Finding("communication_period", "exponent_of_workers",
              "theory, lambda=0.01, error", -0.27, -0.31, -0.22),
      Finding("communication_period", "schedule_time",
              "period:1" + schedule + "0.005, ring, rho=25", 1000),
      Finding("communication_period", "schedule_time",
              "growing:4" + schedule + "0.005, ring, rho=25", 250, 200, 300),
      Finding("communication_period", "schedule_time",
              "growing:4" + schedule + "0.02, ring, rho=25", 2),
      Finding("communication_period", "schedule_time",
              "growing:4" + schedule + "0.005, ring, rho=100", 3),
      Finding("asynchronous", "time_ratio", "K=16, H=16, s=4, eps=0.005", 3),
      Finding("asynchronous", "time_ratio", "K=16, H=16, s=16, eps=0.1", 8),
      Finding("asynchronous", "time_ratio", "K=16, H=16, s=16, eps=0.005", 9.7,
              6.5, 12.9)};
  EXPECT_THAT(
      Told({}, findings),
      ElementsAre(
          HasSubstr("at least 163 [131, 180] times the error at lambda = 1/n "
                    "and 237 times the error at lambda = 0.01."),
          HasSubstr("p = -0.98 [-1.02, -0.94] (lambda = 0.01, H = 16)"),
          HasSubstr("p = 0.69 [0.66, 0.73], q = -0.27 [-0.31, -0.22] (theory, "
                    "lambda=0.01)"),
          AllOf(HasSubstr("Of 2 schedules of communication, "
                          "growing:4 reaches eps = 0.005 with "
                          "16 workers"),
                HasSubstr("250 [200, 300] gradients; H = 1 "
                          "takes 4 times as long")),
          AllOf(HasSubstr("one of 16 workers 16 times slower"),
                HasSubstr("takes 9.7 [6.5, 12.9] times"),
                HasSubstr("(eps = 0.005, H = 16)"))));
}

}  // namespace
}  // namespace local_sgd
