#include "lib/statistics/mean.h"

#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "lib/check.h"
#include "lib/statistics/interval.h"
#include "lib/statistics/student_t.h"

namespace local_sgd {

double Mean(absl::Span<const double> samples) {
  LOCAL_SGD_CHECK(!samples.empty());
  double sum = 0.0;
  for (const double sample : samples) sum += sample;
  return sum / static_cast<double>(samples.size());
}

std::optional<double> StandardError(absl::Span<const double> samples) {
  if (samples.size() < 2) return std::nullopt;
  const double mean = Mean(samples);
  double sum = 0.0;
  for (const double sample : samples) sum += (sample - mean) * (sample - mean);
  const double m = static_cast<double>(samples.size());
  return std::sqrt(sum / (m - 1.0) / m);
}

Interval MeanInterval(absl::Span<const double> samples) {
  const double mean = Mean(samples);
  const std::optional<double> error = StandardError(samples);
  const double half_width =
      error ? *error *
                  StudentTQuantile975(static_cast<int64_t>(samples.size()) - 1)
            : 0.0;
  return {mean, mean - half_width, mean + half_width};
}

}  // namespace local_sgd
