#include "lib/theory/speedup_model.h"

#include <cmath>
#include <string>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

constexpr double kRho = 25;
constexpr int64_t kPeriods[] = {1, 2, 4, 8, 16};

TEST(SpeedupModelTest, IterationFactorByHand) {
  // epsilon = 0.5, K = 4, H = 2: drift 1 + 2 + 16 = 19.
  EXPECT_DOUBLE_EQ(IterationFactor(IterationModel::kPrinted, 0.5, 4, 2),
                   0.5 + 0.5 * std::sqrt(10.5));
  EXPECT_DOUBLE_EQ(IterationFactor(IterationModel::kCorollary, 0.5, 4, 2),
                   0.5 + 0.5 * std::sqrt(153.0));
  // epsilon = 0.01, K = 3, H = 1: drift 5, 4 K = 12.
  EXPECT_DOUBLE_EQ(IterationFactor(IterationModel::kPrinted, 0.01, 3, 1),
                   0.5 + 0.5 * std::sqrt(1.05));
  EXPECT_DOUBLE_EQ(IterationFactor(IterationModel::kCorollary, 0.01, 3, 1),
                   0.5 + 0.5 * std::sqrt(1.6));
  // Exact square roots: 1 + 0.6 * 5 = 4 and 1 + 0.05 * 12 * 5 = 4.
  EXPECT_DOUBLE_EQ(IterationFactor(IterationModel::kPrinted, 0.6, 3, 1), 1.5);
  EXPECT_DOUBLE_EQ(IterationFactor(IterationModel::kCorollary, 0.05, 3, 1),
                   1.5);
}

TEST(SpeedupModelTest, CorollarySolvesEquationSix) {
  // With unit constants (6) is epsilon = 1/(K T) + (1 + H + H^2 K)/(K T^2),
  // whose positive root is T = factor / (K epsilon).
  for (double epsilon : {0.5, 0.005}) {
    for (int64_t k : {1, 3, 64}) {
      for (int64_t h : kPeriods) {
        const double t =
            IterationFactor(IterationModel::kCorollary, epsilon, k, h) /
            (k * epsilon);
        const double drift = 1.0 + h + 1.0 * h * h * k;
        EXPECT_NEAR(1 / (k * t) + drift / (k * t * t), epsilon,
                    1e-12 * epsilon);
      }
    }
  }
}

TEST(SpeedupModelTest, CommunicationFactorByHand) {
  EXPECT_DOUBLE_EQ(CommunicationFactor(CostModel::kStar, 25, 8, 4, 1), 88.5);
  EXPECT_DOUBLE_EQ(CommunicationFactor(CostModel::kRing, 25, 8, 4, 1), 11.9375);
  EXPECT_DOUBLE_EQ(CommunicationFactor(CostModel::kFree, 25, 8, 4, 1), 1);
  // A step of b = 4 gradients: (4 + 2 * 25 * 7 / 4) / 4.
  EXPECT_DOUBLE_EQ(CommunicationFactor(CostModel::kStar, 25, 8, 4, 4), 22.875);
  EXPECT_DOUBLE_EQ(CommunicationFactor(CostModel::kRing, 25, 8, 4, 4),
                   3.734375);
  EXPECT_DOUBLE_EQ(CommunicationFactor(CostModel::kFree, 25, 8, 4, 4), 1);
  for (CostModel cost_model : kCostModels) {  // one worker sends nothing
    EXPECT_EQ(CommunicationFactor(cost_model, 25, 1, 1, 4), 1);
  }
}

TEST(SpeedupModelTest, SpeedupByHand) {
  // K = 3, H = 1, factor 1.5 as above; star: 1 + 2 * 25 * 2 = 101.
  EXPECT_DOUBLE_EQ(
      ModelSpeedup(IterationModel::kPrinted, CostModel::kStar, 25, 0.6, 3, 1),
      2.0 / 101);
  EXPECT_DOUBLE_EQ(
      ModelSpeedup(IterationModel::kPrinted, CostModel::kFree, 25, 0.6, 3, 1),
      2.0);
  EXPECT_DOUBLE_EQ(ModelSpeedup(IterationModel::kCorollary, CostModel::kRing,
                                25, 0.05, 3, 1),
                   2.0 / (1 + 100.0 / 3));
}

TEST(SpeedupModelTest, OneWorkerIsBelowOneForPositiveEpsilon) {
  for (IterationModel model : kIterationModels) {
    for (CostModel cost_model : kCostModels) {
      EXPECT_LT(ModelSpeedup(model, cost_model, kRho, 0.005, 1, 1), 1);
      EXPECT_EQ(ModelSpeedup(model, cost_model, kRho, 0, 1, 1), 1);
    }
  }
}

// docs/paper.md, "Cost model": under star every S(K) with K > 1 is below 1
// while H < 2 rho.
TEST(SpeedupModelTest, StarIsBelowOneForPeriodsUnderTwiceRho) {
  for (IterationModel model : kIterationModels) {
    for (double epsilon : {0.0, 0.005}) {
      for (int64_t k = 2; k <= 1024; ++k) {
        for (int64_t h = 1; h < 2 * kRho; ++h) {
          ASSERT_LT(ModelSpeedup(model, CostModel::kStar, kRho, epsilon, k, h),
                    1)
              << "K " << k << " H " << h;
        }
      }
    }
  }
  // At H = 2 rho the limit is exactly 1, just beyond it is passed.
  EXPECT_EQ(
      ModelSpeedup(IterationModel::kPrinted, CostModel::kStar, kRho, 0, 2, 50),
      1);
  EXPECT_GT(
      ModelSpeedup(IterationModel::kPrinted, CostModel::kStar, kRho, 0, 2, 51),
      1);
}

int64_t BestPeriod(IterationModel model, CostModel cost_model, double epsilon,
                   int64_t workers) {
  int64_t best = kPeriods[0];
  for (int64_t h : kPeriods) {
    if (ModelSpeedup(model, cost_model, kRho, epsilon, workers, h) >
        ModelSpeedup(model, cost_model, kRho, epsilon, workers, best)) {
      best = h;
    }
  }
  return best;
}

// The paper's statements about Figure 2, which hold under ring.
TEST(SpeedupModelTest, PaperStatementsHoldUnderRing) {
  for (IterationModel model : kIterationModels) {
    bool best_changes = false;
    for (int64_t k = 2; k <= 1024; k *= 2) {
      // For epsilon = 0 the largest H wins.
      EXPECT_EQ(BestPeriod(model, CostModel::kRing, 0, k), 16);
      // For epsilon > 0 the best H changes with K.
      best_changes |= BestPeriod(model, CostModel::kRing, 0.005, k) !=
                      BestPeriod(model, CostModel::kRing, 0.005, 2);
      // For few workers H = 1 is never the best.
      if (k <= 32) {
        EXPECT_NE(BestPeriod(model, CostModel::kRing, 0.005, k), 1);
      }
    }
    EXPECT_TRUE(best_changes) << Name(model);
    // Linear only for epsilon << 1: doubling 512 workers doubles the speedup
    // (up to the growth of 2 (K - 1) / K) at epsilon = 0 and not at 0.005.
    const auto doubling = [model](double epsilon) {
      return ModelSpeedup(model, CostModel::kRing, kRho, epsilon, 1024, 16) /
             ModelSpeedup(model, CostModel::kRing, kRho, epsilon, 512, 16);
    };
    EXPECT_NEAR(doubling(0), 2, 0.01);
    EXPECT_LT(doubling(0.005), 1.5);
  }
}

TEST(AdmissiblePeriodTest, ByHand) {
  // K = 1, T = 100, 10 % more error: 1 + H + H^2 = 1.1 * 3 + 0.1 c T.
  EXPECT_NEAR(AdmissiblePeriod(IterationModel::kCorollary,
                               LossCriterion::kError, 0.1, 100, 1),
              (std::sqrt(1 + 4 * 12.3) - 1) / 2, 1e-12);
  EXPECT_NEAR(AdmissiblePeriod(IterationModel::kPrinted, LossCriterion::kError,
                               0.1, 100, 1),
              (std::sqrt(1 + 4 * 42.3) - 1) / 2, 1e-12);
  // After 110 iterations: 1.1 (1 + 3/100) = 1 + (1 + H + H^2)/110.
  EXPECT_NEAR(AdmissiblePeriod(IterationModel::kCorollary,
                               LossCriterion::kIterations, 0.1, 100, 1),
              (std::sqrt(1 + 4 * (110 * 0.133 - 1)) - 1) / 2, 1e-12);
  // Nothing lost: H = 1.
  EXPECT_NEAR(AdmissiblePeriod(IterationModel::kCorollary,
                               LossCriterion::kError, 0, 100, 8),
              1, 1e-12);
}

// For a large T the loss is all that is left of a difference of two numbers
// close to each other, unless they are never formed.
TEST(AdmissiblePeriodTest, LosesNoDigitsForALargeT) {
  for (IterationModel model : kIterationModels) {
    for (LossCriterion criterion :
         {LossCriterion::kError, LossCriterion::kIterations}) {
      EXPECT_DOUBLE_EQ(AdmissiblePeriod(model, criterion, 0, 1e12, 4), 1);
    }
  }
  // 1 + H + H^2 = (1 + 1e-12) 3 + 1e-12 1e12 = 4 + 3e-12.
  EXPECT_NEAR(AdmissiblePeriod(IterationModel::kCorollary,
                               LossCriterion::kError, 1e-12, 1e12, 1),
              (std::sqrt(13) - 1) / 2 + 3e-12 / std::sqrt(13), 1e-15);
}

// T(eps, H, K) of (9) is the first factor over K eps.
TEST(AdmissiblePeriodTest, IsThePeriodThatNeedsSoManyMoreIterations) {
  for (IterationModel model : kIterationModels) {
    for (const int64_t k : {1, 4, 64}) {
      for (const int64_t h : {2, 16, 300}) {
        const double epsilon = 0.001;
        const double first = IterationFactor(model, epsilon, k, 1);
        const double loss = IterationFactor(model, epsilon, k, h) / first - 1;
        const double T = first / (static_cast<double>(k) * epsilon);
        EXPECT_NEAR(
            AdmissiblePeriod(model, LossCriterion::kIterations, loss, T, k),
            static_cast<double>(h), 1e-6 * static_cast<double>(h));
      }
    }
  }
}

// H = O(sqrt(T/K)) of Corollary 2.3; as printed K does not matter.
TEST(AdmissiblePeriodTest, GrowsLikeTheSquareRoot) {
  const auto period = [](IterationModel model, double T, int64_t k) {
    return AdmissiblePeriod(model, LossCriterion::kError, 0.1, T, k);
  };
  const IterationModel corollary = IterationModel::kCorollary;
  EXPECT_NEAR(period(corollary, 4e10, 16) / period(corollary, 1e10, 16), 2,
              1e-3);
  EXPECT_NEAR(period(corollary, 1e10, 64) / period(corollary, 1e10, 16), 0.5,
              1e-3);
  const IterationModel printed = IterationModel::kPrinted;
  EXPECT_NEAR(period(printed, 1e10, 64) / period(printed, 1e10, 16), 1, 1e-3);
}

TEST(SpeedupModelTest, NamesAreThoseOfTheRecords) {
  EXPECT_EQ(Name(IterationModel::kPrinted), std::string("printed"));
  EXPECT_EQ(Name(IterationModel::kCorollary), std::string("corollary"));
  EXPECT_EQ(Name(CostModel::kStar), std::string("star"));
  EXPECT_EQ(Name(CostModel::kRing), std::string("ring"));
  EXPECT_EQ(Name(CostModel::kFree), std::string("free"));
}

TEST(ModelledTime, PricesRounds) {
  // b T + rho v rounds with K = 4: v = 6 under star, 1.5 under ring.
  EXPECT_DOUBLE_EQ(ModelledTime(CostModel::kStar, 25, 4, 2, 100, 10),
                   200 + 25 * 6 * 10);
  EXPECT_DOUBLE_EQ(ModelledTime(CostModel::kRing, 25, 4, 2, 100, 10),
                   200 + 25 * 1.5 * 10);
  EXPECT_DOUBLE_EQ(ModelledTime(CostModel::kFree, 25, 4, 2, 100, 10), 200);
}

}  // namespace
}  // namespace local_sgd
