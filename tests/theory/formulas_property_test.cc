// Every formula of lib/theory at random settings against long double, written
// out of the paper once more. No formula subtracts numbers close to each other,
// so each may be wrong by as many roundings of 2^-53 as it has operations.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/speedup_model.h"
#include "lib/theory/step_size.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "rapidcheck/gtest.h"

namespace local_sgd {
namespace {

using Real = long double;

// 10^e, e uniform in [first, last] to six digits.
rc::Gen<double> AnyPowerOfTen(double first, double last) {
  return rc::gen::map(rc::gen::inRange(0, 1'000'001), [=](int millionth) {
    return std::pow(10.0, first + (last - first) * 1e-6 * millionth);
  });
}

// Integers in [1, 10^digits], as many small ones as large ones.
rc::Gen<int64_t> AnyCount(double digits) {
  return rc::gen::map(AnyPowerOfTen(0.0, digits),
                      [](double size) { return static_cast<int64_t>(size); });
}

void ExpectClose(const std::string& name, double value, Real exact,
                 int roundings) {
  const Real difference = std::abs(static_cast<Real>(value) - exact);
  if (difference <= roundings * 0x1p-53L * std::abs(exact)) return;
  std::ostringstream words;
  words.precision(21);
  words << name << " is " << value << ", expected " << exact;
  RC_FAIL(words.str());
}

// sum_{t<T} (a + t)^2 = T a^2 + a T (T - 1) + (T - 1) T (2 T - 1) / 6; a term
// at a time for a short T, so that the closed form is no assumption.
Real QuadraticSum(Real a, int64_t T) {
  if (T <= 3000) {
    Real sum = 0;
    for (int64_t t = 0; t < T; ++t) {
      sum += (a + static_cast<Real>(t)) * (a + static_cast<Real>(t));
    }
    return sum;
  }
  const Real n = static_cast<Real>(T);
  return n * a * a + a * n * (n - 1) + (n - 1) * n * (2 * n - 1) / 6;
}

RC_GTEST_PROP(StepSizeFormulas, AreThePapers, ()) {
  const double mu = *AnyPowerOfTen(-12, 3);
  const double kappa = *AnyPowerOfTen(0, 15);
  const int64_t H = *AnyCount(9);
  const int64_t t = *AnyCount(9) - 1;
  const double a = TheoremShift(kappa, H);
  ExpectClose("max{16 kappa, H}", a,
              std::max(16 * static_cast<Real>(kappa), static_cast<Real>(H)), 1);
  const Real time = static_cast<Real>(t);
  ExpectClose("4 / (mu (a + t))", TheoremStepSize(mu, a)(t),
              4 / (static_cast<Real>(mu) * (static_cast<Real>(a) + time)), 3);
  const int exponent = *rc::gen::inRange(-20, 21);
  const int64_t n = *AnyCount(8);
  const Real c = std::pow(2.0L, exponent);
  ExpectClose("min(32, c n / (t + 1))",
              StepSizeOf({StepSizeFamily::kDecaying, exponent}, n)(t),
              std::min(32.0L, c * static_cast<Real>(n) / (time + 1)), 2);
  ExpectClose("32 c", StepSizeOf({StepSizeFamily::kConstant, exponent}, n)(t),
              32 * c, 0);
  ExpectClose("eta", ConstantStepSize(mu)(t), mu, 0);
}

RC_GTEST_PROP(AveragingFormulas, AreThePapers, ()) {
  const double a = *AnyPowerOfTen(0, 12);
  const int64_t T = *AnyCount(9);
  const Real time = static_cast<Real>(T);
  const auto weights = AveragingWeights(a, T);
  ExpectClose("w_t = 1", weights[kUniform], 1, 0);
  ExpectClose("w_t = t + 1", weights[kLinear], time + 1, 0);
  ExpectClose("w_t = (a + t)^2", weights[kQuadratic],
              (static_cast<Real>(a) + time) * (static_cast<Real>(a) + time), 3);
  const auto sums = AveragingWeightSums(a, T);
  ExpectClose("S_T, w_t = 1", sums[kUniform], time, 0);
  ExpectClose("S_T, w_t = t + 1", sums[kLinear], time * (time + 1) / 2, 2);
  ExpectClose("S_T, w_t = (a + t)^2", sums[kQuadratic], QuadraticSum(a, T), 8);
}

RC_GTEST_PROP(Bounds, AreThePapers, ()) {
  BoundSettings settings;
  settings.iterations = *AnyCount(9);
  settings.workers = *AnyCount(6);
  settings.batch = *AnyCount(4);
  settings.strong_convexity = *AnyPowerOfTen(-12, 3);
  settings.smoothness = settings.strong_convexity * *AnyPowerOfTen(0, 12);
  settings.variance = *AnyPowerOfTen(-6, 6);
  settings.second_moment = *AnyPowerOfTen(-6, 6);
  settings.start_distance_square = *AnyPowerOfTen(-6, 8);
  const int64_t H = *AnyCount(6);
  const int64_t tau = *AnyCount(6) - 1;
  settings.shift =
      TheoremShift(settings.smoothness / settings.strong_convexity, H + tau);
  const Real T = static_cast<Real>(settings.iterations);
  const Real K = static_cast<Real>(settings.workers);
  const Real b = static_cast<Real>(settings.batch);
  const Real a = settings.shift;
  const Real mu = settings.strong_convexity;
  const Real L = settings.smoothness;
  const Real variance = settings.variance;
  const Real G2 = settings.second_moment;
  const Real distance = settings.start_distance_square;
  const Real h = static_cast<Real>(H);
  const Real late = static_cast<Real>(H + tau);
  const Real S = QuadraticSum(a, settings.iterations);

  const Real bias = mu * a * a * a / (2 * S) * distance;
  const Real noise = 4 * T * (T + 2 * a) / (mu * K * S) * (variance / b);
  const BoundTerms synchronous = SynchronousBound(settings, H);
  ExpectClose("bias", synchronous.bias, bias, 20);
  ExpectClose("variance", synchronous.variance, noise, 20);
  ExpectClose("drift", synchronous.drift,
              256 * T / (mu * mu * S) * G2 * h * h * L, 25);
  ExpectClose("total", synchronous.total(),
              bias + noise + 256 * T / (mu * mu * S) * G2 * h * h * L, 27);
  const BoundTerms asynchronous = AsynchronousBound(settings, H, tau);
  ExpectClose("bias", asynchronous.bias, bias, 20);
  ExpectClose("variance", asynchronous.variance, noise, 20);
  ExpectClose("drift", asynchronous.drift,
              768 * T / (mu * mu * S) * G2 * late * late * L, 25);

  const double eta = *AnyPowerOfTen(-15, 2);
  const Real step = eta;
  ExpectClose("4 eta^2 G^2 H^2",
              SynchronousDriftBound(eta, settings.second_moment, H),
              4 * step * step * G2 * h * h, 6);
  ExpectClose("12 eta^2 G^2 (H + tau)^2",
              AsynchronousDriftBound(eta, settings.second_moment, H, tau),
              12 * step * step * G2 * late * late, 6);
  ExpectClose("B", SynchronousConstants(settings, H).B, variance / (K * b), 3);
  ExpectClose("C", SynchronousConstants(settings, H).C, 8 * G2 * h * h * L, 6);
  ExpectClose("B", AsynchronousConstants(settings, H, tau).B,
              variance / (K * b), 3);
  ExpectClose("C", AsynchronousConstants(settings, H, tau).C,
              24 * G2 * late * late * L, 6);

  const double A = *AnyPowerOfTen(-2, 1);
  const RecursionConstants constants = {settings.variance,
                                        settings.second_moment};
  const BoundTerms lemma = AveragingLemma(
      A, settings.strong_convexity, settings.shift, settings.iterations,
      settings.start_distance_square, constants);
  const Real share = A;
  ExpectClose("lemma, a_0", lemma.bias,
              mu * a * a * a / (4 * S) * distance / share, 20);
  ExpectClose("lemma, B", lemma.variance,
              2 * T * (T + 2 * a) / (mu * S) * variance / share, 20);
  ExpectClose("lemma, C", lemma.drift, 16 * T / (mu * mu * S) * G2 / share, 20);
}

RC_GTEST_PROP(SpeedupModel, IsThePapers, ()) {
  const int64_t workers = *AnyCount(6);
  const int64_t period = *AnyCount(6);
  const int64_t batch = *AnyCount(4);
  const double epsilon =
      *rc::gen::oneOf(rc::gen::just(0.0), AnyPowerOfTen(-12, 0));
  const double rho = *rc::gen::oneOf(rc::gen::just(0.0), AnyPowerOfTen(-2, 6));
  const Real K = static_cast<Real>(workers);
  const Real H = static_cast<Real>(period);
  const Real b = static_cast<Real>(batch);
  const Real drift = static_cast<Real>(epsilon) * (1 + H + H * H * K);
  const Real printed = 0.5L + std::sqrt(1 + drift) / 2;
  const Real corollary = 0.5L + std::sqrt(1 + 4 * K * drift) / 2;
  const Real star = 2 * (K - 1);
  const Real ring = 2 * (K - 1) / K;
  for (const IterationModel model : kIterationModels) {
    const Real iterations =
        model == IterationModel::kPrinted ? printed : corollary;
    ExpectClose("iteration factor",
                IterationFactor(model, epsilon, workers, period), iterations,
                12);
    for (const CostModel cost : kCostModels) {
      const Real vectors = cost == CostModel::kStar   ? star
                           : cost == CostModel::kRing ? ring
                                                      : 0.0L;
      const Real price = static_cast<Real>(rho) * vectors / H;
      ExpectClose("vectors", VectorsPerRound(cost, workers), vectors, 2);
      ExpectClose("communication factor",
                  CommunicationFactor(cost, rho, workers, period, batch),
                  (b + price) / b, 6);
      ExpectClose("S(K)",
                  ModelSpeedup(model, cost, rho, epsilon, workers, period),
                  K / (iterations * (1 + price)), 20);
    }
  }
}

// AdmissiblePeriod solves an equation: the exact solution, by the quadratic
// formula without its cancellation.
RC_GTEST_PROP(AdmissiblePeriods, LoseWhatTheyMay, ()) {
  const int64_t workers = *AnyCount(6);
  const double loss =
      *rc::gen::oneOf(rc::gen::just(0.0), AnyPowerOfTen(-12, 3));
  const double iterations = *AnyPowerOfTen(0, 12);
  const Real K = static_cast<Real>(workers);
  const Real l = loss;
  const Real T = iterations;
  for (const IterationModel model : kIterationModels) {
    const Real c = model == IterationModel::kPrinted ? 4 * K : 1.0L;
    for (const LossCriterion criterion :
         {LossCriterion::kError, LossCriterion::kIterations}) {
      // With e(H, T) = 1/(K T) (1 + (1 + H + H^2 K)/(c T)):
      //   e(H, T) = (1 + loss) e(1, T)           by error,
      //   e(H, (1 + loss) T) = e(1, T)           by iterations.
      // Both times 1 + H + H^2 K is 2 + K and what the loss adds.
      const Real added = criterion == LossCriterion::kError
                             ? l * (c * T + 2 + K)
                             : l * (1 + l) * c * T + (2 * l + l * l) * (2 + K);
      // K H^2 + H = q, q = 1 + K + added.
      const Real q = 1 + K + added;
      const Real exact = 2 * q / (1 + std::sqrt(1 + 4 * K * q));
      const double H =
          AdmissiblePeriod(model, criterion, loss, iterations, workers);
      ExpectClose("H", H, exact, 40);
      if (loss == 0) ExpectClose("H without a loss", H, 1, 40);
    }
  }
}

// The three answers about a set against the set itself, index by index.
RC_GTEST_PROP(SynchronisationSets, AnswerAsTheSetSays, ()) {
  const int64_t T = *AnyCount(3);
  std::set<int64_t> expected;
  SynchronisationSet set;
  switch (*rc::gen::inRange(0, 5)) {
    case 0: {
      const int64_t period = *AnyCount(3);
      set = EveryPeriod(period);
      for (int64_t t = period; t <= T; t += period) expected.insert(t);
      break;
    }
    case 1:
      set = OnlyFinal();
      break;
    case 2: {
      const auto list = *rc::gen::container<std::vector<int64_t>>(AnyCount(4));
      const std::set<int64_t> indices(list.begin(), list.end());
      set = FromList(std::vector<int64_t>(indices.begin(), indices.end()));
      expected.insert(indices.begin(), indices.upper_bound(T));
      break;
    }
    case 3: {
      const int64_t first = *AnyCount(2);
      const int64_t at = *AnyCount(3);
      const int64_t second = *AnyCount(2);
      set = TwoPhases(first, at, second);
      for (int64_t t = first; t < at; t += first) expected.insert(t);
      for (int64_t t = at; t <= T; t += second) expected.insert(t);
      expected.erase(expected.upper_bound(T), expected.end());
      break;
    }
    case 4: {
      const int64_t cap = *AnyCount(3);
      set = DoublingPeriod(cap);
      int64_t gap = std::min<int64_t>(1, cap);
      for (int64_t t = gap; t <= T; t += gap) {
        expected.insert(t);
        gap = std::min(2 * gap, cap);
      }
      break;
    }
  }
  std::set<int64_t> found;
  for (int64_t t = NextSynchronisation(set, 0); t <= T;
       t = NextSynchronisation(set, t)) {
    found.insert(t);
  }
  RC_ASSERT(found == expected);
  expected.insert(T);
  RC_ASSERT(CountRounds(set, T) == static_cast<int64_t>(expected.size()));
  int64_t previous = 0;
  int64_t gap = 0;
  for (const int64_t t : expected) {
    gap = std::max(gap, t - previous);
    previous = t;
  }
  RC_ASSERT(LargestGap(set, T) == gap);
}

}  // namespace
}  // namespace local_sgd
