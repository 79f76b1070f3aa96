#include "lib/dataset/libsvm_writer.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {
namespace {

TEST(LibsvmWriterTest, Format) {
  SparseDataset data;
  data.num_features = 5;
  data.labels = {-1, 1, -1};
  data.row_begin = {0, 2, 2, 3};
  data.columns = {3, 4, 0};
  data.values = {1, 0.1, -2.5e-7};
  EXPECT_EQ(WriteLibsvm(data), "-1 4:1 5:0.1\n+1\n-1 1:-2.5e-07\n");
  data.num_features = 8;
  EXPECT_EQ(WriteLibsvm(data), "-1 4:1 5:0.1 8:0\n+1\n-1 1:-2.5e-07\n");
}

TEST(LibsvmWriterTest, FeaturesAreThoseOfTheFile) {
  SparseDataset data;
  data.num_features = 3;
  data.num_absent_features = 6;
  data.feature_of_column = {1, 6, 8};
  data.labels = {-1, 1};
  data.row_begin = {0, 2, 3};
  data.columns = {0, 2, 1};
  data.values = {1, 2, 3};
  EXPECT_EQ(WriteLibsvm(data), "-1 2:1 9:2\n+1 7:3\n");
  data.num_absent_features = 7;
  EXPECT_EQ(WriteLibsvm(data), "-1 2:1 9:2 10:0\n+1 7:3\n");
}

// Any finite nonzero double, all exponents alike.
double RandomValue(std::mt19937_64& random) {
  while (true) {
    const double value = std::bit_cast<double>(random());
    if (std::isfinite(value) && value != 0) return value;
  }
}

SparseDataset RandomDataset(std::mt19937_64& random) {
  const auto below = [&random](uint64_t n) {
    return static_cast<int64_t>(random() % n);
  };
  SparseDataset data;
  data.num_features = 1 + below(below(2) == 0 ? 20 : 1 << 24);
  const int64_t samples = 2 + below(30);
  for (int64_t row = 0; row < samples; ++row) {
    data.labels.push_back(row == 0 || (row > 1 && below(2) == 0) ? 1 : -1);
    for (int64_t column = below(data.num_features);
         below(5) > 0 && column < data.num_features;
         column += 1 + below(data.num_features)) {
      data.columns.push_back(static_cast<int32_t>(column));
      data.values.push_back(below(2) == 0 ? 1 : RandomValue(random));
    }
    data.row_begin.push_back(data.num_nonzeros());
  }
  return data;
}

TEST(LibsvmWriterTest, RandomDatasetsComeBackExactly) {
  std::mt19937_64 random(20190501);
  for (int trial = 0; trial < 3000; ++trial) {
    const SparseDataset data = RandomDataset(random);
    const std::string text = WriteLibsvm(data);
    const absl::StatusOr<SparseDataset> back = ParseLibsvm(text, "text");
    if (data.num_nonzeros() == 0) {
      ASSERT_FALSE(back.ok());
      continue;
    }
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(back->num_all_features(), data.num_features);
    const std::set<int32_t> occurring(data.columns.begin(), data.columns.end());
    ASSERT_EQ(back->num_features, static_cast<int64_t>(occurring.size()));
    ASSERT_EQ(back->labels, data.labels);
    ASSERT_EQ(back->row_begin, data.row_begin);
    ASSERT_EQ(back->columns.size(), data.columns.size());
    for (size_t k = 0; k < data.columns.size(); ++k) {
      ASSERT_EQ(back->feature(back->columns[k]), data.columns[k]);
    }
    ASSERT_EQ(back->values, data.values);
    ASSERT_EQ(WriteLibsvm(*back), text);
    const absl::StatusOr<SparseDataset> again =
        ParseLibsvm(WriteLibsvm(*back), "text");
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(again->columns, back->columns);
    ASSERT_EQ(again->feature_of_column, back->feature_of_column);
  }
}

}  // namespace
}  // namespace local_sgd
