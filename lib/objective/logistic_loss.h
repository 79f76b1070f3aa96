// The scalar logistic loss and its derivative, from our own exp and log1p: see
// logistic_formulas.inc.

#ifndef LIB_OBJECTIVE_LOGISTIC_LOSS_H_
#define LIB_OBJECTIVE_LOGISTIC_LOSS_H_

#include <bit>
#include <cstdint>

namespace local_sgd {

namespace scalar {

struct Arithmetic {
  using Number = double;
  static double Set(double constant) { return constant; }
  static double IfLess(double x, double y, double yes, double no) {
    return x < y ? yes : no;
  }
  static double TwoToLowBits(double x) {
    return std::bit_cast<double>((std::bit_cast<uint64_t>(x) << 52) +
                                 std::bit_cast<uint64_t>(1.0));
  }
};

#include "lib/objective/logistic_formulas.inc"

}  // namespace scalar

// Like std::exp(x), but x is clamped to [-708, 709].
inline double PortableExp(double x) {
  return scalar::ExpOf<scalar::Arithmetic>(x);
}

// Like std::log1p(u), but for u in [0, 1] only.
inline double PortableLog1p(double u) {
  return scalar::Log1pOf<scalar::Arithmetic>(u);
}

// sigma(-m), minus the derivative of log(1 + exp(-m)).
inline double LogisticSlope(double m) {
  return scalar::LogisticSlopeOf<scalar::Arithmetic>(m);
}

// The losses of one feature row at margin m = <a, x> for the labels +1 and -1.
struct LogisticLosses {
  double positive = 0.0;  // log(1 + exp(-m))
  double negative = 0.0;  // log(1 + exp(m))
};
inline LogisticLosses LogisticLossesAt(double m) {
  LogisticLosses losses;
  scalar::LogisticLossesOf<scalar::Arithmetic>(m, losses.positive,
                                               losses.negative);
  return losses;
}

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LOGISTIC_LOSS_H_
