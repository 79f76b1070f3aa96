#include "lib/solver/async_summary.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/solver/vector_bytes.h"

namespace local_sgd {

AsyncTargets::AsyncTargets(const std::vector<double>& epsilons, int64_t workers)
    : workers_(workers), seconds_(epsilons.size(), 0.0) {
  for (const double epsilon : epsilons) {
    reached_.push_back({.epsilon = epsilon});
  }
}

bool AsyncTargets::ReachesAnother(double gap) const {
  return local_sgd::ReachesAnother(reached_, gap);
}

bool AsyncTargets::ReachedAll() const {
  return local_sgd::ReachedAll(reached_);
}

void AsyncTargets::Note(int64_t local_steps, double seconds, const Gaps& gaps,
                        double coarse_gap) {
  const std::vector<Reached> before = reached_;
  NoteReached(local_steps, gaps, coarse_gap, reached_);
  for (size_t e = 0; e < reached_.size(); ++e) {
    if (reached_[e].iterations != before[e].iterations) seconds_[e] = seconds;
  }
}

std::vector<AsyncReached> AsyncTargets::reached() const {
  std::vector<AsyncReached> result;
  for (size_t e = 0; e < reached_.size(); ++e) {
    AsyncReached reached;
    reached.epsilon = reached_[e].epsilon;
    reached.local_steps = reached_[e].iterations;
    reached.iterations = static_cast<double>(reached.local_steps) /
                         static_cast<double>(workers_);
    reached.seconds = seconds_[e];
    reached.iterate = reached_[e].iterate;
    result.push_back(reached);
  }
  return result;
}

void CompleteSummary(const StepRows& rows, const LocalSgdOptions& options,
                     AsyncSummary& summary) {
  summary.iterations = static_cast<double>(summary.local_steps) /
                       static_cast<double>(options.workers);
  summary.diverged = summary.diverged || !std::isfinite(summary.gaps[0]);
  summary.gradients = summary.local_steps * options.batch;
  summary.vectors = 2 * summary.adds;
  summary.bytes = VectorBytes(summary.vectors, rows.num_features);
}

}  // namespace local_sgd
