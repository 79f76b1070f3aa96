// The constants that the theorems speak of: L, mu, kappa, and the second moment
// and variance of a sampled gradient at a point.

#ifndef LIB_OBJECTIVE_PROBLEM_CONSTANTS_H_
#define LIB_OBJECTIVE_PROBLEM_CONSTANTS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"

namespace local_sgd {

struct Curvature {
  double smoothness = 0.0;        // L = lambda_max(A'A) / (4 n) + lambda
  double strong_convexity = 0.0;  // mu = lambda
  double condition_number = 0.0;  // kappa = L / mu
};

struct CurvatureOptions {
  int64_t max_basis = 60;   // vectors of d entries kept, at least 2
  int max_products = 5000;  // with the Hessian
};

// L by Lanczos with full reorthogonalisation, restarted when the basis is full,
// to a relative residual of 1e-11 (the error of the eigenvalue is smaller
// still). Internal error when max_products do not suffice, InvalidArgument when
// L or kappa overflows, saying whether the data or lambda is the cause.
absl::StatusOr<Curvature> ComputeCurvature(
    const LogisticRegression& problem, const CurvatureOptions& options = {});

struct GradientMoments {
  double second_moment = 0.0;  // E_i |grad f_i(x)|^2, bounded by G^2
  double variance = 0.0;  // E_i |grad f_i(x) - grad f(x)|^2, bounded by sigma^2
};

// Exact means over the n samples at x (d entries), mini-batch size 1. The
// variance is a sum of squares of differences: never below 0, and as exact as
// the sampled gradients themselves however large their mean is.
GradientMoments MomentsAt(const LogisticRegression& problem,
                          absl::Span<const double> x);

// G^2 <= mean_i (|a_i| + R)^2 with R = max_i |a_i|, and sigma^2 <= G^2: they
// hold at every iterate from x_0 = 0 with step sizes eta lambda <= 1, where
// |lambda x_t^k| <= R (docs/paper.md, "Constants of the bound").
GradientMoments APrioriMoments(const LogisticRegression& problem);

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_PROBLEM_CONSTANTS_H_
