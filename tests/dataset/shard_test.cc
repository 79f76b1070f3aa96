#include "lib/dataset/shard.h"

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/dataset/libsvm_writer.h"
#include "lib/dataset/sparse_dataset.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void ExpectSame(const SparseDataset& a, const SparseDataset& b) {
  EXPECT_EQ(a.num_features, b.num_features);
  EXPECT_EQ(a.num_absent_features, b.num_absent_features);
  EXPECT_EQ(a.feature_of_column, b.feature_of_column);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.row_begin, b.row_begin);
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_EQ(a.values, b.values);
}

std::string WriteText(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << text;
  return path;
}

TEST(ShardTest, SamplesOfShard) {
  const SparseDataset whole = ParseLibsvm(
                                  "+1 1:1\n-1 2:2\n+1\n-1 1:3 3:4\n"
                                  "-1 2:5\n",
                                  "text")
                                  .value();
  const SparseDataset part = SamplesOfShard(whole, {1, 2});
  EXPECT_EQ(part.num_features, 3);
  EXPECT_THAT(part.labels, ElementsAre(-1, -1));
  EXPECT_THAT(part.row_begin, ElementsAre(0, 1, 3));
  EXPECT_THAT(part.columns, ElementsAre(1, 0, 2));
  EXPECT_THAT(part.values, ElementsAre(2, 3, 4));
  EXPECT_EQ(SamplesOfShard(whole, {4, 7}).num_samples(), 1);
  ExpectSame(SamplesOfShard(whole, {0, 1}), whole);
}

// The shards of a file have its features, even those that only others' rows
// have, its checksum, and together its samples.
TEST(ShardTest, ReadersOfShardsKeepTheirRowsOnly) {
  const SparseDataset whole = MakeSyntheticData({.samples = 53});
  const std::string path = WriteText("whole.txt", WriteLibsvm(whole));
  const LibsvmFile file = ReadLibsvm(path).value();
  for (const int64_t count : {1, 2, 3, 5, 53}) {
    int64_t samples = 0;
    for (int64_t index = 0; index < count; ++index) {
      const absl::StatusOr<LibsvmFile> part =
          ReadLibsvm(path, LibsvmLimits{}, Shard{index, count});
      ASSERT_TRUE(part.ok()) << part.status();
      ExpectSame(part->data, SamplesOfShard(file.data, {index, count}));
      EXPECT_EQ(part->sha256, file.sha256);
      EXPECT_EQ(part->num_samples, 53);
      samples += part->data.num_samples();
    }
    EXPECT_EQ(samples, 53);
  }
}

// Columns are those of the whole file, wherever a feature occurs.
TEST(ShardTest, ColumnsAreThoseOfTheWholeFile) {
  const std::string path =
      WriteText("gaps.txt", "1 1000:1\n0 7:2 2000:3\n1 500:4\n0 1000:5\n");
  const LibsvmFile whole = ReadLibsvm(path).value();
  EXPECT_THAT(whole.data.feature_of_column, ElementsAre(6, 499, 999, 1999));
  for (const int64_t index : {0, 1}) {
    const LibsvmFile part =
        ReadLibsvm(path, LibsvmLimits{}, Shard{index, 2}).value();
    ExpectSame(part.data, SamplesOfShard(whole.data, {index, 2}));
    EXPECT_EQ(part.data.num_features, 4);
    EXPECT_EQ(part.data.num_all_features(), 2000);
  }
}

// Labels are those of the whole file, of which a shard may see one kind only.
TEST(ShardTest, LabelsAreThoseOfTheWholeFile) {
  const std::string path = WriteText("labels.txt", "1 1:1\n0 1:1\n1\n0\n");
  EXPECT_THAT(ReadLibsvm(path, LibsvmLimits{}, Shard{0, 2})->data.labels,
              ElementsAre(1, 1));
  EXPECT_THAT(ReadLibsvm(path, LibsvmLimits{}, Shard{1, 2})->data.labels,
              ElementsAre(-1, -1));
}

// A bad line is an error on every rank, also on those that would not keep it.
TEST(ShardTest, BadLinesOfOthersAreErrors) {
  const std::string path = WriteText("bad.txt", "1 1:1\n0 1:x\n1\n0\n");
  for (const int64_t index : {0, 1}) {
    EXPECT_THAT(std::string(ReadLibsvm(path, LibsvmLimits{}, Shard{index, 2})
                                .status()
                                .message()),
                HasSubstr("bad.txt:2"));
  }
}

}  // namespace
}  // namespace local_sgd
