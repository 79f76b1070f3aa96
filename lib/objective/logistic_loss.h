// The scalar logistic loss and its derivative, from our own exp and log1p: see
// logistic_formulas.inc.

#ifndef LIB_OBJECTIVE_LOGISTIC_LOSS_H_
#define LIB_OBJECTIVE_LOGISTIC_LOSS_H_

#include "lib/math/portable_exp.h"

namespace local_sgd {

namespace scalar {

#include "lib/objective/logistic_formulas.inc"

}  // namespace scalar

// sigma(-m), minus the derivative of log(1 + exp(-m)).
inline double LogisticSlope(double m) {
  return scalar::LogisticSlopeOf<scalar::Arithmetic>(m);
}

// The losses of one feature row at margin m = <a, x> for the labels +1 and -1.
struct LogisticLosses {
  double positive = 0.0;  // log(1 + exp(-m))
  double negative = 0.0;  // log(1 + exp(m))
};
inline LogisticLosses LogisticLossesAt(double m) {
  LogisticLosses losses;
  scalar::LogisticLossesOf<scalar::Arithmetic>(m, losses.positive,
                                               losses.negative);
  return losses;
}

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LOGISTIC_LOSS_H_
