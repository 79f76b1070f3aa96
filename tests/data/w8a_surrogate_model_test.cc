// The model file survives a round trip, damage is noticed, and what is drawn
// from a model has the model's totals.

#include "data/w8a_surrogate_model.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {
namespace {

SurrogateModel SmallModel() {
  SurrogateModel model;
  model.num_features = 3;
  model.components = {{1, 5, {5, 2, 0}}, {-1, 1001, {1001, 64, 992}}};
  return model;
}

TEST(W8aSurrogateModelTest, CodesAreExactWhenSmallAndAscend) {
  for (int code = 0; code < 64; ++code) EXPECT_EQ(CountOfCode(code), code);
  for (int code = 1; code < 256; ++code) {
    const int step = CountOfCode(code) - CountOfCode(code - 1);
    EXPECT_GT(step, 0);
    EXPECT_LE(step, code < 64 ? 1 : CountOfCode(code) / 32);
  }
  EXPECT_EQ(CountOfCode(255), 4032);
}

TEST(W8aSurrogateModelTest, BracketsACount) {
  EXPECT_EQ(BracketCount(0, 9).below, 0);
  EXPECT_EQ(BracketCount(0, 9).above, 0);
  EXPECT_EQ(BracketCount(2.5, 9).below, 2);
  EXPECT_EQ(BracketCount(2.5, 9).above, 3);
  EXPECT_EQ(BracketCount(65, 90).below, 64);
  EXPECT_EQ(BracketCount(65, 90).above, 66);
  // All rows have a code of their own, and none stands for more.
  EXPECT_EQ(BracketCount(1000.5, 1001).below, 992);
  EXPECT_EQ(BracketCount(1000.5, 1001).above, 1001);
  EXPECT_EQ(BracketCount(1001, 1001).below, 1001);
  EXPECT_EQ(BracketCount(5000, 6000).below, 4032);
}

TEST(W8aSurrogateModelTest, SurvivesARoundTrip) {
  const SurrogateModel model = SmallModel();
  const absl::StatusOr<std::string> bytes = SerializeSurrogate(model);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const absl::StatusOr<SurrogateModel> parsed = ParseSurrogate(*bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->num_features, model.num_features);
  ASSERT_EQ(parsed->components.size(), model.components.size());
  for (size_t k = 0; k < model.components.size(); ++k) {
    EXPECT_EQ(parsed->components[k].label, model.components[k].label);
    EXPECT_EQ(parsed->components[k].num_rows, model.components[k].num_rows);
    EXPECT_EQ(parsed->components[k].counts, model.components[k].counts);
  }
}

TEST(W8aSurrogateModelTest, RefusesAModelThatTheFileCannotHold) {
  SurrogateModel model = SmallModel();
  model.components[1].counts[1] = 65;  // between two codes
  EXPECT_EQ(SerializeSurrogate(model).status().code(),
            absl::StatusCode::kInvalidArgument);
  model = SmallModel();
  model.components[0].counts[0] = 6;  // more ones than rows
  EXPECT_FALSE(SerializeSurrogate(model).ok());
  model = SmallModel();
  model.components[1].num_rows = 65536;
  EXPECT_FALSE(SerializeSurrogate(model).ok());
  model = SmallModel();
  model.components[0].counts.pop_back();
  EXPECT_FALSE(SerializeSurrogate(model).ok());
  model = SmallModel();
  std::swap(model.components[0], model.components[1]);
  EXPECT_FALSE(SerializeSurrogate(model).ok());
}

TEST(W8aSurrogateModelTest, NoticesADamagedFile) {
  const std::string bytes = *SerializeSurrogate(SmallModel());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(ParseSurrogate(bytes.substr(0, size)).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(ParseSurrogate(bytes + "x").ok());
  EXPECT_FALSE(ParseSurrogate("L" + bytes.substr(1)).ok());
}

TEST(W8aSurrogateModelTest, DrawsExactlyTheModelsTotals) {
  const SurrogateModel model = SmallModel();
  const SparseDataset data = DrawSurrogate(model);
  ASSERT_EQ(data.num_samples(), 1006);
  std::map<int, int> rows;
  std::map<int, std::vector<int>> ones = {{-1, {0, 0, 0}}, {1, {0, 0, 0}}};
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const int label = static_cast<int>(data.labels[i]);
    ++rows[label];
    for (int64_t e = data.row_begin[i]; e < data.row_begin[i + 1]; ++e) {
      ++ones[label][data.columns[e]];
    }
  }
  for (const SurrogateComponent& component : model.components) {
    EXPECT_EQ(rows[component.label], component.num_rows);
    EXPECT_EQ(ones[component.label], component.counts);
  }
}

// Columns of a component are independent: two that are 1 in half of the rows
// meet in a quarter of them, wherever in the draw the row stands.
TEST(W8aSurrogateModelTest, DrawsColumnsIndependentlyAndEvenly) {
  SurrogateModel model;
  model.num_features = 2;
  model.components = {{1, 2, {0, 0}}, {-1, 4000, {2000, 2000}}};
  const SparseDataset data = DrawSurrogate(model);
  int both = 0;
  int in_first_half = 0;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const int64_t length = data.row_begin[i + 1] - data.row_begin[i];
    both += length == 2 ? 1 : 0;
    if (i < 2001) in_first_half += static_cast<int>(length);
  }
  // Standard deviations: 16 and 32.
  EXPECT_NEAR(both, 1000, 80);
  EXPECT_NEAR(in_first_half, 2000, 160);
}

}  // namespace
}  // namespace local_sgd
