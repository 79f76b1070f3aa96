#include "lib/results/build_info.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(BuildInfoTest, CpuModelIsTheFirstModelName) {
  EXPECT_EQ(CpuModel("processor\t: 0\nmodel\t\t: 85\n"
                     "model name\t: Some CPU @ 2.20GHz\n"
                     "model name\t: Another\n"),
            "Some CPU @ 2.20GHz");
  EXPECT_EQ(CpuModel("model name\t: Last line"), "Last line");
  EXPECT_EQ(CpuModel("processor\t: 0\nBogoMIPS\t: 50.00\n"), "unknown");
  EXPECT_EQ(CpuModel(""), "unknown");
}

TEST(BuildInfoTest, EverythingIsFilledIn) {
  const BuildInfo info = GetBuildInfo("abc-dirty");
  EXPECT_EQ(info.version, "abc-dirty");
  EXPECT_THAT(info.compiler, ::testing::AnyOf(::testing::StartsWith("GCC "),
                                              ::testing::StartsWith("Clang ")));
  EXPECT_FALSE(info.cpu.empty());
  EXPECT_GE(info.cores, 1);
}

}  // namespace
}  // namespace local_sgd
