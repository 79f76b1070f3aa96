#include "lib/solver/sample_stream.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

std::vector<uint32_t> Draw(uint64_t seed, int64_t worker, int64_t first,
                           int64_t count, int64_t n) {
  std::vector<uint32_t> rows(count);
  DrawRows(seed, worker, first, count, n, rows.data());
  return rows;
}

// The published known answer of Philox4x64-10: key and counter zero give
// 16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b.
TEST(SampleStream, IsThePublishedGenerator) {
  const int64_t n = int64_t{1} << 31;
  EXPECT_EQ(Draw(0, 0, 0, 4, n),
            (std::vector<uint32_t>{0x16554d9e >> 1, 0xdb20fe9d >> 1,
                                   0xd7e772ce >> 1, 0x7e68b68a >> 1}));
}

TEST(SampleStream, ADrawDependsOnItsNumberOnly) {
  const std::vector<uint32_t> all = Draw(5, 3, 0, 100, 1000);
  for (const int64_t first : {0, 1, 2, 3, 4, 50, 99}) {
    for (const int64_t count : {1, 2, 3, 5, 20}) {
      if (first + count > 100) continue;
      EXPECT_EQ(Draw(5, 3, first, count, 1000),
                std::vector<uint32_t>(all.begin() + first,
                                      all.begin() + first + count));
    }
  }
}

TEST(SampleStream, SeedsAndWorkersHaveTheirOwnSequences) {
  EXPECT_NE(Draw(1, 0, 0, 20, 1000), Draw(2, 0, 0, 20, 1000));
  EXPECT_NE(Draw(1, 0, 0, 20, 1000), Draw(1, 1, 0, 20, 1000));
  EXPECT_NE(Draw(1, 2, 0, 20, 1000), Draw(2, 1, 0, 20, 1000));
}

// Counts in cells, for one worker's sequence and across workers at one place,
// against the chi-squared distribution with n - 1 degrees of freedom: within
// five standard deviations.
TEST(SampleStream, DrawsAreUniform) {
  constexpr int64_t n = 997;
  constexpr int64_t kDraws = 200'000;
  std::vector<uint32_t> along = Draw(9, 4, 0, kDraws, n);
  std::vector<uint32_t> across(kDraws);
  for (int64_t k = 0; k < kDraws; ++k) DrawRows(9, k, 77, 1, n, &across[k]);
  for (const std::vector<uint32_t>& rows : {along, across}) {
    std::vector<double> counts(n, 0.0);
    for (const uint32_t row : rows) {
      ASSERT_LT(row, n);
      ++counts[row];
    }
    double chi_squared = 0.0;
    const double expected = static_cast<double>(kDraws) / n;
    for (const double count : counts) {
      chi_squared += (count - expected) * (count - expected) / expected;
    }
    EXPECT_NEAR(chi_squared, n - 1.0, 5.0 * std::sqrt(2.0 * (n - 1.0)));
  }
}

}  // namespace
}  // namespace local_sgd
