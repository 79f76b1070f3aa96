// T(epsilon) of docs/paper.md, "T(eps)": which of the four iterates has f - f*
// <= epsilon, and at which check point for the first time.

#ifndef LIB_SOLVER_ACCURACY_H_
#define LIB_SOLVER_ACCURACY_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace local_sgd {

// The four iterates of T(eps); all are means over workers.
enum class Iterate { kLast = 0, kUniform = 1, kLinear = 2, kQuadratic = 3 };
inline constexpr int kNumIterates = 4;
absl::string_view IterateName(Iterate iterate);  // "last", "uniform", ...

// f - f* of each; not finite where the run has diverged.
using Gaps = std::array<double, kNumIterates>;

// Whether the last of four iterates, whose entry j stands at 4 j as
// MeanIterates gives it, has a finite norm: otherwise the run has diverged, f
// is not finite there and never will be again. Costs much less than f.
bool IsLastFinite(absl::Span<const double> points);

// The iterate with the smallest gap, and that gap. A gap that is not a number
// counts as infinite.
Iterate BestIterate(const Gaps& gaps);
double SmallestGap(const Gaps& gaps);

// In place of T(epsilon): the run goes on for others and no longer looks out
// for this one.
inline constexpr int64_t kGivenUp = -1;

struct Reached {
  double epsilon = 0.0;
  int64_t iterations = 0;  // T(epsilon); 0 when not reached, or kGivenUp
  Iterate iterate = Iterate::kLast;  // the best of those that reached it
};

// Whether some epsilon is still to be reached and `gap` reaches it.
bool ReachesAnother(const std::vector<Reached>& reached, double gap);

// Whether none is still to be reached.
bool ReachedAll(const std::vector<Reached>& reached);

// Notes iteration t, a fine point, for every epsilon that is reached there for
// the first time, if the coarse point at the end of the interval, with the gap
// `coarse_gap`, reaches it too: only then is the interval replayed for it.
void NoteReached(int64_t t, const Gaps& gaps, double coarse_gap,
                 std::vector<Reached>& reached);

}  // namespace local_sgd

#endif  // LIB_SOLVER_ACCURACY_H_
