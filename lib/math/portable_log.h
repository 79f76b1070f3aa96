// The natural logarithm from +, -, *, / alone, so that a fitted exponent is the
// same bits on every machine, which no C library promises.

#ifndef LIB_MATH_PORTABLE_LOG_H_
#define LIB_MATH_PORTABLE_LOG_H_

namespace local_sgd {

// log(x), to a few units in the last place (near 1 relative to log(x) itself);
// minus infinity at 0, and no number below.
double PortableLog(double x);

}  // namespace local_sgd

#endif  // LIB_MATH_PORTABLE_LOG_H_
