// The constants of the problem that the theorems and the targets rest on.

#ifndef EXPERIMENTS_SINGLE_PROBLEM_CONSTANTS_H_
#define EXPERIMENTS_SINGLE_PROBLEM_CONSTANTS_H_

#include "experiments/problem.h"
#include "lib/program/results_origin.h"
#include "lib/records/table.h"

namespace local_sgd {

// One row; see lib/objective/problem_constants.h and optimum.h for the meaning
// of the columns. `features` is d; `occurring_features` counts those that some
// sample has, the entries of a vector that is computed with and exchanged.
Table ProblemConstantsTable(const Problem& problem);

// Which data and settings its files are of.
ResultsOrigin OriginOfConstants(const Problem& problem);

}  // namespace local_sgd

#endif  // EXPERIMENTS_SINGLE_PROBLEM_CONSTANTS_H_
