#include "lib/solver/trajectories.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <vector>

#include "absl/types/span.h"
#include "lib/check.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/lane_runs.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size_grid.h"

namespace local_sgd {
namespace {

// At most eight runs, the first of which is number `first` of all.
void FollowGroup(const StepRows& rows, double lambda,
                 absl::Span<const Trajectory> runs, size_t first,
                 const std::function<void(const TrajectoryLanes&)>& look) {
  std::vector<LaneLocalSgd::Run> starts;
  std::set<int64_t> times;
  for (const Trajectory& run : runs) {
    LOCAL_SGD_CHECK(!run.iterations.empty());
    starts.push_back(
        {run.options, LocalSgd(rows, lambda, run.options).state()});
    times.insert(run.iterations.begin(), run.iterations.end());
  }
  LaneLocalSgd algorithm(rows, lambda, starts);
  for (const int64_t t : times) {
    algorithm.AdvanceTo(t);
    TrajectoryLanes at = {algorithm, first, {}};
    for (size_t l = 0; l < runs.size(); ++l) {
      const std::vector<int64_t>& iterations = runs[l].iterations;
      if (std::binary_search(iterations.begin(), iterations.end(), t)) {
        at.lanes.push_back(static_cast<int>(l));
      }
    }
    look(at);
    for (size_t l = 0; l < runs.size(); ++l) {
      // What it does later costs nothing special.
      if (runs[l].iterations.back() == t)
        algorithm.Release(static_cast<int>(l));
    }
  }
}

}  // namespace

void FollowTrajectories(
    const StepRows& rows, double lambda, absl::Span<const Trajectory> runs,
    const std::function<void(const TrajectoryLanes&)>& look) {
  for (size_t first = 0; first < runs.size(); first += kLanes) {
    FollowGroup(rows, lambda, runs.subspan(first, kLanes), first, look);
  }
}

std::vector<std::vector<double>> MeanIteratesOf(const TrajectoryLanes& at,
                                                Iterate iterate) {
  const std::vector<LaneDoubles> four = at.algorithm.MeanIterates();
  std::vector<std::vector<double>> points(at.lanes.size());
  for (size_t i = 0; i < points.size(); ++i) {
    for (size_t j = static_cast<size_t>(iterate); j < four.size();
         j += kNumIterates) {
      points[i].push_back(four[j][at.lanes[i]]);
    }
  }
  return points;
}

std::vector<double> GapsAt(const LogisticRegression& problem,
                           double optimal_value,
                           const std::vector<std::vector<double>>& points) {
  const auto d = static_cast<size_t>(problem.num_features());
  std::vector<double> gaps;
  std::vector<double> four(4 * d);
  for (size_t first = 0; first < points.size(); first += 4) {
    const size_t count = std::min<size_t>(4, points.size() - first);
    for (size_t q = 0; q < 4; ++q) {
      const std::vector<double>& point = points[first + std::min(q, count - 1)];
      for (size_t j = 0; j < d; ++j) four[4 * j + q] = point[j];
    }
    const auto values = ValuesAtFour(problem, four, /*threads=*/1);
    for (size_t q = 0; q < count; ++q) {
      gaps.push_back(values[q] - optimal_value);
    }
  }
  return gaps;
}

std::vector<std::vector<Gaps>> GapCurves(const LogisticRegression& problem,
                                         const StepRows& rows,
                                         double optimal_value,
                                         absl::Span<const Trajectory> runs) {
  std::vector<std::vector<Gaps>> curves(runs.size());
  FollowTrajectories(
      rows, problem.lambda, runs, [&](const TrajectoryLanes& at) {
        LaneDoubles epsilon;
        std::fill_n(epsilon.lane, kLanes, -1.0);
        for (const int l : at.lanes) {
          epsilon[l] = std::numeric_limits<double>::infinity();
        }
        const std::array<Gaps, kLanes> gaps =
            LaneGaps(problem, optimal_value, at.algorithm, epsilon);
        for (const int l : at.lanes) curves[at.Place(l)].push_back(gaps[l]);
      });
  return curves;
}

std::vector<size_t> BestStepSizes(
    const LogisticRegression& problem, const StepRows& rows,
    double optimal_value, const LocalSgdOptions& options,
    const std::vector<int64_t>& iterations,
    absl::Span<const StepSizeCandidate> candidates) {
  std::vector<Trajectory> runs;
  for (const StepSizeCandidate& candidate : candidates) {
    runs.push_back({options, iterations});
    runs.back().options.step_size =
        StepSizeOf(candidate, problem.num_samples());
  }
  const std::vector<std::vector<Gaps>> curves =
      GapCurves(problem, rows, optimal_value, runs);
  std::vector<size_t> best(iterations.size(), 0);
  for (size_t t = 0; t < iterations.size(); ++t) {
    for (size_t c = 1; c < curves.size(); ++c) {
      if (SmallestGap(curves[c][t]) < SmallestGap(curves[best[t]][t])) {
        best[t] = c;
      }
    }
  }
  return best;
}

}  // namespace local_sgd
