#include "lib/dataset/decompress.h"

#include <sys/resource.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sha256.h"
#include "tests/dataset/archives.h"

namespace local_sgd {
namespace {

using testing::HasSubstr;

constexpr int64_t kNoLimit = int64_t{1} << 40;

struct Content {
  std::string bytes;
  absl::StatusOr<std::string> sha256;
};

Content Read(const std::string& path, int64_t max_bytes = kNoLimit) {
  Content content;
  content.sha256 =
      ReadDecompressed(path, max_bytes, [&content](absl::string_view chunk) {
        content.bytes.append(chunk.data(), chunk.size());
        return absl::OkStatus();
      });
  return content;
}

// Does not repeat, so that archives of it span several chunks.
std::string Noise(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

class EveryFormat : public testing::TestWithParam<int> {
 protected:
  std::string Pack(const std::string& bytes) const {
    return GetParam() == 0   ? bytes
           : GetParam() == 1 ? Gzip(bytes)
                             : Bzip2(bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(PlainGzipBzip2, EveryFormat, testing::Range(0, 3));

TEST_P(EveryFormat, ContentComesThrough) {
  for (const std::string& bytes :
       {std::string("1 1:1\n"), std::string(900000, '\n'), Noise(1500000)}) {
    const std::string stored = Pack(bytes);
    const Content content = Read(WriteTestFile("any", stored));
    ASSERT_TRUE(content.sha256.ok()) << content.sha256.status();
    EXPECT_EQ(content.bytes, bytes);
    EXPECT_EQ(*content.sha256, Sha256Hex(stored));
  }
}

TEST_P(EveryFormat, MembersFollowEachOther) {
  const std::string noise = Noise(700000);
  const Content content =
      Read(WriteTestFile("any", Pack("first\n") + Pack(noise) + Pack("last")));
  ASSERT_TRUE(content.sha256.ok()) << content.sha256.status();
  EXPECT_EQ(content.bytes, "first\n" + noise + "last");
}

TEST_P(EveryFormat, ContentOfExactlyTheLimitIsAccepted) {
  const std::string path = WriteTestFile("any", Pack(std::string(1000, 'x')));
  EXPECT_TRUE(Read(path, 1000).sha256.ok());
  const Content content = Read(path, 999);
  EXPECT_EQ(content.sha256.status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(content.sha256.status().message()),
              HasSubstr(path + ": found more than 999 bytes of content"));
}

TEST_P(EveryFormat, ErrorsOfTheSinkStayAsTheyAre) {
  EXPECT_EQ(ReadDecompressed(
                WriteTestFile("any", Pack("x")), kNoLimit,
                [](absl::string_view) { return absl::AbortedError("stop"); })
                .status(),
            absl::AbortedError("stop"));
}

TEST_P(EveryFormat, MissingFile) {
  EXPECT_EQ(Read(testing::TempDir() + "/missing").sha256.status().code(),
            absl::StatusCode::kNotFound);
}

class EveryArchive : public EveryFormat {
 protected:
  std::string Format() const { return GetParam() == 1 ? "gzip" : "bzip2"; }
};

INSTANTIATE_TEST_SUITE_P(GzipBzip2, EveryArchive, testing::Range(1, 3));

TEST_P(EveryArchive, TruncatedAnywhereIsAnError) {
  const std::string stored = Pack(Noise(200)) + Pack("second member");
  const size_t first = Pack(Noise(200)).size();
  for (size_t size = 3; size < stored.size(); ++size) {
    if (size == first) continue;  // a whole archive
    const std::string path = WriteTestFile("cut", stored.substr(0, size));
    const absl::Status status = Read(path).sha256.status();
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << size;
    ASSERT_THAT(std::string(status.message()),
                HasSubstr(path + ": found a truncated " + Format()));
  }
}

TEST_P(EveryArchive, DamageIsAnError) {
  std::string stored = Pack(Noise(300000));
  stored[stored.size() / 2] ^= 1;
  const std::string path = WriteTestFile("damaged", stored);
  const absl::Status status = Read(path).sha256.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(path + ": found corrupt " + Format() + " data ("));
}

TEST_P(EveryArchive, AnythingBehindTheLastMemberIsAnError) {
  for (const char* rest : {"rubbish behind the archive", "\n\n\n\n\n\n"}) {
    const absl::Status status =
        Read(WriteTestFile("any", Pack("1 1:1\n") + rest)).sha256.status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << rest;
  }
}

// 16 MiB of content in 16 KB (gzip) or 45 bytes (bzip2), and what a process
// holds while it finds out.
TEST_P(EveryArchive, BombEndsSoonWithLittleMemory) {
  const std::string stored = Pack(std::string(size_t{1} << 24, ' '));
  const std::string path = WriteTestFile("bomb", stored);
  rusage before;
  getrusage(RUSAGE_SELF, &before);
  int64_t seen = 0;
  const absl::Status status =
      ReadDecompressed(path, kNoLimit, [&seen](absl::string_view chunk) {
        seen += static_cast<int64_t>(chunk.size());
        return absl::OkStatus();
      }).status();
  rusage after;
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr(absl::StrCat(path, ": found an archive whose first ",
                             stored.size(), " bytes expand more than 256")));
  EXPECT_LE(seen, kSmallContent +
                      kMaxExpansion * static_cast<int64_t>(stored.size()));
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 << 10);  // KiB
}

// Of noise and blanks: just so many blanks that the content is 256 times the
// archive, and then one more.
TEST_P(EveryArchive, ExpandsUpTo256Times) {
  const std::string noise = Noise(4200);
  for (const int64_t more : {0, 1}) {
    std::string stored;
    int64_t content = 0;
    int64_t wanted = kSmallContent;
    for (int tries = 0; content != wanted && tries < 1000; ++tries) {
      content = wanted;
      stored = Pack(noise) + Pack(std::string(content - 4200, ' '));
      wanted = kMaxExpansion * static_cast<int64_t>(stored.size()) + more;
    }
    ASSERT_EQ(content, wanted);
    ASSERT_GT(content, kSmallContent);
    const Content read = Read(WriteTestFile("edge", stored));
    EXPECT_EQ(read.sha256.ok(), more == 0) << read.sha256.status();
  }
}

}  // namespace
}  // namespace local_sgd
