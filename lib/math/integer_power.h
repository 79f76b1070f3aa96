// Powers with integer exponents by multiplication alone, for labels and limits
// of axes: no C library promises the bits of its pow.

#ifndef LIB_MATH_INTEGER_POWER_H_
#define LIB_MATH_INTEGER_POWER_H_

#include <cstdlib>

namespace local_sgd {

// Like std::pow(base, exponent), base >= 1: the nearest double for powers of 2,
// and for those of 10 with |exponent| <= 22, the last that a double holds.
inline double IntegerPower(int base, int exponent) {
  // In steps: 1 / infinity is no power.
  if (exponent < -22) {
    return IntegerPower(base, exponent + 22) / IntegerPower(base, 22);
  }
  double power = 1.0;
  for (int i = 0; i < std::abs(exponent); ++i) power *= base;
  return exponent < 0 ? 1.0 / power : power;
}

}  // namespace local_sgd

#endif  // LIB_MATH_INTEGER_POWER_H_
