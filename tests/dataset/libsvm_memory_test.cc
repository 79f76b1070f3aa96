// What a small file can make the reader allocate.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "lib/dataset/libsvm_reader.h"
#include "tests/dataset/archives.h"
#include "tests/fuzz/allocations.h"

namespace local_sgd {
namespace {

// A chunk of the file and one of content for either format.
constexpr int64_t kReading = int64_t{1} << 20;

// What libbz2 takes for blocks of 900 kB: 100 kB and four bytes for each of the
// block. From malloc, which PeakAllocation sees under AddressSanitizer alone.
constexpr int64_t kBzip2 = 100'000 + 4 * int64_t{900'000};

// What liblzma takes for the usual 8 MiB dictionary, and libzstd for a window
// that is no larger, also from malloc.
constexpr int64_t kXzOrZstd = int64_t{9} << 20;

struct Outcome {
  absl::Status status;
  int64_t peak = 0;  // bytes
};

Outcome Read(const std::string& stored) {
  const std::string path = WriteTestFile("input", stored);
  const PeakAllocation peak;
  Outcome outcome;
  outcome.status = ReadLibsvm(path).status();
  outcome.peak = peak.bytes();
  return outcome;
}

std::string Repeated(const std::string& text, size_t size) {
  std::string all;
  while (all.size() < size) all += text;
  return all;
}

TEST(AllocationsTest, CountsThePeak) {
  const PeakAllocation peak;
  EXPECT_EQ(peak.bytes(), 0);
  {
    const auto block = std::make_unique<std::vector<char>>(1 << 20);
    EXPECT_EQ(block->size(), size_t{1} << 20);
  }
  EXPECT_GE(peak.bytes(), 1 << 20);
  EXPECT_LE(peak.bytes(), (1 << 20) + 8192);
  EXPECT_EQ(PeakAllocation().bytes(), 0);
}

TEST(LibsvmMemoryTest, NumbersInTheTextTakeNoMemory) {
  for (const char* text : {
           "+1 2147483647:1",
           "+1 9223372036854775807:1",
           "+1 99999999999999999999:1",
           "0 16777216:1\n1\n",  // the largest index there may be
           "1e308 1:1e308\n-1\n",
       }) {
    EXPECT_LE(Read(text).peak, kReading) << text;
    EXPECT_LE(Read(Gzip(text)).peak, kReading) << text;
    EXPECT_LE(Read(Bzip2(text)).peak, kReading + kBzip2) << text;
    EXPECT_LE(Read(Xz(text)).peak, kReading + kXzOrZstd) << text;
    EXPECT_LE(Read(Zstd(text)).peak, kReading + kXzOrZstd) << text;
  }
}

// A label alone takes most for its size: two bytes of text, 16 of memory, a
// vector that grows, three times so.
TEST(LibsvmMemoryTest, IsInProportionToTheText) {
  for (const char* line : {"1\n", "1 1:1\n", "\n", "# comment\n", "1 "}) {
    const std::string text = Repeated(line, 1 << 20);
    EXPECT_LE(Read(text).peak, kReading + 24 * int64_t{1 << 20}) << line;
  }
}

TEST(LibsvmMemoryTest, BombsEndAtOnce) {
  for (const char* line : {"1\n", "1 1:1\n", "\n", " ", "x"}) {
    const std::string text = Repeated(line, 3 << 20);
    for (const std::string& bomb :
         {Gzip(text), Bzip2(text), Xz(text), Zstd(text)}) {
      const Outcome outcome = Read(bomb);
      EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted)
          << outcome.status;
      // 256 times the archive and 1 MiB, as text.
      EXPECT_LE(outcome.peak,
                kReading + kXzOrZstd +
                    24 * (256 * static_cast<int64_t>(bomb.size()) +
                          (int64_t{1} << 20)))
          << line << " in " << bomb.size() << " bytes";
    }
  }
}

}  // namespace
}  // namespace local_sgd
