// The angle of a point from +, -, *, / alone, so that the width of an interval
// is the same bits on every machine, which no C library promises.

#ifndef LIB_MATH_PORTABLE_ATAN2_H_
#define LIB_MATH_PORTABLE_ATAN2_H_

namespace local_sgd {

// Like std::atan2(y, x), but for x > 0 only, where it is arctan(y / x); x and
// x + |y| are finite, or y is infinite. Relative error below 1.2e-16, where
// rounding alone makes 1.1e-16.
double PortableAtan2(double y, double x);

}  // namespace local_sgd

#endif  // LIB_MATH_PORTABLE_ATAN2_H_
