#include "lib/statistics/student_t.h"

#include <cmath>
#include <cstdint>
#include <numbers>

#include "lib/math/portable_atan2.h"

namespace local_sgd {

double StudentTProbability(double t, int64_t degrees_of_freedom) {
  // theta = arctan(t / sqrt(nu)).
  const double nu = static_cast<double>(degrees_of_freedom);
  const double cosine_squared = nu / (nu + t * t);
  const double sine = t / std::sqrt(nu + t * t);
  const bool even = degrees_of_freedom % 2 == 0;
  // even: 1 + 1/2 cos^2 + (1 3)/(2 4) cos^4 + ... up to cos^(nu - 2);
  // odd:  cos + 2/3 cos^3 + (2 4)/(3 5) cos^5 + ... likewise.
  double sum = 0.0;
  double term = even ? 1.0 : std::sqrt(cosine_squared);
  for (int64_t power = even ? 0 : 1; power <= degrees_of_freedom - 2;
       power += 2) {
    sum += term;
    const double k = static_cast<double>(power);
    term *= (k + 1.0) / (k + 2.0) * cosine_squared;
  }
  if (even) return sine * sum;
  return 2.0 / std::numbers::pi *
         (PortableAtan2(t, std::sqrt(nu)) + sine * sum);
}

double StudentTQuantile975(int64_t degrees_of_freedom) {
  // It falls from 12.7 at one degree of freedom to the normal's 1.96.
  double low = 1.9;
  double high = 13.0;
  while (true) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) return middle;
    const bool below = StudentTProbability(middle, degrees_of_freedom) < 0.95;
    (below ? low : high) = middle;
  }
}

}  // namespace local_sgd
