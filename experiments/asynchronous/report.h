// When asynchrony pays, for a reader: the tables and the figure of
// asynchronous.csv.

#ifndef EXPERIMENTS_ASYNCHRONOUS_REPORT_H_
#define EXPERIMENTS_ASYNCHRONOUS_REPORT_H_

#include "experiments/asynchronous/records.h"
#include "experiments/study.h"

namespace local_sgd {

// T(eps) and modelled seconds of both methods, means over seeds, for the
// clusters of the arm speed and the slowdowns of the arm straggler; and the arm
// delay, its mean error beside Theorem 5.1's bound.
//
// And a figure: modelled seconds to each epsilon against the slowdown of the
// straggler, both methods: a panel for each epsilon.
const Study<Asynchronous>& AsynchronousStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_ASYNCHRONOUS_REPORT_H_
