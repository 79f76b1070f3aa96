#include "lib/files/path_error.h"

#include <errno.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

// A symbolic link of that name in the test's folder.
std::string Link(const std::string& name, const std::string& target) {
  const std::string path = testing::TempDir() + "/" + name;
  std::filesystem::remove(path);
  std::filesystem::create_symlink(target, path);
  return path;
}

TEST(PathErrorTest, NamesALinkThatLeadsNowhere) {
  const std::string link = Link("to_nothing", "absent/file");
  const std::string text =
      link + " is a symbolic link to absent/file, which leads nowhere";
  for (const int error : {ENOENT, EEXIST, ENOTDIR}) {
    EXPECT_EQ(PathErrorText(link, error), text);
    EXPECT_EQ(PathErrorText(link + "/below/it", error), text);
  }
  // By way of another link.
  const std::string second = Link("to_link", link);
  EXPECT_EQ(PathErrorText(second, ENOENT), second + " is a symbolic link to " +
                                               link + ", which leads nowhere");
}

TEST(PathErrorTest, IsOtherwiseErrnosWords) {
  const std::string folder = testing::TempDir();
  EXPECT_EQ(PathErrorText(folder + "/absent/file", ENOENT),
            "No such file or directory");
  EXPECT_EQ(PathErrorText("absent", ENOENT), "No such file or directory");
  EXPECT_EQ(PathErrorText("", ENOENT), "No such file or directory");
  EXPECT_EQ(PathErrorText(Link("to_folder", folder) + "/absent", ENOENT),
            "No such file or directory");
  EXPECT_EQ(PathErrorText(Link("to_nothing", "absent"), EACCES),
            "Permission denied");
  // A link to itself is ELOOP.
  const std::string loop = Link("loop", "loop");
  EXPECT_EQ(PathErrorText(loop, ELOOP), "Too many levels of symbolic links");
}

}  // namespace
}  // namespace local_sgd
