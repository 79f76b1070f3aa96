#include "lib/solver/delay_counts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(DelayCounts, SmallDelaysAreExact) {
  DelayCounts counts;
  for (const int64_t delay : {3, 0, 31, 3, 7}) counts.Add(delay);
  EXPECT_EQ(counts.count(), 5);
  EXPECT_EQ(counts.max(), 31);
  EXPECT_EQ(counts.mean(), 44.0 / 5.0);
  EXPECT_EQ(counts.Quantile(0.0), 0);
  EXPECT_EQ(counts.Quantile(0.2), 0);
  EXPECT_EQ(counts.Quantile(0.5), 3);
  EXPECT_EQ(counts.Quantile(0.8), 7);
  EXPECT_EQ(counts.Quantile(1.0), 31);
}

TEST(DelayCounts, EmptyIsZero) {
  const DelayCounts counts;
  EXPECT_EQ(counts.count(), 0);
  EXPECT_EQ(counts.max(), 0);
  EXPECT_EQ(counts.mean(), 0.0);
  EXPECT_EQ(counts.Quantile(0.5), 0);
}

// Every delay lies in its bin: at most a sixteenth below the bin's largest.
TEST(DelayCounts, LargeDelaysAreExactToASixteenth) {
  std::vector<int64_t> delays;
  for (int64_t delay = 0; delay < 5000; ++delay) delays.push_back(delay);
  for (int octave = 13; octave < 62; ++octave) {
    const int64_t power = int64_t{1} << octave;
    for (const int64_t delay : {power - 1, power, power + power / 3}) {
      delays.push_back(delay);
    }
  }
  for (const int64_t delay : delays) {
    DelayCounts counts;
    counts.Add(delay);
    EXPECT_EQ(counts.Quantile(0.5), delay);  // the maximum bounds it
    counts.Add(INT64_MAX / 2);
    const int64_t bin = counts.Quantile(0.5);
    EXPECT_GE(bin, delay);
    EXPECT_LE(static_cast<double>(bin), static_cast<double>(delay) * 17 / 16);
  }
}

TEST(DelayCounts, QuantilesOfManyAndOfMerged) {
  DelayCounts low;
  DelayCounts high;
  for (int64_t delay = 0; delay < 10'000; ++delay) {
    (delay < 4000 ? low : high).Add(delay);
  }
  low.Add(high);
  EXPECT_EQ(low.count(), 10'000);
  EXPECT_EQ(low.max(), 9999);
  EXPECT_NEAR(low.mean(), 4999.5, 1e-9);
  for (const double q : {0.01, 0.3, 0.5, 0.9, 0.99}) {
    EXPECT_GE(low.Quantile(q), 10'000 * q - 1);
    EXPECT_LE(low.Quantile(q), 10'000 * q * 17 / 16);
  }
}

TEST(DelayCounts, NumbersAndBack) {
  DelayCounts counts;
  for (const int64_t delay : {3, 0, 31, 3, 100'000}) counts.Add(delay);
  for (const DelayCounts& original : {DelayCounts(), counts}) {
    const DelayCounts copy = DelayCounts::FromNumbers(original.ToNumbers());
    EXPECT_EQ(copy.count(), original.count());
    EXPECT_EQ(copy.max(), original.max());
    EXPECT_EQ(copy.mean(), original.mean());
    EXPECT_EQ(copy.Quantile(0.5), original.Quantile(0.5));
    EXPECT_EQ(copy.Quantile(1.0), original.Quantile(1.0));
  }
}

}  // namespace
}  // namespace local_sgd
