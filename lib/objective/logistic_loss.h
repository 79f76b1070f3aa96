// The scalar logistic loss and its derivative, from our own exp and log1p: only
// +, -, *, / and integer operations on bits, so that the result is the same on
// every machine, which no C library promises. No branch depends on a value.

#ifndef LIB_OBJECTIVE_LOGISTIC_LOSS_H_
#define LIB_OBJECTIVE_LOGISTIC_LOSS_H_

#include <bit>
#include <cstdint>

namespace local_sgd {

// Like std::exp(x), but x is clamped to [-708, 709], where the result is a
// normal number. Relative error below 2^-52. NaN stays NaN.
inline double PortableExp(double x) {
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42fee00000p-1;  // 21 trailing zero bits
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  // Adding it rounds to an integer, which stands in the low bits of the sum.
  constexpr double kRound = 0x1.8p52;
  x = x < -708.0 ? -708.0 : x;
  x = x > 709.0 ? 709.0 : x;
  const double shifted = x * kLog2E + kRound;
  const double k = shifted - kRound;
  const double r = (x - k * kLn2High) - k * kLn2Low;  // |r| <= ln(2) / 2
  // Taylor series of (exp(r) - 1 - r) / r^2: the first term left out, r^14/14!,
  // is below 5e-18. Pairs of terms, so that they can be computed side by side.
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double r8 = r4 * r4;
  const double q0 =
      (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
  const double q1 = (1.0 / 720.0 + r * (1.0 / 5040.0)) +
                    r2 * (1.0 / 40320.0 + r * (1.0 / 362880.0));
  const double q2 = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) +
                    r2 * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0));
  const double exp_r = 1.0 + (r + r2 * (q0 + r4 * q1 + r8 * q2));
  const uint64_t power = (std::bit_cast<uint64_t>(shifted) << 52) +
                         std::bit_cast<uint64_t>(1.0);  // 2^k
  return exp_r * std::bit_cast<double>(power);
}

// Like std::log1p(u), but for u in [0, 1] only. Relative error below 2^-51.
inline double PortableLog1p(double u) {
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;
  // log(1 + u) = 2 artanh(u / (2 + u)); above sqrt(2) - 1 the same for
  // log((1 + u) / 2) + log(2). So |z| <= 0.172, z^2 <= 0.0295.
  const bool halve = u > 0x1.a827999fcef32p-2;
  const double z = (halve ? u - 1.0 : u) / (halve ? u + 3.0 : u + 2.0);
  const double offset = halve ? kLn2 : 0.0;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z8 = z4 * z4;
  // (artanh(z) - z) / z^3; the first term left out is below 1e-17 of z.
  const double q0 =
      (1.0 / 3.0 + z2 * (1.0 / 5.0)) + z4 * (1.0 / 7.0 + z2 * (1.0 / 9.0));
  const double q1 =
      (1.0 / 11.0 + z2 * (1.0 / 13.0)) + z4 * (1.0 / 15.0 + z2 * (1.0 / 17.0));
  const double q2 = 1.0 / 19.0 + z2 * (1.0 / 21.0);
  const double tail = z2 * (q0 + z8 * (q1 + z8 * q2));
  return offset + 2.0 * (z + z * tail);
}

// sigma(-m) = 1 / (1 + exp(m)) = -(d/dm) log(1 + exp(-m)), where m = y <a, x>.
inline double LogisticSlope(double m) { return 1.0 / (1.0 + PortableExp(m)); }

// log(1 + exp(-m)) without overflow or cancellation.
inline double LogisticLoss(double m) {
  const double magnitude = m < 0.0 ? -m : m;
  const double hinge = m < 0.0 ? -m : 0.0;
  return hinge + PortableLog1p(PortableExp(-magnitude));
}

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LOGISTIC_LOSS_H_
