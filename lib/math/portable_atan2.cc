#include "lib/math/portable_atan2.h"

#include <cmath>
#include <numbers>

namespace local_sgd {
namespace {

// value + rest = a + b, exactly (Knuth).
struct ExactSum {
  ExactSum(double a, double b) : value(a + b) {
    const double of_b = value - a;
    rest = (a - (value - of_b)) + (b - of_b);
  }
  double value;
  double rest;
};

}  // namespace

double PortableAtan2(double y, double x) {
  if (std::isinf(y)) return std::copysign(0.5 * std::numbers::pi, y);
  const double height = std::abs(y);
  // arctan(height / x) = turn pi/2 + arctan(z), z = numerator / denominator and
  // |z| below 0.4143, about tan(pi/8).
  double turn = 0.0;
  ExactSum numerator(height, 0.0);
  ExactSum denominator(x, 0.0);
  if (height > 2.414 * x) {
    turn = 1.0;
    numerator = {-x, 0.0};
    denominator = {height, 0.0};
  } else if (height > 0.4142 * x) {
    turn = 0.5;
    numerator = {height, -x};
    denominator = {height, x};
  }
  const double z = numerator.value / denominator.value;
  // What z lacks, and arctan(z) with it: 1 / (1 + z^2) of that.
  const double z2 = z * z;
  const double rest = (std::fma(-z, denominator.value, numerator.value) +
                       (numerator.rest - z * denominator.rest)) /
                      denominator.value / (1.0 + z2);
  // arctan(z) = z - z^3/3 + z^5/5 - ...: the first term left out, z^45/45, is
  // below 1e-18 of z.
  double tail = 0.0;
  for (int odd = 43; odd >= 3; odd -= 2) tail = (1.0 / odd - tail) * z2;
  // pi/2 in two parts; halves of them are exact.
  const ExactSum sum(turn * 0x1.921fb54442d18p+0, z);
  const double low = turn * 0x1.1a62633145c07p-54 + (rest - z * tail);
  return std::copysign(sum.value + (sum.rest + low), y);
}

}  // namespace local_sgd
