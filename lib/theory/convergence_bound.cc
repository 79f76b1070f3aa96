#include "lib/theory/convergence_bound.h"

#include <cstdint>
#include <optional>

#include "lib/check.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {
namespace {

// A of the recursion in both proofs.
constexpr double kDescent = 0.5;

// C is 2 L times the drift over eta_t^2.
RecursionConstants ConstantsFor(const BoundSettings& settings,
                                double drift_over_step_square) {
  const double gradients = static_cast<double>(settings.workers) *
                           static_cast<double>(settings.batch);
  return {settings.variance / gradients,
          2.0 * settings.smoothness * drift_over_step_square};
}

BoundTerms BoundFor(const BoundSettings& settings,
                    const RecursionConstants& constants) {
  return AveragingLemma(kDescent, settings.strong_convexity, settings.shift,
                        settings.iterations, settings.start_distance_square,
                        constants);
}

}  // namespace

double SynchronousDriftBound(double step_size, double second_moment,
                             int64_t gap) {
  const double length = step_size * static_cast<double>(gap);
  return 4.0 * second_moment * length * length;
}

double AsynchronousDriftBound(double step_size, double second_moment,
                              int64_t gap, int64_t delay) {
  const double length = step_size * static_cast<double>(gap + delay);
  return 12.0 * second_moment * length * length;
}

RecursionConstants SynchronousConstants(const BoundSettings& settings,
                                        int64_t gap) {
  return ConstantsFor(settings,
                      SynchronousDriftBound(1.0, settings.second_moment, gap));
}

RecursionConstants AsynchronousConstants(const BoundSettings& settings,
                                         int64_t gap, int64_t delay) {
  return ConstantsFor(settings, AsynchronousDriftBound(
                                    1.0, settings.second_moment, gap, delay));
}

BoundTerms AveragingLemma(double A, double mu, double a, int64_t T,
                          double start_distance_square,
                          const RecursionConstants& constants) {
  LOCAL_SGD_CHECK(mu > 0 && T >= 1);
  const double n = static_cast<double>(T);
  const double scale = A * mu * AveragingWeightSums(a, T)[kQuadratic];
  BoundTerms terms;
  terms.bias = mu * mu * a * a * a / (4.0 * scale) * start_distance_square;
  terms.variance = 2.0 * n * (n + 2.0 * a) / scale * constants.B;
  terms.drift = 16.0 * n / (mu * scale) * constants.C;
  return terms;
}

BoundTerms SynchronousBound(const BoundSettings& settings, int64_t gap) {
  return BoundFor(settings, SynchronousConstants(settings, gap));
}

std::optional<int64_t> PromisedIterations(BoundSettings settings, int64_t gap,
                                          double error) {
  const auto promises = [&](int64_t T) {
    settings.iterations = T;
    return SynchronousBound(settings, gap).total() <= error;
  };
  int64_t high = 1;
  while (!promises(high)) {
    if (high >= int64_t{1} << 60) return std::nullopt;
    high *= 2;
  }
  int64_t low = high / 2;  // does not
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (promises(middle) ? high : low) = middle;
  }
  return high;
}

BoundTerms AsynchronousBound(const BoundSettings& settings, int64_t gap,
                             int64_t delay) {
  return BoundFor(settings, AsynchronousConstants(settings, gap, delay));
}

}  // namespace local_sgd
