// The objective at random small problems: its gradient against differences of
// its values, its optimum against another method. Both references are in long
// double, which has 11 bits more than the double that they judge.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "rapidcheck/gtest.h"
#include "tests/testing/random_problem.h"

namespace local_sgd {
namespace {

using Real = long double;

constexpr Real kRounding = 0x1p-53L;      // of double
constexpr Real kRealRounding = 0x1p-64L;  // of long double

// What bounds the errors of a value and of a gradient computed with unit
// rounding u at x: sums over the samples of what the sums that are rounded have
// for terms, in magnitude. A margin of r terms is wrong by (r + 2) u times
// `reach` = sum_j |a_ij x_j|; the loss changes by no more than its margin, its
// slope by no more than a quarter of it.
struct Magnitudes {
  Real value = 0;              // |f(x) - computed| <= u value
  std::vector<Real> gradient;  // |grad_j f(x) - computed| <= u gradient[j]
};

Magnitudes MagnitudesAt(const RandomProblem& problem,
                        const std::vector<Real>& x) {
  const SparseDataset& data = problem.data;
  const Real n = static_cast<Real>(data.num_samples());
  Magnitudes magnitudes;
  magnitudes.gradient.assign(x.size(), 0);
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const int64_t begin = data.row_begin[i];
    const int64_t end = data.row_begin[i + 1];
    Real reach = 0;
    for (int64_t p = begin; p < end; ++p) {
      reach += std::abs(data.values[p] * x[data.columns[p]]);
    }
    const Real margin_error = static_cast<Real>(end - begin + 2) * reach;
    // The loss is at most log(2) + |margin|; n additions, a division and the
    // few roundings of the loss itself.
    magnitudes.value += (margin_error + (n + 10) * (reach + 1)) / n;
    for (int64_t p = begin; p < end; ++p) {
      magnitudes.gradient[data.columns[p]] +=
          std::abs(data.values[p]) * (margin_error / 4 + n + 10) / n;
    }
  }
  for (size_t j = 0; j < x.size(); ++j) {
    const Real ridge = std::abs(problem.lambda * x[j]);
    magnitudes.value +=
        static_cast<Real>(x.size() + 4) * ridge * std::abs(x[j]) / 2;
    magnitudes.gradient[j] += 4 * ridge;
  }
  return magnitudes;
}

LogisticRegression Make(const RandomProblem& problem) {
  return MakeLogisticRegression(problem.data, problem.lambda).value();
}

Real Norm(const std::vector<Real>& v) {
  Real square = 0;
  for (const Real entry : v) square += entry * entry;
  return std::sqrt(square);
}

// The five-point difference over h of the exact f in every coordinate. Its
// error is at most h^4/30 of the fifth derivative, which for log(1 + exp(-m))
// is s (1-s) (1-2s) (1 - 12 s + 12 s^2) with s in (0, 1), so below 1/2, plus
// 1.5/h of the error of a value.
RC_GTEST_PROP(Gradient, IsTheLimitOfDifferences, ()) {
  const RandomProblem random = *AnyProblem(/*smallest_exponent=*/-20);
  const SparseDataset& data = random.data;
  const int64_t d = data.num_features;
  // Multiples of 2^-30, so that x +- h is exact.
  const double size = *AnyPowerOfTwo(-20, 4);
  std::vector<double> x;
  for (int64_t j = 0; j < d; ++j) x.push_back(size * *AnyMultiple(1));
  const std::vector<Real> exact_x(x.begin(), x.end());
  const std::vector<double> gradient = Gradient(Make(random), x);

  const Real h = 0x1p-12L;
  const Magnitudes here = MagnitudesAt(random, exact_x);
  for (int64_t j = 0; j < d; ++j) {
    const auto value = [&](Real steps) {
      std::vector<Real> moved = exact_x;
      moved[j] += steps * h;
      return ExactValue(random, moved);
    };
    const Real difference =
        (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
    Real fifth_powers = 0;  // (1/n) sum_i |a_ij|^5
    for (int64_t p = 0; p < data.num_nonzeros(); ++p) {
      if (data.columns[p] == j) {
        fifth_powers +=
            std::pow(std::abs(static_cast<Real>(data.values[p])), 5) /
            static_cast<Real>(data.num_samples());
      }
    }
    const Real bound = h * h * h * h / 30 * fifth_powers / 2 +
                       1.5L / h * kRealRounding * 2 * here.value +
                       kRounding * here.gradient[j];
    const Real error = std::abs(difference - static_cast<Real>(gradient[j]));
    if (!(error <= bound)) {
      RC_LOG() << "entry " << j << ": " << gradient[j] << ", differences give "
               << difference << ", bound " << bound;
    }
    RC_ASSERT(error <= bound);
    // The bound says something: six digits of the largest entry that can be.
    RC_ASSERT(bound < 1e-6L * (1 + here.gradient[j]));
  }
}

// x* by Nesterov's accelerated gradient method in long double, which shares
// nothing with Newton's: steps 1/L, momentum for strong convexity lambda.
std::vector<Real> MinimiseByGradients(const RandomProblem& problem,
                                      Real tolerance) {
  const SparseDataset& data = problem.data;
  Real L = problem.lambda;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    L += problem.row_square(i) / (4 * static_cast<Real>(data.num_samples()));
  }
  const Real root = std::sqrt(problem.lambda / L);
  const Real momentum = (1 - root) / (1 + root);
  std::vector<Real> x(data.num_features, 0);
  std::vector<Real> ahead = x;
  for (int steps = 0; steps < 1'000'000; ++steps) {
    const std::vector<Real> gradient = ExactGradient(problem, ahead);
    if (Norm(gradient) <= tolerance) return ahead;
    for (size_t j = 0; j < x.size(); ++j) {
      const Real next = ahead[j] - gradient[j] / L;
      ahead[j] = next + momentum * (next - x[j]);
      x[j] = next;
    }
  }
  RC_FAIL("the second method does not converge");
  return x;
}

// Strong convexity: lambda |x - x*| <= |grad f(x)|.
RC_GTEST_PROP(Optimum, IsWhatASecondMethodFinds, ()) {
  const RandomProblem random = *AnyProblem(/*smallest_exponent=*/-10);
  const LogisticRegression problem = Make(random);
  constexpr Real kTolerance = 1e-17L;
  const std::vector<Real> reference = MinimiseByGradients(random, kTolerance);
  const Real lowest = ExactValue(random, reference);
  for (const int64_t max_dense_features : {2000, 0}) {  // Newton, Newton-CG
    OptimumOptions options;
    options.max_dense_features = max_dense_features;
    const Optimum optimum = FindOptimum(problem, options).value();
    const std::vector<Real> x(optimum.point.begin(), optimum.point.end());
    const Magnitudes here = MagnitudesAt(random, x);
    const Real gradient_rounding = kRounding * Norm(here.gradient);
    RC_ASSERT(optimum.gradient_norm <= 1e-12L * 20);
    RC_ASSERT(Norm(ExactGradient(random, x)) <=
              optimum.gradient_norm * (1 + 1e-14L) + gradient_rounding);
    std::vector<Real> difference = x;
    for (size_t j = 0; j < x.size(); ++j) difference[j] -= reference[j];
    RC_ASSERT(random.lambda * Norm(difference) <=
              optimum.gradient_norm + gradient_rounding + kTolerance);
    // f* and what its certificate says.
    const Real value_rounding = kRounding * here.value;
    RC_ASSERT(std::abs(optimum.value - lowest) <=
              optimum.error_bound + value_rounding);
    RC_ASSERT(ExactValue(random, x) - lowest <=
              optimum.error_bound +
                  gradient_rounding * gradient_rounding / random.lambda +
                  kRealRounding * here.value);
  }
}

}  // namespace
}  // namespace local_sgd
