#include "experiments/common_flags.h"

#include <stdlib.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// Flags keep their values from one call to the next, so each call gives all.
absl::StatusOr<CommonFlags> Parse(std::vector<std::string> changed) {
  std::vector<std::string> arguments = {
      "program",        "--dataset=w8a", "--index_base=1", "--output_dir=",
      "--format=table", "--seed=1",      "--threads=0"};
  arguments.insert(arguments.end(), changed.begin(), changed.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseCommonFlags(static_cast<int>(argv.size()), argv.data(), "usage");
}

TEST(CommonFlagsTest, Defaults) {
  unsetenv("BUILD_WORKSPACE_DIRECTORY");
  const auto flags = Parse({});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->dataset, "w8a");
  EXPECT_EQ(flags->index_base, 1);
  EXPECT_EQ(flags->output_dir, "results");
  EXPECT_EQ(flags->format, Format::kTable);
  EXPECT_EQ(flags->seed, 1);
  EXPECT_GE(flags->threads, 1);
}

TEST(CommonFlagsTest, Values) {
  setenv("BUILD_WORKING_DIRECTORY", "/home/me", 1);
  const auto flags =
      Parse({"--dataset=a/b.gz", "--output_dir=out", "--format=json",
             "--seed=7", "--threads=3", "--index_base=0"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->dataset, "a/b.gz");
  EXPECT_EQ(flags->index_base, 0);
  EXPECT_EQ(flags->output_dir, "/home/me/out");
  EXPECT_EQ(flags->format, Format::kJson);
  EXPECT_EQ(flags->seed, 7);
  EXPECT_EQ(flags->threads, 3);
}

TEST(CommonFlagsTest, ThreadsOfTheEnvironmentAreADefault) {
  setenv("OMP_NUM_THREADS", "5,2", 1);
  EXPECT_EQ(Parse({})->threads, 5);
  EXPECT_FALSE(Parse({})->all_cores);
  EXPECT_EQ(Parse({"--threads=3"})->threads, 3);
  unsetenv("OMP_NUM_THREADS");
  EXPECT_TRUE(Parse({})->all_cores);
  EXPECT_FALSE(Parse({"--threads=3"})->all_cores);
}

TEST(CommonFlagsTest, HomeIsExpanded) {
  setenv("HOME", "/home/me", 1);
  const auto flags = Parse({"--dataset=~/a.gz", "--output_dir=~/out"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->dataset, "/home/me/a.gz");
  EXPECT_EQ(flags->output_dir, "/home/me/out");
  for (const char* bad : {"--dataset=~you/a", "--output_dir=~you/out"}) {
    EXPECT_THAT(std::string(Parse({bad}).status().message()),
                HasSubstr(std::string(bad) + ": expected ~ alone"));
  }
}

TEST(CommonFlagsTest, ErrorsNameTheFlag) {
  for (const char* bad :
       {"--dataset=", "--format=xml", "--seed=-1", "--seed=x", "--threads=-1",
        "--threads=1025", "--threads=two", "--index_base=2", "--index_base=-1",
        "--index_base=auto"}) {
    EXPECT_THAT(std::string(Parse({bad}).status().message()),
                HasSubstr(std::string(bad) + ": expected"));
  }
}

}  // namespace
}  // namespace local_sgd
