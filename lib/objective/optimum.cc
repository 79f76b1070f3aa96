#include "lib/objective/optimum.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "Eigen/Cholesky"
#include "Eigen/Core"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/vector_operations.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// (1/n) sum_r weights_r a_r a_r' + lambda I, lower triangle.
Eigen::MatrixXd DenseHessian(const LogisticRegression& problem,
                             const std::vector<double>& weights) {
  const DistinctRows& rows = problem.distinct;
  const int64_t d = problem.num_features();
  Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(d, d);
  for (int64_t r = 0; r < rows.num_rows(); ++r) {
    for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
      const double factor = weights[r] * rows.values[p];
      double* column = &hessian(0, rows.columns[p]);
      for (int64_t q = p; q < rows.row_begin[r + 1]; ++q) {
        column[rows.columns[q]] += factor * rows.values[q];
      }
    }
  }
  hessian /= static_cast<double>(problem.num_samples());
  hessian.diagonal().array() += problem.lambda;
  return hessian;
}

absl::StatusOr<std::vector<double>> SolveByCholesky(
    const LogisticRegression& problem, const std::vector<double>& weights,
    const std::vector<double>& gradient) {
  // Eigen sizes its blocks, and with them the order of its sums, by the CPU's
  // caches unless told.
  Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
  const Eigen::LLT<Eigen::MatrixXd> cholesky(DenseHessian(problem, weights));
  if (cholesky.info() != Eigen::Success) {
    return absl::InternalError(absl::StrCat(
        "the Hessian is not positive definite to working precision: lambda = ",
        problem.lambda, " is lost beside the data's largest |value|, ",
        LargestValue(problem.data)));
  }
  const Eigen::VectorXd step = cholesky.solve(
      Eigen::Map<const Eigen::VectorXd>(gradient.data(), gradient.size()));
  return std::vector<double>(step.begin(), step.end());
}

// Conjugate gradients on H step = gradient to a residual that makes Newton's
// method converge superlinearly.
std::vector<double> SolveByConjugateGradients(
    const LogisticRegression& problem, const std::vector<double>& weights,
    const std::vector<double>& gradient) {
  std::vector<double> step(gradient.size(), 0.0);
  std::vector<double> residual = gradient;
  std::vector<double> direction = gradient;
  double residual_square = SquaredNorm(residual);
  const double norm = std::sqrt(residual_square);
  const double tolerance = std::min(0.1, std::sqrt(norm)) * norm;
  const int64_t max_products = 10 * static_cast<int64_t>(gradient.size());
  for (int64_t i = 0;
       i < max_products && std::sqrt(residual_square) > tolerance; ++i) {
    const std::vector<double> product =
        HessianTimes(problem, weights, direction);
    const double alpha = residual_square / Dot(direction, product);
    AddScaled(alpha, direction, step);
    AddScaled(-alpha, product, residual);
    const double next_square = SquaredNorm(residual);
    const double beta = next_square / residual_square;
    for (size_t j = 0; j < direction.size(); ++j) {
      direction[j] = residual[j] + beta * direction[j];
    }
    residual_square = next_square;
  }
  return step;
}

}  // namespace

absl::StatusOr<Optimum> FindOptimum(const LogisticRegression& problem,
                                    const OptimumOptions& options) {
  const bool dense = problem.num_features() <= options.max_dense_features;
  std::vector<double> x(problem.num_features(), 0.0);
  double value = Value(problem, x);
  std::vector<double> gradient = Gradient(problem, x);
  double gradient_norm = std::sqrt(SquaredNorm(gradient));
  const double tolerance = 1e-12 * std::max(1.0, gradient_norm);
  int steps = 0;
  for (;; ++steps) {
    if (!std::isfinite(value) || !std::isfinite(gradient_norm)) {
      return absl::InvalidArgumentError(
          absl::StrCat("f or its gradient overflows after ", steps,
                       " Newton steps: ", OverflowCause(problem)));
    }
    if (gradient_norm <= tolerance) break;
    if (steps == options.max_newton_steps) {
      return absl::InternalError(absl::StrCat(
          "no optimum after ", steps,
          " Newton steps: |grad f| = ", gradient_norm, ", wanted ", tolerance));
    }
    const std::vector<double> weights = HessianWeights(problem, x);
    std::vector<double> step;
    if (dense) {
      ASSIGN_OR_RETURN(step, SolveByCholesky(problem, weights, gradient));
    } else {
      step = SolveByConjugateGradients(problem, weights, gradient);
    }
    // Damping: halve until f falls by a tenth of what its slope promises.
    const double slope = Dot(gradient, step);
    double damping = 1.0;
    std::vector<double> next;
    double next_value = 0.0;
    for (; damping > 1e-10; damping *= 0.5) {
      next = x;
      AddScaled(-damping, step, next);
      next_value = Value(problem, next);
      if (next_value <= value - 0.1 * damping * slope) break;
    }
    if (!(next_value < value)) {
      // f has stopped falling: only rounding is left in it. The full step is
      // kept when it makes the gradient smaller.
      next = x;
      AddScaled(-1.0, step, next);
      std::vector<double> next_gradient = Gradient(problem, next);
      const double next_norm = std::sqrt(SquaredNorm(next_gradient));
      if (!(next_norm < gradient_norm)) break;
      x = std::move(next);
      value = Value(problem, x);
      gradient = std::move(next_gradient);
      gradient_norm = next_norm;
      continue;
    }
    x = std::move(next);
    value = next_value;
    gradient = Gradient(problem, x);
    gradient_norm = std::sqrt(SquaredNorm(gradient));
  }
  Optimum optimum;
  optimum.point = std::move(x);
  optimum.value = value;
  optimum.gradient_norm = gradient_norm;
  optimum.error_bound = gradient_norm * gradient_norm / (2.0 * problem.lambda);
  optimum.newton_steps = steps;
  if (!std::isfinite(optimum.error_bound)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the certificate of f* overflows: |grad f| = ", gradient_norm,
        ", lambda = ", problem.lambda));
  }
  return optimum;
}

}  // namespace local_sgd
