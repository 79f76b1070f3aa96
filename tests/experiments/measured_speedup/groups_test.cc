#include "experiments/measured_speedup/groups.h"

#include <stdlib.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;

SpeedupRecord Record(double epsilon, int64_t batch, int64_t workers,
                     int64_t period, std::optional<double> speedup_free) {
  SpeedupRecord record;
  record.dataset = "w8a";
  record.dataset_sha256 = "12ab";
  record.step_size = "theory";
  record.epsilon = epsilon;
  record.batch = batch;
  record.workers = workers;
  record.period = period;
  record.seeds = 1;
  record.speedup_free = speedup_free;
  record.rho = 25;
  return record;
}

TEST(SpeedupGroupsTest, GroupsKeepTheOrderOfTheFileAndSortKAndH) {
  std::vector<SpeedupRecord> records = {
      Record(0.005, 4, 8, 2, 3.0), Record(0.0001, 4, 1, 1, 1.0),
      Record(0.005, 4, 1, 16, 1.0), Record(0.005, 16, 1, 1, 1.0)};
  const std::vector<SpeedupGroup> groups = GroupSpeedups(records);
  ASSERT_EQ(groups.size(), 3);
  EXPECT_EQ(groups[0].epsilon, 0.005);
  EXPECT_EQ(groups[1].epsilon, 0.0001);
  EXPECT_EQ(groups[2].batch, 16);
  EXPECT_THAT(groups[0].workers, ElementsAre(1, 8));
  EXPECT_THAT(groups[0].periods, ElementsAre(2, 16));
  EXPECT_THAT(groups[0].rhos, ElementsAre(25));
  EXPECT_EQ(groups[0].Find(8, 2)->speedup_free, 3.0);
  EXPECT_EQ(groups[0].Find(8, 16), nullptr);
}

TEST(SpeedupGroupsTest, RepricingByHand) {
  std::vector<SpeedupRecord> priced = {Record(0.005, 4, 8, 4, 6.0),
                                       Record(0.005, 4, 8, 2, {})};
  for (SpeedupRecord& record : priced) Price(10, record);
  // star: (4 + 10 * 14 / 4) / 4 = 9.75; ring: (4 + 10 * 1.75 / 4) / 4.
  EXPECT_EQ(priced[0].rho, 10);
  EXPECT_EQ(priced[0].speedup_free, 6.0);
  EXPECT_DOUBLE_EQ(*priced[0].speedup_star, 6.0 / 9.75);
  EXPECT_DOUBLE_EQ(*priced[0].speedup_ring, 6.0 / 2.09375);
  EXPECT_EQ(Speedup(priced[0], CostModel::kFree), priced[0].speedup_free);
  EXPECT_EQ(Speedup(priced[0], CostModel::kStar), priced[0].speedup_star);
  EXPECT_EQ(Speedup(priced[0], CostModel::kRing), priced[0].speedup_ring);
  EXPECT_EQ(priced[1].speedup_star, std::nullopt);
}

TEST(SpeedupGroupsTest, ErrorsArePricedLikeTheirSpeedups) {
  SpeedupRecord record = Record(0.005, 4, 8, 4, 6.0);
  EXPECT_EQ(SpeedupError(record, CostModel::kFree), std::nullopt);
  record.speedup_free_stderr = 0.5;
  EXPECT_EQ(SpeedupError(record, CostModel::kFree), 0.5);
  EXPECT_EQ(SpeedupError(record, CostModel::kStar), std::nullopt);
  // By 9.75 and 2.09375, as above.
  Price(10, record);
  EXPECT_EQ(SpeedupError(record, CostModel::kFree), 0.5);
  EXPECT_DOUBLE_EQ(*SpeedupError(record, CostModel::kStar), 0.5 / 9.75);
  EXPECT_DOUBLE_EQ(*SpeedupError(record, CostModel::kRing), 0.5 / 2.09375);
}

TEST(SpeedupGroupsTest, ReadsTheFolderAndRepricesOnDemand) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/groups";
  EXPECT_EQ(ReadSpeedups(folder, {}).status().code(),
            absl::StatusCode::kNotFound);
  SpeedupRecord record = Record(0.005, 4, 8, 4, 6.0);
  record.speedup_star = 0.5;
  ASSERT_TRUE(EnsureFolder(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/measured_speedup.csv",
                                  *ToCsv(ToTable(SpeedupSchema(), {record})))
                  .ok());
  EXPECT_EQ(ReadSpeedups(folder, {})->at(0).speedup_star, 0.5);
  EXPECT_EQ(ReadSpeedups(folder, 0.0)->at(0).speedup_star, 6.0);
}

}  // namespace
}  // namespace local_sgd
