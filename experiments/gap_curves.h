// f - f* at given iterations of runs of Algorithm 1 that share their draws.

#ifndef EXPERIMENTS_GAP_CURVES_H_
#define EXPERIMENTS_GAP_CURVES_H_

#include <cstdint>
#include <vector>

#include "experiments/problem.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"

namespace local_sgd {

struct CurveRun {
  LocalSgdOptions options;
  std::vector<int64_t> iterations;  // ascending, from 1; at least one
};

// The gaps of every run at its iterations, those of RunLocalSgd bit for bit.
// The runs have valid options and the same workers, batch and seed; eight
// neighbours at a time run side by side, on one thread.
std::vector<std::vector<Gaps>> RunGapCurves(const Problem& problem,
                                            const std::vector<CurveRun>& runs);

}  // namespace local_sgd

#endif  // EXPERIMENTS_GAP_CURVES_H_
