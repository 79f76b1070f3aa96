// exp and log1p from +, -, *, / alone; lanes share exp_formulas.inc.

#ifndef LIB_MATH_PORTABLE_EXP_H_
#define LIB_MATH_PORTABLE_EXP_H_

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

#include "lib/math/exp_formulas.inc"

}  // namespace scalar

// Like std::exp(x), but x is clamped to [-708, 709].
inline double PortableExp(double x) {
  return scalar::ExpOf<scalar::Arithmetic>(x);
}

// Like std::log1p(u), but for u in [0, 1] only.
inline double PortableLog1p(double u) {
  return scalar::Log1pOf<scalar::Arithmetic>(u);
}

}  // namespace local_sgd

#endif  // LIB_MATH_PORTABLE_EXP_H_
