// The reference optimum: x*, f* and a certificate of how exact f* is. Every
// T(eps) is measured against f*, so the certificate is part of the answer.

#ifndef LIB_OBJECTIVE_OPTIMUM_H_
#define LIB_OBJECTIVE_OPTIMUM_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/objective/logistic_regression.h"

namespace local_sgd {

struct Optimum {
  std::vector<double> point;  // x*, d entries
  double value = 0.0;         // f*
  double gradient_norm = 0.0;
  // f(x) - min f <= |grad f(x)|^2 / (2 lambda), by strong convexity; rounding
  // in f itself (about 1e-15) not included.
  double error_bound = 0.0;
  int newton_steps = 0;
};

struct OptimumOptions {
  // At most this many features: the Hessian is factorised (damped Newton);
  // above: conjugate gradients on Hessian-vector products (Newton-CG).
  int64_t max_dense_features = 2000;
  int max_newton_steps = 200;
};

// Minimises f from 0 until |grad f| <= 1e-12 max(1, |grad f(0)|) or f stops
// falling. Internal error when max_newton_steps do not suffice, InvalidArgument
// when the data's values or lambda are so large that f or its gradient
// overflows, or lambda so small that the certificate does: it says which.
absl::StatusOr<Optimum> FindOptimum(const LogisticRegression& problem,
                                    const OptimumOptions& options = {});

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_OPTIMUM_H_
