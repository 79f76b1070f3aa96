#include "lib/program/build_info.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"

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

TEST(BuildInfoTest, VersionIsOneLine) {
  EXPECT_THAT(VersionText("local_sgd", "abc-dirty"),
              ::testing::MatchesRegex(
                  "local_sgd [0-9]+[.][0-9]+[.][0-9]+ \\(commit abc-dirty, "
                  "(GCC|Clang) [^\n]*\\)"));
}

TEST(BuildInfoTest, TheCitationHasTheSameVersion) {
  const auto citation = ReadFile("CITATION.cff");
  ASSERT_TRUE(citation.ok()) << citation.status();
  EXPECT_THAT(*citation, ::testing::HasSubstr(
                             absl::StrCat("\nversion: ", kSuiteVersion, "\n")));
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
