#include "lib/theory/convergence_bound.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>

#include "gtest/gtest.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/step_size.h"

namespace local_sgd {
namespace {

void ExpectTerms(const BoundTerms& terms, double bias, double variance,
                 double drift) {
  EXPECT_NEAR(terms.bias, bias, 1e-14 * bias);
  EXPECT_NEAR(terms.variance, variance, 1e-14 * variance);
  EXPECT_NEAR(terms.drift, drift, 1e-14 * drift);
}

// mu = 1/2, L = 3/4, a = 24, T = 6: S_6 = 24^2 + ... + 29^2 = 4231.
BoundSettings ByHand() {
  BoundSettings settings;
  settings.iterations = 6;
  settings.workers = 5;
  settings.batch = 2;
  settings.shift = 24.0;
  settings.strong_convexity = 0.5;
  settings.smoothness = 0.75;
  settings.variance = 7.0;
  settings.second_moment = 11.0;
  settings.start_distance_square = 13.0;
  return settings;
}

TEST(ConvergenceBound, AgreesWithValuesWorkedOutByHand) {
  // Bias: (1/2) 13824 / (2 * 4231) * 13 = 44928 / 4231.
  // Variance: 4 * 6 * 54 / ((1/2) * 5 * 4231) * 7/2 = 1814.4 / 4231.
  // Drift: 256 * 6 / ((1/4) 4231) * 11 * 9 * 3/4 = 456192 / 4231.
  ExpectTerms(SynchronousBound(ByHand(), /*gap=*/3), 44928.0 / 4231.0,
              1814.4 / 4231.0, 456192.0 / 4231.0);
  // 768 in place of 256 and 3 + 2 in place of 3: 456192 * 3 * 25 / 9.
  ExpectTerms(AsynchronousBound(ByHand(), /*gap=*/3, /*delay=*/2),
              44928.0 / 4231.0, 1814.4 / 4231.0, 3801600.0 / 4231.0);
  EXPECT_NEAR(SynchronousBound(ByHand(), 3).total(), 502934.4 / 4231.0, 1e-11);
}

TEST(ConvergenceBound, LemmasAgreeWithValuesWorkedOutByHand) {
  EXPECT_EQ(SynchronousDriftBound(0.25, 11.0, 3), 4 * 0.0625 * 11 * 9);
  EXPECT_EQ(AsynchronousDriftBound(0.25, 11.0, 3, 2), 12 * 0.0625 * 11 * 25);
  const RecursionConstants synchronous = SynchronousConstants(ByHand(), 3);
  EXPECT_DOUBLE_EQ(synchronous.B, 0.7);
  EXPECT_EQ(synchronous.C, 8 * 11 * 9 * 0.75);
  const RecursionConstants asynchronous = AsynchronousConstants(ByHand(), 3, 2);
  EXPECT_DOUBLE_EQ(asynchronous.B, 0.7);
  EXPECT_EQ(asynchronous.C, 24 * 11 * 25 * 0.75);
}

// Bound (5) of docs/paper.md, "Theorem 2.2", S_T summed term by term, in long
// double.
TEST(ConvergenceBound, AgreesWithThePrintedFormulaInLongDouble) {
  using Real = long double;
  for (const int64_t T : {1, 7, 1000, 200'000}) {
    for (const double kappa : {1.0, 67.12, 32895.008179}) {
      BoundSettings settings;
      settings.iterations = T;
      settings.workers = 16;
      settings.batch = 4;
      settings.shift = 16.0 * kappa;
      settings.strong_convexity = 0.661 / kappa;
      settings.smoothness = 0.661;
      settings.variance = 2.596;
      settings.second_moment = 2.913;
      settings.start_distance_square = 766.7;
      const int64_t H = 8;
      const int64_t tau = 5;
      const Real a = settings.shift;
      const Real mu = settings.strong_convexity;
      const Real L = settings.smoothness;
      Real S = 0;
      for (int64_t t = 0; t < T; ++t) {
        S += (a + static_cast<Real>(t)) * (a + static_cast<Real>(t));
      }
      const Real n = static_cast<Real>(T);
      const Real bias = mu * a * a * a / (2 * S) *
                        static_cast<Real>(settings.start_distance_square);
      const Real variance = 4 * n * (n + 2 * a) / (mu * 16 * S) *
                            static_cast<Real>(settings.variance) / 4;
      const Real G2 = settings.second_moment;
      const auto drift = [&](Real factor, Real length) {
        return factor * n / (mu * mu * S) * G2 * length * length * L;
      };
      ExpectTerms(SynchronousBound(settings, H), static_cast<double>(bias),
                  static_cast<double>(variance),
                  static_cast<double>(drift(256, H)));
      ExpectTerms(AsynchronousBound(settings, H, tau),
                  static_cast<double>(bias), static_cast<double>(variance),
                  static_cast<double>(drift(768, H + tau)));
    }
  }
}

// Any a_t, e_t >= 0 that satisfy the recursion satisfy the lemma's conclusion.
TEST(ConvergenceBound, TheAveragingLemmaHoldsForRecursionsOfAllKinds) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform;
  double closest = 0.0;
  for (int trial = 0; trial < 400; ++trial) {
    const double mu = std::exp(4.0 * uniform(random) - 3.0);
    const double a = 4.0 + 40.0 * uniform(random) * uniform(random);
    const double A = 0.2 + uniform(random);
    const int64_t T = 1 + static_cast<int64_t>(300.0 * uniform(random));
    const double start = trial % 3 == 0 ? 0.0 : uniform(random);
    const RecursionConstants constants = {
        trial % 3 == 1 ? 0.0 : uniform(random),
        trial % 3 == 2 ? 0.0 : uniform(random)};
    // How much of what may be taken as e_t is taken.
    const double share = trial % 2 == 0 ? 1.0 : uniform(random);
    const StepSize step_size = TheoremStepSize(mu, a);
    double distance = start;
    double sum = 0.0;
    for (int64_t t = 0; t < T; ++t) {
      const double eta = step_size(t);
      const double most = (1.0 - mu * eta) * distance +
                          eta * eta * constants.B +
                          eta * eta * eta * constants.C;
      const double error = share * most / (A * eta);
      sum += AveragingWeights(a, t)[kQuadratic] * error;
      distance = most - A * eta * error;
    }
    const double average = sum / AveragingWeightSums(a, T)[kQuadratic];
    const double bound = AveragingLemma(A, mu, a, T, start, constants).total();
    EXPECT_LE(average, bound * (1.0 + 1e-12));
    closest = std::max(closest, average / bound);
  }
  // The lemma gives little away, so a smaller constant would be caught.
  EXPECT_GT(closest, 0.9);
}

TEST(PromisedIterations, AreTheFirstThatTheBoundPromises) {
  BoundSettings settings;
  settings.workers = 4;
  settings.shift = 64.0;
  settings.smoothness = 4.0;
  settings.variance = 2.0;
  settings.second_moment = 3.0;
  settings.start_distance_square = 5.0;
  for (const double error : {1.0, 0.01, 1e-5}) {
    const int64_t T = PromisedIterations(settings, 16, error).value();
    settings.iterations = T;
    EXPECT_LE(SynchronousBound(settings, 16).total(), error);
    ASSERT_GT(T, 1);
    settings.iterations = T - 1;
    EXPECT_GT(SynchronousBound(settings, 16).total(), error);
  }
  EXPECT_EQ(PromisedIterations(settings, 16, 1e9), 1);
  EXPECT_EQ(PromisedIterations(settings, 16, 0.0), std::nullopt);
}

}  // namespace
}  // namespace local_sgd
