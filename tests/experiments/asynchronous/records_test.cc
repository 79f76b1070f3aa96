#include "experiments/asynchronous/records.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/experiments/asynchronous/made_record.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;

std::vector<uint64_t> SeedsOf(const AsynchronousFamily& family) {
  std::vector<uint64_t> seeds;
  for (const AsynchronousRecord& r : family) seeds.push_back(r.seed);
  return seeds;
}

TEST(FamiliesOf, AreOfOneSettingAndMethodBySeed) {
  std::vector<AsynchronousRecord> records = {
      Made("asynchronous", 2, 4, 150, 150), Made("synchronous", 1, 4, 100, 400),
      Made("asynchronous", 1, 4, 160, 160),
      Made("asynchronous", 1, 2, 150, 150)};
  // Where an arm stops at T, T is a setting; elsewhere it is a result.
  for (const double T : {64.0, 128.0}) {
    AsynchronousRecord r = Made("asynchronous", 1, 1, T, T);
    r.arm = "delay";
    r.epsilon.reset();
    records.push_back(r);
  }
  const auto families = FamiliesOf(records, "straggler");
  ASSERT_EQ(families.size(), 3u);
  EXPECT_THAT(SeedsOf(families[0]), ElementsAre(1, 2));
  EXPECT_EQ(families[1].front().method, "synchronous");
  EXPECT_EQ(families[2].front().slowdown, 2);
  EXPECT_EQ(FamiliesOf(records, "delay").size(), 2u);
  EXPECT_TRUE(FamiliesOf(records, "speed").empty());
}

TEST(PairsOf, HaveBothMethods) {
  const auto pairs = PairsOf(
      {Made("asynchronous", 1, 4, 150, 150),
       Made("synchronous", 1, 8, 100, 800), Made("synchronous", 1, 4, 100, 400),
       Made("asynchronous", 1, 8, 151, 151),
       Made("asynchronous", 1, 2, 150, 150)},
      "straggler");
  ASSERT_EQ(pairs.size(), 2u);
  for (const auto& [synchronous, asynchronous] : pairs) {
    EXPECT_EQ(synchronous.front().method, "synchronous");
    EXPECT_EQ(asynchronous.front().method, "asynchronous");
    EXPECT_EQ(synchronous.front().slowdown, asynchronous.front().slowdown);
  }
  EXPECT_EQ(pairs[0].synchronous.front().slowdown, 4);
}

TEST(LargestTau, IsThatOfAnySeed) {
  AsynchronousFamily family(3);
  family[1].tau = 5;
  EXPECT_EQ(LargestTau(family), 5);
}

}  // namespace
}  // namespace local_sgd
