#include "lib/dataset/file_bytes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sha256.h"
#include "tests/dataset/archives.h"

namespace local_sgd {
namespace {

using testing::HasSubstr;

TEST(FileBytesTest, ChunksAreOfOneSizeButForTheLast) {
  std::string bytes(1000000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i % 251);
  const std::string path = WriteTestFile("big", bytes);
  std::string read;
  std::vector<size_t> sizes;
  ASSERT_TRUE(ReadFileBytes(path, [&](absl::string_view chunk) {
                read.append(chunk.data(), chunk.size());
                sizes.push_back(chunk.size());
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(read, bytes);
  for (size_t i = 1; i + 1 < sizes.size(); ++i) EXPECT_EQ(sizes[i], sizes[0]);
  EXPECT_EQ(*Sha256OfFile(path), Sha256Hex(bytes));
}

TEST(FileBytesTest, EmptyFile) {
  EXPECT_EQ(*Sha256OfFile(WriteTestFile("empty", "")), Sha256Hex(""));
}

TEST(FileBytesTest, SinkEndsTheReading) {
  int calls = 0;
  const absl::Status status = ReadFileBytes(
      WriteTestFile("long", std::string(1000000, 'x')), [&](absl::string_view) {
        ++calls;
        return absl::AbortedError("enough");
      });
  EXPECT_EQ(status, absl::AbortedError("enough"));
  EXPECT_EQ(calls, 1);
}

TEST(FileBytesTest, ErrorsNameThePath) {
  const std::string missing = testing::TempDir() + "/missing";
  EXPECT_EQ(Sha256OfFile(missing).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(Sha256OfFile(missing).status().message()),
              HasSubstr(missing + ": cannot open"));
  const absl::Status folder = Sha256OfFile(testing::TempDir()).status();
  EXPECT_EQ(folder.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(folder.message()),
              HasSubstr(": found a folder, expected a file"));
}

TEST(FileBytesTest, ErrorsSayWhatThePathIs) {
  const std::string folder = testing::TempDir();
  const auto message = [](const std::string& path) {
    return std::string(Sha256OfFile(path).status().message());
  };
  const std::string link = folder + "/link";
  ASSERT_EQ(symlink("gone.txt", link.c_str()), 0);
  EXPECT_EQ(message(link),
            link + ": cannot open: " + link +
                " is a symbolic link to gone.txt, which leads nowhere");
  EXPECT_EQ(Sha256OfFile(link).status().code(), absl::StatusCode::kNotFound);
  const std::string loop = folder + "/loop";
  ASSERT_EQ(symlink("loop", loop.c_str()), 0);
  EXPECT_EQ(message(loop),
            loop + ": cannot open: Too many levels of symbolic links");
  const std::string file = WriteTestFile("file", "1 1:1\n");
  EXPECT_EQ(message(file + "/below"),
            file + "/below: cannot open: Not a directory");
  const std::string large = folder + "/" + std::string(300, 'x');
  EXPECT_EQ(message(large), large + ": cannot open: File name too long");
  EXPECT_EQ(message(""), ": cannot open: No such file or directory");
}

TEST(FileBytesTest, UnreadableFile) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const std::string path = WriteTestFile("unreadable", "1 1:1\n");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  EXPECT_EQ(Sha256OfFile(path).status().code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace local_sgd
