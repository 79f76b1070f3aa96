#include "lib/files/output_file.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

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

TEST_F(OutputFileTest, ErrorsNameALinkThatLeadsNowhere) {
  const std::string link = folder_ + "/link";
  std::filesystem::create_symlink("nowhere", link);
  const std::string why =
      link + " is a symbolic link to nowhere, which leads nowhere";
  EXPECT_EQ(std::string(EnsureFolder(link).message()),
            "cannot make folder " + link + ": " + why);
  EXPECT_EQ(std::string(EnsureFolder(link + "/b").message()),
            "cannot make folder " + link + "/b: " + why);
  EXPECT_EQ(ReadFile(link).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(std::string(ReadFile(link).status().message()),
            "cannot read " + link + ": " + why);
  EXPECT_EQ(std::string(ReadFile(link + "/x").status().message()),
            "cannot read " + link + "/x: " + why);
  EXPECT_EQ(std::string(WriteFileAtomically(link + "/x", "").message()),
            "cannot write " + link + "/x: " + why);
  // A folder in a file's place, and the other way round.
  EXPECT_EQ(std::string(ReadFile(folder_).status().message()),
            "cannot read " + folder_ + ": Is a directory");
}

// A number that no process has: one that has just ended.
pid_t DeadProcess() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST_F(OutputFileTest, WhatAKilledWriterLeftGoesWithTheNextWrite) {
  const std::string path = folder_ + "/file";
  const auto put = [](const std::string& file) {
    ASSERT_TRUE(WriteFileAtomically(file, "half").ok());
  };
  const std::string dead = std::to_string(DeadProcess());
  const std::string alive = std::to_string(getppid());
  put(path + "." + dead + ".tmp");
  // All others are somebody's.
  put(path + "." + alive + ".tmp");
  put(path + "." + dead);
  put(path + ".x.tmp");
  put(folder_ + "/other." + dead + ".tmp");
  ASSERT_TRUE(WriteFileAtomically(path, "whole").ok());
  EXPECT_EQ(*ReadFile(path), "whole");
  EXPECT_FALSE(std::filesystem::exists(path + "." + dead + ".tmp"));
  EXPECT_TRUE(std::filesystem::exists(path + "." + alive + ".tmp"));
  EXPECT_TRUE(std::filesystem::exists(path + "." + dead));
  EXPECT_TRUE(std::filesystem::exists(path + ".x.tmp"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/other." + dead + ".tmp"));
}

// Version `i` of a file: some are short, some take several pages.
std::string Version(int i) {
  return std::to_string(i) + std::string(1 + i * 7919 % 300'000, 'x') + "end";
}

// Goes on writing versions after `last` and says each after it is written; ends
// only when killed.
[[noreturn]] void WriteForEver(const std::string& path, int last, int reports) {
  for (int i = last + 1;; ++i) {
    if (!WriteFileAtomically(path, Version(i)).ok()) _exit(1);
    if (write(reports, &i, sizeof(i)) != sizeof(i)) _exit(2);
  }
}

TEST_F(OutputFileTest, AFileIsWholeAfterSigkillAtAnyMoment) {
  const std::string path = folder_ + "/a/b/file";
  std::mt19937 random(1);
  int last = 0;
  ASSERT_TRUE(WriteFileAtomically(path, Version(last)).ok());
  int left_over = 0;
  for (int round = 0; round < 100; ++round) {
    int reports[2];
    ASSERT_EQ(pipe(reports), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(reports[0]);
      WriteForEver(path, last, reports[1]);
    }
    close(reports[1]);
    int version;
    if (random() % 2 == 0) {  // it is at work for certain
      ASSERT_EQ(read(reports[0], &version, sizeof(version)), sizeof(version));
      last = version;
    }
    usleep(static_cast<useconds_t>(random() % 3000));
    kill(child, SIGKILL);
    while (read(reports[0], &version, sizeof(version)) == sizeof(version)) {
      last = version;
    }
    close(reports[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);

    // What it said is there, or the version after it; nothing in between.
    const std::string found = *ReadFile(path);
    if (found != Version(last)) {
      ++last;
      ASSERT_EQ(found, Version(last)) << "round " << round;
    }
    const int64_t files = FilesIn(folder_ + "/a/b");
    ASSERT_LE(files, 2);
    left_over += files == 2;
  }
  EXPECT_GT(last, 30);
  EXPECT_GT(left_over, 0) << "no write was torn";
  ASSERT_TRUE(WriteFileAtomically(path, "the last").ok());
  EXPECT_EQ(FilesIn(folder_ + "/a/b"), 1);
}

}  // namespace
}  // namespace local_sgd
