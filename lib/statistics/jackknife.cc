#include "lib/statistics/jackknife.h"

#include <numeric>
#include <vector>

#include "lib/check.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/student_t.h"
#include "lib/status_macros.h"

namespace local_sgd {

absl::StatusOr<Interval> Jackknife(
    int64_t m, const std::function<absl::StatusOr<double>(Kept)>& estimate) {
  LOCAL_SGD_CHECK(m >= 1);
  std::vector<int64_t> all(static_cast<size_t>(m));
  std::iota(all.begin(), all.end(), int64_t{0});
  ASSIGN_OR_RETURN(const double value, estimate(all));
  if (m == 1) return Interval{value, value, value};
  std::vector<double> values;
  for (int64_t i = 0; i < m; ++i) {
    std::vector<int64_t> kept = all;
    kept.erase(kept.begin() + i);
    ASSIGN_OR_RETURN(const double without, estimate(kept));
    values.push_back(without);
  }
  // (m-1)/m sum of squared deviations = (m-1)^2 s^2/m.
  const double half_width = StudentTQuantile975(m - 1) *
                            static_cast<double>(m - 1) * *StandardError(values);
  return Interval{value, value - half_width, value + half_width};
}

double MeanOf(absl::Span<const double> samples, Kept kept) {
  LOCAL_SGD_CHECK(!kept.empty());
  double sum = 0.0;
  for (const int64_t i : kept) sum += samples[static_cast<size_t>(i)];
  return sum / static_cast<double>(kept.size());
}

std::vector<double> MeansOf(const std::vector<std::vector<double>>& samples,
                            Kept kept) {
  std::vector<double> means;
  for (const std::vector<double>& one : samples) {
    means.push_back(MeanOf(one, kept));
  }
  return means;
}

}  // namespace local_sgd
