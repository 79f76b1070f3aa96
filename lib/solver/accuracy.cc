#include "lib/solver/accuracy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace local_sgd {

absl::string_view IterateName(Iterate iterate) {
  switch (iterate) {
    case Iterate::kLast:
      return "last";
    case Iterate::kUniform:
      return "uniform";
    case Iterate::kLinear:
      return "linear";
    case Iterate::kQuadratic:
      return "quadratic";
  }
  return "";
}

bool IsLastFinite(absl::Span<const double> points) {
  double square = 0.0;
  for (size_t i = 0; i < points.size(); i += kNumIterates) {
    square += points[i] * points[i];
  }
  return std::isfinite(square);
}

Iterate BestIterate(const Gaps& gaps) {
  int best = 0;
  for (int q = 1; q < kNumIterates; ++q) {
    if (gaps[q] < gaps[best] || std::isnan(gaps[best])) best = q;
  }
  return static_cast<Iterate>(best);
}

double SmallestGap(const Gaps& gaps) {
  return gaps[static_cast<int>(BestIterate(gaps))];
}

bool ReachesAnother(const std::vector<Reached>& reached, double gap) {
  return std::any_of(reached.begin(), reached.end(), [gap](const Reached& r) {
    return r.iterations == 0 && gap <= r.epsilon;
  });
}

bool ReachedAll(const std::vector<Reached>& reached) {
  return std::all_of(reached.begin(), reached.end(),
                     [](const Reached& r) { return r.iterations != 0; });
}

void NoteReached(int64_t t, const Gaps& gaps, double coarse_gap,
                 std::vector<Reached>& reached) {
  for (Reached& r : reached) {
    if (r.iterations == 0 && coarse_gap <= r.epsilon &&
        SmallestGap(gaps) <= r.epsilon) {
      r.iterations = t;
      r.iterate = BestIterate(gaps);
    }
  }
}

}  // namespace local_sgd
