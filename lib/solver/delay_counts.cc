#include "lib/solver/delay_counts.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace local_sgd {
namespace {

constexpr int64_t kBinsPerOctave = 16;

// The first power of two with shared bins is 32 = 2^5.
constexpr int kFirstOctave = 5;
static_assert(DelayCounts::kExact == 1 << kFirstOctave);

int64_t BinOf(int64_t delay) {
  if (delay < DelayCounts::kExact) return delay;
  const int octave = std::bit_width(static_cast<uint64_t>(delay)) - 1;
  const int64_t width = (int64_t{1} << octave) / kBinsPerOctave;
  return DelayCounts::kExact + (octave - kFirstOctave) * kBinsPerOctave +
         delay / width - kBinsPerOctave;
}

int64_t LargestIn(int64_t bin) {
  if (bin < DelayCounts::kExact) return bin;
  const int64_t octave =
      kFirstOctave + (bin - DelayCounts::kExact) / kBinsPerOctave;
  const int64_t place = (bin - DelayCounts::kExact) % kBinsPerOctave;
  const int64_t width = (int64_t{1} << octave) / kBinsPerOctave;
  return (kBinsPerOctave + place + 1) * width - 1;
}

}  // namespace

void DelayCounts::Add(int64_t delay) {
  const size_t bin = static_cast<size_t>(BinOf(delay));
  if (bin >= bins_.size()) bins_.resize(bin + 1);
  ++bins_[bin];
  ++count_;
  max_ = std::max(max_, delay);
  sum_ += static_cast<double>(delay);
}

void DelayCounts::Add(const DelayCounts& other) {
  if (other.bins_.size() > bins_.size()) bins_.resize(other.bins_.size());
  for (size_t bin = 0; bin < other.bins_.size(); ++bin) {
    bins_[bin] += other.bins_[bin];
  }
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::vector<double> DelayCounts::ToNumbers() const {
  std::vector<double> numbers = {static_cast<double>(max_), sum_};
  for (const int64_t delays : bins_) {
    numbers.push_back(static_cast<double>(delays));
  }
  return numbers;
}

DelayCounts DelayCounts::FromNumbers(absl::Span<const double> numbers) {
  DelayCounts counts;
  counts.max_ = static_cast<int64_t>(numbers[0]);
  counts.sum_ = numbers[1];
  for (const double delays : numbers.subspan(2)) {
    counts.bins_.push_back(static_cast<int64_t>(delays));
    counts.count_ += counts.bins_.back();
  }
  return counts;
}

double DelayCounts::mean() const {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

int64_t DelayCounts::Quantile(double q) const {
  const int64_t wanted = std::clamp<int64_t>(
      static_cast<int64_t>(std::ceil(q * static_cast<double>(count_))), 1,
      count_ == 0 ? 1 : count_);
  int64_t so_far = 0;
  for (size_t bin = 0; bin < bins_.size(); ++bin) {
    so_far += bins_[bin];
    if (so_far >= wanted) {
      return std::min(max_, LargestIn(static_cast<int64_t>(bin)));
    }
  }
  return 0;
}

}  // namespace local_sgd
