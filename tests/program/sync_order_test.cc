// In which order files are written, synced and named, so that a power cut at
// any moment leaves the old file or the new one. The test's own fsync and
// rename take the place of the C library's, note the call and make it.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/program/journal.h"
#include "nlohmann/json.hpp"

namespace {

std::vector<std::string>& Calls() {
  static auto* const calls = new std::vector<std::string>;
  return *calls;
}

}  // namespace

extern "C" int fsync(int descriptor) {
  struct stat info = {};
  fstat(descriptor, &info);
  const std::string size =
      S_ISDIR(info.st_mode) ? "" : ", " + std::to_string(info.st_size);
  Calls().push_back("sync " +
                    std::filesystem::read_symlink("/proc/self/fd/" +
                                                  std::to_string(descriptor))
                        .string() +
                    size);
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  Calls().push_back("rename " + std::string(from) + " " + to);
  return static_cast<int>(syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}

namespace local_sgd {
namespace {

using ::testing::ElementsAre;

class SyncOrderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::string(getenv("TEST_TMPDIR")) + "/sync.XXXXXX";
    folder_ = std::filesystem::canonical(mkdtemp(name.data())).string();
    Calls().clear();
  }

  std::string folder_;
};

TEST_F(SyncOrderTest, AFileIsOnTheDiskBeforeItHasItsName) {
  const std::string path = folder_ + "/file";
  const std::string temporary = path + "." + std::to_string(getpid()) + ".tmp";
  ASSERT_TRUE(WriteFileAtomically(path, "12345").ok());
  EXPECT_THAT(Calls(), ElementsAre("sync " + temporary + ", 5",
                                   "rename " + temporary + " " + path,
                                   "sync " + folder_));
}

TEST_F(SyncOrderTest, ANewFolderIsSyncedInTheOneAboveIt) {
  ASSERT_TRUE(EnsureFolder(folder_ + "/a/b").ok());
  EXPECT_THAT(Calls(),
              ElementsAre("sync " + folder_ + "/a", "sync " + folder_));
  Calls().clear();
  ASSERT_TRUE(EnsureFolder(folder_ + "/a/b").ok());
  EXPECT_THAT(Calls(), ElementsAre());
}

TEST_F(SyncOrderTest, APieceOfTheJournalIsOnTheDiskBeforeItCounts) {
  const std::string path = folder_ + "/journal";
  auto journal = Journal::Open(path, {{"seeds", 3}});
  ASSERT_TRUE(journal.ok());
  const auto size = [&path] {
    return std::to_string(std::filesystem::file_size(path));
  };
  EXPECT_THAT(Calls(),
              ElementsAre("sync " + path + ", " + size(), "sync " + folder_));
  Calls().clear();
  ASSERT_TRUE(journal->Append("piece", 1).ok());
  EXPECT_THAT(Calls(), ElementsAre("sync " + path + ", " + size()));
}

}  // namespace
}  // namespace local_sgd
