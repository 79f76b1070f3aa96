// Theorems 2.2 and 5.1 term by term, and the two lemmas of their proof that
// the terms come from.
//
// Everywhere below: mu > 0, L >= mu, a >= max{16 L / mu, H (+ tau)}, T >= 1,
// K, b, H >= 1, tau >= 0, sigma^2 >= 0, G^2 >= 0 and step sizes eta_t = 4 / (mu
// (a + t)). Bounds are of E f(xhat_T) - f*, in the unit of f.

#ifndef LIB_THEORY_CONVERGENCE_BOUND_H_
#define LIB_THEORY_CONVERGENCE_BOUND_H_

#include <cstdint>
#include <optional>

namespace local_sgd {

// What is left of the start, what the gradients' noise costs, and what the
// workers' drifting apart between synchronisations costs.
struct BoundTerms {
  double bias = 0.0;
  double variance = 0.0;
  double drift = 0.0;

  double total() const { return bias + variance + drift; }
};

// What both theorems depend on, but for H and tau.
struct BoundSettings {
  int64_t iterations = 1;              // T
  int64_t workers = 1;                 // K
  int64_t batch = 1;                   // b
  double shift = 1.0;                  // a
  double strong_convexity = 1.0;       // mu
  double smoothness = 1.0;             // L
  double variance = 0.0;               // sigma^2 of a single sample's gradient
  double second_moment = 0.0;          // G^2
  double start_distance_square = 0.0;  // |x_0 - x*|^2
};

// Bound (5) of Theorem 2.2, sigma^2 / b in place of sigma^2; `gap` is H.
BoundTerms SynchronousBound(const BoundSettings& settings, int64_t gap);

// The smallest T >= 1, whatever that of the settings, at which bound (5)
// promises `error`: SynchronousBound(settings, gap).total() <= error. Nothing
// where T = 2^60 does not.
std::optional<int64_t> PromisedIterations(BoundSettings settings, int64_t gap,
                                          double error);

// The bound of Theorem 5.1; `delay` is tau.
BoundTerms AsynchronousBound(const BoundSettings& settings, int64_t gap,
                             int64_t delay);

// Bounds of E (1/K) sum_k |xbar_t - x_t^k|^2 when eta_t <= 2 eta_{t+H}: 4
// eta_t^2 G^2 H^2, and 12 eta_t^2 G^2 (H + tau)^2 in the asynchronous case.
double SynchronousDriftBound(double step_size, double second_moment,
                             int64_t gap);
double AsynchronousDriftBound(double step_size, double second_moment,
                              int64_t gap, int64_t delay);

// B and C of the recursion
//   a_{t+1} <= (1 - mu eta_t) a_t - A eta_t e_t + eta_t^2 B + eta_t^3 C
// with A = 1/2, a_t = E |xbar_t - x*|^2, e_t = E f(xbar_t) - f*: B = sigma^2 /
// (K b), the variance of the averaged gradient, and C = 2 L times the drift
// bound over eta_t^2: 8 G^2 H^2 L or 24 G^2 (H + tau)^2 L.
struct RecursionConstants {
  double B = 0.0;
  double C = 0.0;
};
RecursionConstants SynchronousConstants(const BoundSettings& settings,
                                        int64_t gap);
RecursionConstants AsynchronousConstants(const BoundSettings& settings,
                                         int64_t gap, int64_t delay);

// The averaging lemma: what the recursion says about (1/S_T) sum_{t<T} w_t e_t
// with w_t = (a + t)^2, the terms of a_0 (bias), B (variance) and C (drift):
//   (1/A) (mu a^3 / (4 S_T) a_0 + 2 T (T + 2a) / (mu S_T) B
//          + 16 T / (mu^2 S_T) C).
BoundTerms AveragingLemma(double A, double mu, double a, int64_t T,
                          double start_distance_square,
                          const RecursionConstants& constants);

}  // namespace local_sgd

#endif  // LIB_THEORY_CONVERGENCE_BOUND_H_
