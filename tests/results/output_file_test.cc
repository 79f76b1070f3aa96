#include "lib/results/output_file.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

class OutputFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::string(getenv("TEST_TMPDIR")) + "/output_file";
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(EnsureFolder(folder_ + "/a/b").ok());
  }

  int64_t FilesIn(const std::string& folder) {
    return std::distance(std::filesystem::directory_iterator(folder),
                         std::filesystem::directory_iterator());
  }

  std::string folder_;
};

TEST_F(OutputFileTest, WritesAndReplacesLeavingNothingElse) {
  const std::string path = folder_ + "/a/b/file";
  const std::string large(3000000, 'x');
  ASSERT_TRUE(WriteFileAtomically(path, large).ok());
  EXPECT_EQ(*ReadFile(path), large);
  ASSERT_TRUE(WriteFileAtomically(path, std::string("b\0c", 3)).ok());
  EXPECT_EQ(*ReadFile(path), std::string("b\0c", 3));
  EXPECT_EQ(FilesIn(folder_ + "/a/b"), 1);
}

TEST_F(OutputFileTest, PermissionsFollowTheUmask) {
  const mode_t mask = umask(027);
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/file", "x").ok());
  umask(mask);
  struct stat info;
  ASSERT_EQ(stat((folder_ + "/file").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640);
}

TEST_F(OutputFileTest, ARelativePathWorks) {
  ASSERT_EQ(chdir(folder_.c_str()), 0);
  ASSERT_TRUE(WriteFileAtomically("file", "x").ok());
  EXPECT_EQ(*ReadFile(folder_ + "/file"), "x");
}

TEST_F(OutputFileTest, AFailedRenameLeavesNoTemporaryFile) {
  const absl::Status status = WriteFileAtomically(folder_ + "/a", "x");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cannot write " + folder_ + "/a: Is a directory"));
  EXPECT_EQ(FilesIn(folder_), 1);
}

TEST_F(OutputFileTest, AFailedWriteLeavesTheOldFileAndNoTemporaryFile) {
  const std::string path = folder_ + "/file";
  ASSERT_TRUE(WriteFileAtomically(path, "old").ok());
  // A limit on file size fails in the middle of writing, as a full disk does.
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  struct rlimit limit = old_limit;
  limit.rlim_cur = 5000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const absl::Status status =
      WriteFileAtomically(path, std::string(100000, 'x'));
  setrlimit(RLIMIT_FSIZE, &old_limit);
  EXPECT_EQ(std::string(status.message()),
            "cannot write " + path + ": File too large");
  EXPECT_EQ(*ReadFile(path), "old");
  EXPECT_EQ(FilesIn(folder_), 2);
}

TEST_F(OutputFileTest, FoldersThatCannotBeAreNamed) {
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/file", "x").ok());
  EXPECT_EQ(std::string(EnsureFolder(folder_ + "/file").message()),
            "cannot make folder " + folder_ + "/file: Not a directory");
  EXPECT_EQ(std::string(EnsureFolder(folder_ + "/file/b").message()),
            "cannot make folder " + folder_ + "/file/b: Not a directory");
  EXPECT_EQ(std::string(WriteFileAtomically(folder_ + "/none/x", "").message()),
            "cannot write " + folder_ + "/none/x: No such file or directory");
  EXPECT_EQ(WriteFileAtomically(folder_ + "/none/x", "").code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace local_sgd
