#include "lib/math/portable_log.h"

#include <cmath>
#include <limits>

namespace local_sgd {

double PortableLog(double x) {
  if (!(x > 0.0)) {
    return x == 0.0 ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::quiet_NaN();
  }
  if (std::isinf(x)) return x;
  // x = m 2^k with m in [sqrt(1/2), sqrt(2)); both are exact.
  int k = 0;
  double m = std::frexp(x, &k);
  if (m < 0x1.6a09e667f3bcdp-1) {
    m *= 2.0;
    --k;
  }
  // log(m) = 2 artanh(z) = 2 (z + z^3/3 + z^5/5 + ...), z^2 <= 0.0295: the
  // first term left out, z^25/25, is below 1e-19 of z.
  const double z = (m - 1.0) / (m + 1.0);
  const double z2 = z * z;
  double tail = 0.0;
  for (int odd = 23; odd >= 3; odd -= 2) tail = (tail + 1.0 / odd) * z2;
  const double log_m = 2.0 * (z + z * tail);
  // log(2) in two parts: k times the first is exact.
  const double n = static_cast<double>(k);
  return n * 0x1.62e42fee00000p-1 + (n * 0x1.a39ef35793c76p-33 + log_m);
}

}  // namespace local_sgd
