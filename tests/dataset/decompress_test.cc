#include "lib/dataset/decompress.h"

#include <lzma.h>
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
    switch (GetParam()) {
      case 1:
        return Gzip(bytes);
      case 2:
        return Bzip2(bytes);
      case 3:
        return Xz(bytes);
      case 4:
        return Zstd(bytes);
      default:
        return bytes;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(PlainGzipBzip2XzZstd, EveryFormat,
                         testing::Range(0, 5));

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
  std::string Format() const {
    const char* const names[] = {"", "gzip", "bzip2", "xz", "zstd"};
    return names[GetParam()];
  }
  // What tells the format from text.
  size_t SizeOfMagic() const {
    const size_t sizes[] = {0, 3, 3, 6, 4};
    return sizes[GetParam()];
  }
};

INSTANTIATE_TEST_SUITE_P(GzipBzip2XzZstd, EveryArchive, testing::Range(1, 5));

TEST_P(EveryArchive, TruncatedAnywhereIsAnError) {
  const std::string stored = Pack(Noise(200)) + Pack("second member");
  const size_t first = Pack(Noise(200)).size();
  for (size_t size = SizeOfMagic(); size < stored.size(); ++size) {
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

// Each format's own program or library reads past zeros, or ignores them. What
// follows them is not lost.
TEST_P(EveryArchive, ZerosPadMembers) {
  const std::string first = Pack("1 1:1\n");
  for (const size_t zeros : {1, 4, 511, 600000}) {
    const std::string padding(zeros, '\0');
    EXPECT_EQ(Read(WriteTestFile("padded", first + padding)).bytes, "1 1:1\n");
    const Content content =
        Read(WriteTestFile("padded", first + padding + Pack("-1\n") + padding));
    EXPECT_TRUE(content.sha256.ok()) << content.sha256.status();
    EXPECT_EQ(content.bytes, "1 1:1\n-1\n");
    const absl::Status status =
        Read(WriteTestFile("padded", first + padding + "rubbish behind"))
            .sha256.status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    const absl::Status cut =
        Read(WriteTestFile("padded",
                           first + padding + Pack("-1\n").substr(0, 9)))
            .sha256.status();
    EXPECT_EQ(cut.code(), absl::StatusCode::kDataLoss) << cut;
  }
}

TEST_P(EveryArchive, AnythingElseBehindTheLastMemberIsAnError) {
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

// One frame of one block as it is, with a window of 2^log bytes (RFC 8878).
std::string ZstdOfWindow(const std::string& bytes, int log) {
  const size_t block = bytes.size() << 3 | 1;
  std::string frame = absl::StrCat("\x28\xb5\x2f\xfd", std::string(1, '\0'));
  frame += static_cast<char>((log - 10) << 3);
  for (const int shift : {0, 8, 16}) frame += static_cast<char>(block >> shift);
  return frame + bytes;
}

// What a member wants to refer back to is memory, however short it is.
TEST(DecompressTest, MembersThatTakeMuchMemoryAreRefused) {
  EXPECT_EQ(Read(WriteTestFile("9.xz", Xz("1 1:1\n", 9))).bytes, "1 1:1\n");
  EXPECT_EQ(Read(WriteTestFile("27.zst", ZstdOfWindow("1 1:1\n", 27))).bytes,
            "1 1:1\n");
  const std::string window =
      WriteTestFile("28.zst", ZstdOfWindow("1 1:1\n", 28));
  EXPECT_EQ(
      Read(window).sha256.status(),
      absl::ResourceExhaustedError(
          window + ": found zstd data with a window of more than 128 MiB, "
                   "expected at most that many; unpack it first"));

  lzma_options_lzma options;
  ASSERT_FALSE(lzma_lzma_preset(&options, 0));
  options.dict_size = uint32_t{1} << 30;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options},
                           {LZMA_VLI_UNKNOWN, nullptr}};
  const std::string bytes = "1 1:1\n";
  std::string packed(1000, '\0');
  size_t size = 0;
  ASSERT_EQ(
      lzma_stream_buffer_encode(
          filters, LZMA_CHECK_CRC32, nullptr,
          reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
          reinterpret_cast<uint8_t*>(packed.data()), &size, packed.size()),
      LZMA_OK);
  packed.resize(size);
  const std::string dictionary = WriteTestFile("large.xz", packed);
  const absl::Status status = Read(dictionary).sha256.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              testing::MatchesRegex(
                  dictionary +
                  ": found xz data that take 102[4-9] MiB of memory to unpack, "
                  "expected at most 136; unpack it first"));
}

TEST(DecompressTest, ZstdMayBeginWithAFrameToSkip) {
  const std::string skip("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  EXPECT_EQ(Read(WriteTestFile("skip", skip + Zstd("1 1:1\n") + skip)).bytes,
            "1 1:1\n");
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
