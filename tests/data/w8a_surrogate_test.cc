// The embedded stand-in for w8a is as close to w8a as promised, and always the
// same data.

#include "data/w8a_surrogate.h"

#include <cmath>
#include <cstdint>
#include <set>

#include "data/surrogate_quality.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {
namespace {

// w8a's values: counts from the file, the rest computed in double precision by
// independent programs.
constexpr double kNonzeros = 579586;
constexpr double kSmoothness = 0.661219485401;
constexpr double kOptimalValue = 0.126180686510523;
constexpr double kOptimalPointNorm = 27.689598;
constexpr double kSecondMomentAtOptimum = 0.111868042;

class Fnv1a {
 public:
  // The eight bytes of `number`, the lowest first.
  void Add(int64_t number) {
    for (int byte = 0; byte < 8; ++byte) {
      hash_ ^= static_cast<uint64_t>(number) >> (8 * byte) & 0xff;
      hash_ *= 0x100000001b3;
    }
  }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

uint64_t HashOf(const SparseDataset& data) {
  Fnv1a fnv;
  fnv.Add(data.num_features);
  for (const double label : data.labels) fnv.Add(static_cast<int64_t>(label));
  for (const int64_t begin : data.row_begin) fnv.Add(begin);
  for (const int32_t column : data.columns) fnv.Add(column);
  return fnv.hash();
}

TEST(W8aSurrogateTest, IsWellFormed) {
  const SparseDataset data = MakeW8aSurrogate();
  ASSERT_EQ(data.row_begin.size(), data.labels.size() + 1);
  ASSERT_EQ(data.values.size(), data.columns.size());
  EXPECT_EQ(data.row_begin.front(), 0);
  EXPECT_EQ(data.row_begin.back(), data.num_nonzeros());
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    ASSERT_EQ(std::abs(data.labels[i]), 1);
    ASSERT_LE(data.row_begin[i], data.row_begin[i + 1]);
    for (int64_t e = data.row_begin[i]; e < data.row_begin[i + 1]; ++e) {
      ASSERT_EQ(data.values[e], 1);
      ASSERT_GE(data.columns[e], 0);
      ASSERT_LT(data.columns[e], data.num_features);
      if (e > data.row_begin[i]) {
        ASSERT_LT(data.columns[e - 1], data.columns[e]);
      }
    }
  }
}

TEST(W8aSurrogateTest, HasTheShapeOfW8a) {
  const SparseDataset data = MakeW8aSurrogate();
  EXPECT_EQ(data.num_samples(), 49749);
  EXPECT_EQ(data.num_features, 300);
  // No column is empty, so the largest index that occurs is 300.
  EXPECT_EQ(std::set<int32_t>(data.columns.begin(), data.columns.end()).size(),
            300);
  EXPECT_NEAR(data.num_nonzeros() / kNonzeros, 1, 0.01);
}

// Measured by code that shares nothing with lib/objective.
TEST(W8aSurrogateTest, PosesNearlyTheSameProblem) {
  const SurrogateQuality quality = MeasureQuality(MakeW8aSurrogate());
  EXPECT_EQ(quality.positives, 1479);
  EXPECT_NEAR(quality.smoothness / kSmoothness, 1, 0.1);
  EXPECT_NEAR(quality.optimal_value / kOptimalValue, 1, 0.15);
  EXPECT_NEAR(quality.optimal_point.norm() / kOptimalPointNorm, 1, 0.15);
  EXPECT_NEAR(quality.second_moment_at_optimum / kSecondMomentAtOptimum, 1,
              0.15);
}

TEST(W8aSurrogateTest, MixesTheLabels) {
  const SparseDataset data = MakeW8aSurrogate();
  const int64_t half = data.num_samples() / 2;
  int positives = 0;
  for (int64_t i = 0; i < half; ++i) positives += data.labels[i] > 0 ? 1 : 0;
  // 1479 / 2, five standard deviations of a random order.
  EXPECT_NEAR(positives, 739.5, 95);
}

TEST(W8aSurrogateTest, ComesOutTheSameEveryTime) {
  EXPECT_EQ(HashOf(MakeW8aSurrogate()), HashOf(MakeW8aSurrogate()));
}

// Numbers that users published from the surrogate rest on these bits.
TEST(W8aSurrogateTest, NeverChangesInSilence) {
  EXPECT_EQ(HashOf(MakeW8aSurrogate()), 16012529845831365175u);
}

TEST(W8aSurrogateTest, ModelIsSmall) {
  EXPECT_LE(W8aSurrogateModelBytes().size(), 65536);
}

}  // namespace
}  // namespace local_sgd
