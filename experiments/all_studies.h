// Every study whose records can be reported, for those who read a results
// folder: a new study is a line here. Reaches no solver.

#ifndef EXPERIMENTS_ALL_STUDIES_H_
#define EXPERIMENTS_ALL_STUDIES_H_

#include <vector>

#include "experiments/study.h"

namespace local_sgd {

// In the order in which a reader meets them.
const std::vector<AnyStudy>& AllStudies();

}  // namespace local_sgd

#endif  // EXPERIMENTS_ALL_STUDIES_H_
