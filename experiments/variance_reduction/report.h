// Bias and variance against K for a reader: the tables and figures of
// variance_reduction.csv and variance_reduction_findings.csv.

#ifndef EXPERIMENTS_VARIANCE_REDUCTION_REPORT_H_
#define EXPERIMENTS_VARIANCE_REDUCTION_REPORT_H_

#include "experiments/study.h"
#include "experiments/variance_reduction/records.h"

namespace local_sgd {

// First what the findings say about K: the averaged gradient, the slopes, and
// the cost of fewer synchronisations. Then, for each lambda and choice of step
// sizes, at equal T and at equal gradients, last iterate and quadratic average:
// rows K, and for each synchronisation the bias and the variance of f - f*,
// each plus or minus the half-width of its interval of 95 %.
//
// And two figures, variance_reduction_last and variance_reduction_quadratic,
// of one iterate each: against K, a line for each synchronisation with a band
// of its interval of 95 %, a row for each lambda and choice of step sizes: the
// variance E f(x) - f(E x) and E f(x) - f* at equal T, and E f(x) - f* at equal
// gradients.
const Study<VarianceReduction>& VarianceReductionStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_VARIANCE_REDUCTION_REPORT_H_
