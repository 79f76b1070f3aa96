#include "lib/program/flag_reader.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/program/command_line.h"

ABSL_FLAG(std::string, workers, "1,2", "");
ABSL_FLAG(std::string, seeds, "", "");
ABSL_FLAG(std::string, rho, "25", "");

namespace local_sgd {
namespace {

using ::testing::ElementsAre;

TEST(FlagReader, ReadsValuesAndLeavesThoseOfEmptyFlags) {
  std::vector<int64_t> workers;
  int64_t seeds = 7;
  double rho = 0;
  FlagReader flags;
  flags.Read(FLAGS_workers, 1, 4, workers);
  flags.Read(FLAGS_seeds, 1, 10, seeds);
  flags.Read(FLAGS_rho, 0.0, rho);
  EXPECT_TRUE(flags.status().ok()) << flags.status();
  EXPECT_THAT(workers, ElementsAre(1, 2));
  EXPECT_EQ(seeds, 7);
  EXPECT_EQ(rho, 25);
}

TEST(FlagReader, KeepsTheFirstErrorAndTheValue) {
  absl::SetFlag(&FLAGS_workers, "");  // empty, but not by default
  absl::SetFlag(&FLAGS_rho, "-1");
  std::vector<int64_t> workers = {3};
  double rho = 5;
  FlagReader flags;
  flags.Read(FLAGS_workers, 1, 4, workers);
  flags.Read(FLAGS_rho, 0.0, rho);
  EXPECT_THAT(std::string(flags.status().message()),
              testing::StartsWith("--workers="));
  EXPECT_THAT(workers, ElementsAre(3));
  EXPECT_EQ(rho, 5);
}

}  // namespace
}  // namespace local_sgd
