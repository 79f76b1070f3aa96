#include "experiments/gap_curves.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "experiments/problem.h"
#include "lib/objective/lane_values.h"
#include "lib/objective/lanes.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"

namespace local_sgd {
namespace {

// Runs [first, last) of at most eight.
void RunGroup(const Problem& problem, const std::vector<CurveRun>& runs,
              size_t first, size_t last,
              std::vector<std::vector<Gaps>>& curves) {
  std::vector<LaneLocalSgd::Run> lanes;
  std::set<int64_t> times;
  for (size_t i = first; i < last; ++i) {
    const LocalSgdOptions& options = runs[i].options;
    lanes.push_back(
        {options,
         LocalSgd(problem.rows, problem.objective.lambda, options).state()});
    times.insert(runs[i].iterations.begin(), runs[i].iterations.end());
  }
  LaneLocalSgd algorithm(problem.rows, problem.objective.lambda, lanes);
  for (const int64_t t : times) {
    algorithm.AdvanceTo(t);
    ValueBound bound = {problem.optimum.value, {}};
    for (int l = 0; l < kLanes; ++l) bound.epsilon[l] = -1.0;
    std::vector<size_t> wanted;
    for (size_t i = first; i < last; ++i) {
      const std::vector<int64_t>& iterations = runs[i].iterations;
      if (!std::binary_search(iterations.begin(), iterations.end(), t)) {
        continue;
      }
      wanted.push_back(i);
      bound.epsilon[static_cast<int>(i - first)] =
          std::numeric_limits<double>::infinity();
    }
    const std::array<LaneDoubles, kNumIterates> values =
        ValuesAtLanes(problem.objective, algorithm.MeanIterates(), bound);
    for (const size_t i : wanted) {
      const int lane = static_cast<int>(i - first);
      Gaps gaps;
      for (int q = 0; q < kNumIterates; ++q) {
        gaps[q] = values[q][lane] - problem.optimum.value;
      }
      curves[i].push_back(gaps);
      if (t == runs[i].iterations.back()) algorithm.Release(lane);
    }
  }
}

}  // namespace

std::vector<std::vector<Gaps>> RunGapCurves(const Problem& problem,
                                            const std::vector<CurveRun>& runs) {
  std::vector<std::vector<Gaps>> curves(runs.size());
  for (size_t first = 0; first < runs.size(); first += kLanes) {
    RunGroup(problem, runs, first, std::min(first + kLanes, runs.size()),
             curves);
  }
  return curves;
}

}  // namespace local_sgd
