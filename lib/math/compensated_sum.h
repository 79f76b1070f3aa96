// Kahan's summation, so that 1e9 terms lose nothing.

#ifndef LIB_MATH_COMPENSATED_SUM_H_
#define LIB_MATH_COMPENSATED_SUM_H_

namespace local_sgd {

// sum += term; `error` is what rounding has added to `sum` so far too much.
inline void AddCompensated(double term, double& sum, double& error) {
  const double corrected = term - error;
  const double next = sum + corrected;
  error = (next - sum) - corrected;
  sum = next;
}

}  // namespace local_sgd

#endif  // LIB_MATH_COMPENSATED_SUM_H_
