#include "lib/program/temporary_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"

namespace local_sgd {
namespace {

std::string ErrorWith(const std::string& folder) {
  setenv("TMPDIR", folder.c_str(), 1);
  return std::string(FindTemporaryFolder().status().message());
}

TEST(FindTemporaryFolderTest, IsTheOneOfTheEnvironment) {
  const std::string folder = ::testing::TempDir() + "/some";
  ASSERT_TRUE(EnsureFolder(folder).ok());
  setenv("TMPDIR", folder.c_str(), 1);
  EXPECT_EQ(*FindTemporaryFolder(), folder);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  setenv("TMPDIR", "", 1);
  EXPECT_EQ(*FindTemporaryFolder(), "/tmp");
  unsetenv("TMPDIR");
  EXPECT_EQ(*FindTemporaryFolder(), "/tmp");
}

TEST(FindTemporaryFolderTest, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(ErrorWith("/no/such/folder"),
            "TMPDIR=/no/such/folder: no folder for temporary files, No such "
            "file or directory");
  EXPECT_FALSE(std::filesystem::exists("/no"));
  const std::string file = ::testing::TempDir() + "/file";
  ASSERT_TRUE(WriteFileAtomically(file, "").ok());
  EXPECT_EQ(ErrorWith(file), "TMPDIR=" + file +
                                 ": no folder for temporary files, Not a "
                                 "directory");
  // Where not even root makes anything.
  EXPECT_THAT(ErrorWith("/proc"),
              ::testing::StartsWith("TMPDIR=/proc: no folder"));
}

}  // namespace
}  // namespace local_sgd
