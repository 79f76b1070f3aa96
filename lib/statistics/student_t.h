// How far a mean of few samples may lie from the truth: the factor between a
// standard error and the half-width of a 95 % interval.

#ifndef LIB_STATISTICS_STUDENT_T_H_
#define LIB_STATISTICS_STUDENT_T_H_

#include <cstdint>

namespace local_sgd {

// The probability that Student's t lies in [-t, t]; t >= 0, degrees of freedom
// >= 1. Abramowitz and Stegun, 26.7.3 and 26.7.4: a finite sum, of half as many
// terms as there are degrees of freedom.
double StudentTProbability(double t, int64_t degrees_of_freedom);

// The t with StudentTProbability 0.95: an interval of 95 % is the mean of m
// samples plus or minus this, with m - 1 degrees of freedom, times the standard
// error.
double StudentTQuantile975(int64_t degrees_of_freedom);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_STUDENT_T_H_
