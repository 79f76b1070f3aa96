// Theory against measurement for a reader: the tables and figures of
// convergence_bound.csv.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_REPORT_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_REPORT_H_

#include "experiments/convergence_bound/records.h"
#include "experiments/study.h"

namespace local_sgd {

// A table for each data set and lambda: every K, b and H at its last T. And two
// figures:
//
// convergence_bound, the error along T with a band of one standard error, bound
// (5) and its three terms with the constants of the path, and the whole bound
// with those a priori: a row for each lambda, of three panels at b = 1: one
// worker; the most workers with the smallest H and with the largest.
//
// convergence_bound_terms, bound (5) with the constants of the path as its
// three terms one on top of another, the measured error with its band before
// them, and below each panel the terms' shares of the bound: for each lambda
// the most workers with the smallest H and with the largest, at b = 1.
const Study<ConvergenceBound>& ConvergenceBoundStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_REPORT_H_
