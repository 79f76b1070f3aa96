// The facts about w8a that everything else rests on, checked on the file.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/dataset/libsvm_writer.h"
#include "tests/dataset/w8a_input.h"

namespace local_sgd {
namespace {

TEST(W8aTest, Facts) {
  const std::string path = W8aInput();
  if (path.empty()) GTEST_SKIP() << "this machine has no w8a";
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<LibsvmFile> file = ReadLibsvm(path);
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  RecordProperty("milliseconds", static_cast<int>(1000 * seconds.count()));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->sha256,
            "6a9fa8fd5f524303240a5db07d4b3d4a51e8b7b4b20a914105d8e3e8c81640f2");
  const SparseDataset& data = file->data;
  EXPECT_EQ(data.num_samples(), 49749);
  EXPECT_EQ(data.num_features, 300);
  EXPECT_EQ(data.num_nonzeros(), 579586);
  EXPECT_EQ(std::count(data.labels.begin(), data.labels.end(), 1.0), 1479);
  EXPECT_EQ(std::count(data.labels.begin(), data.labels.end(), -1.0), 48270);
  EXPECT_EQ(std::count(data.values.begin(), data.values.end(), 1.0), 579586);
  int64_t empty_rows = 0;
  for (int64_t row = 0; row < data.num_samples(); ++row) {
    empty_rows += data.row_begin[row] == data.row_begin[row + 1];
  }
  EXPECT_EQ(empty_rows, 4203);
}

// The file ends each line with a blank; ours do not.
TEST(W8aTest, WritesBackAsItWas) {
  const std::string path = W8aInput();
  if (path.empty()) GTEST_SKIP() << "this machine has no w8a";
  std::ifstream stream(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)),
                   std::istreambuf_iterator<char>());
  const absl::StatusOr<SparseDataset> data = ParseLibsvm(text, path);
  ASSERT_TRUE(data.ok()) << data.status();
  std::string trimmed;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' && text[i + 1] == '\n') continue;
    trimmed += text[i];
  }
  EXPECT_TRUE(WriteLibsvm(*data) == trimmed);
}

}  // namespace
}  // namespace local_sgd
