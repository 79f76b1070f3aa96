#include "lib/solver/checkpoint.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sha256.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/fuzz/allocations.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr char kIdentity[] = "--workers=3\n--seed=7\n";
constexpr int64_t kWorkers = 3;
constexpr int64_t kFeatures = 5;

// The positions of a run of 3 workers on d = 5 that reaches one of two
// accuracies.
std::vector<RunPosition> Positions() {
  SparseDataset data = MakeSyntheticData({.samples = 40, .features = 5});
  const StepRows rows = MakeStepRows(data).value();
  const LogisticRegression problem =
      MakeLogisticRegression(std::move(data), 0.02).value();
  LocalSgdOptions options;
  options.workers = kWorkers;
  options.step_size = DecayingStepSize(0.02, 200);
  options.synchronisation = EveryPeriod(4);
  options.seed = 7;
  Termination termination;
  termination.epsilons = {0.03, 1e-9};
  termination.max_iterations = 400;
  std::vector<RunPosition> positions;
  Checkpoints checkpoints;
  checkpoints.every_rounds = 25;
  checkpoints.save = [&](const RunPosition& position) {
    positions.push_back(position);
    return absl::OkStatus();
  };
  EXPECT_TRUE(RunLocalSgd(problem, rows, FindOptimum(problem)->value, options,
                          termination, checkpoints)
                  .ok());
  return positions;
}

absl::StatusOr<RunPosition> Read(absl::string_view bytes,
                                 absl::string_view identity = kIdentity) {
  return ReadCheckpoint(bytes, identity, kWorkers, kFeatures);
}

// `bytes` with the checksum that they ask for.
std::string Signed(std::string bytes) {
  bytes.resize(bytes.size() - 64);
  return absl::StrCat(bytes, Sha256Hex(bytes));
}

// What is written is a function of all that a position holds, so what reads
// back to the same bytes lost nothing.
TEST(CheckpointTest, ReadsBackWhatWasWritten) {
  const std::vector<RunPosition> positions = Positions();
  ASSERT_EQ(positions.size(), 4u);
  EXPECT_GT(positions[3].reached[0].iterations, 0);
  for (const RunPosition& position : positions) {
    const std::string bytes = WriteCheckpoint(kIdentity, position);
    const absl::StatusOr<RunPosition> read = Read(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->state.t, position.state.t);
    EXPECT_EQ(read->state.iterates.base, position.state.iterates.base);
    EXPECT_EQ(read->interval_start.t, position.interval_start.t);
    EXPECT_EQ(read->next_check, position.next_check);
    EXPECT_EQ(WriteCheckpoint(kIdentity, *read), bytes);
  }
}

TEST(CheckpointTest, EveryTruncationIsRefused) {
  const std::string bytes = WriteCheckpoint(kIdentity, Positions()[2]);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Read(absl::string_view(bytes).substr(0, size)).status().code(),
              absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_FALSE(Read(absl::StrCat(bytes, "x")).ok());
}

TEST(CheckpointTest, EveryFlippedByteIsRefused) {
  std::string bytes = WriteCheckpoint(kIdentity, Positions()[2]);
  for (char& byte : bytes) {
    for (const int flip : {1, 0x80, 0xff}) {
      byte = static_cast<char>(byte ^ flip);
      EXPECT_EQ(Read(bytes).status().code(), absl::StatusCode::kDataLoss);
      byte = static_cast<char>(byte ^ flip);
    }
  }
  EXPECT_TRUE(Read(bytes).ok());
}

// Even with a checksum that fits: sizes are never believed.
TEST(CheckpointTest, ImpossibleSizesAreRefused) {
  const std::string bytes = WriteCheckpoint(kIdentity, Positions()[2]);
  int refused = 0;
  for (size_t at = bytes.find(kIdentity); at + 72 < bytes.size(); ++at) {
    std::string changed = bytes;
    const uint64_t huge = uint64_t{1} << 60;
    std::memcpy(changed.data() + at, &huge, sizeof(huge));
    if (!Read(Signed(changed)).ok()) ++refused;
  }
  EXPECT_GE(refused, 10);
  for (size_t size = 128; size < bytes.size(); ++size) {
    EXPECT_FALSE(Read(Signed(bytes.substr(0, size))).ok()) << size;
  }
}

TEST(CheckpointTest, AnotherShapeIsRefused) {
  const std::string bytes = WriteCheckpoint(kIdentity, Positions()[0]);
  for (const auto& [workers, features] : {std::pair{2, 5}, {4, 5}, {3, 6}}) {
    EXPECT_FALSE(ReadCheckpoint(bytes, kIdentity, workers, features).ok());
  }
}

TEST(CheckpointTest, AnotherIdentityIsRefusedWithTheLine) {
  const std::string bytes = WriteCheckpoint(kIdentity, Positions()[0]);
  const auto message = [&](absl::string_view identity) {
    const absl::Status status = Read(bytes, identity).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_THAT(message("--workers=3\n--seed=8\n"),
              HasSubstr("it has --seed=7, this one has --seed=8"));
  EXPECT_THAT(message("--workers=3\n"), HasSubstr("it has --seed=7"));
  EXPECT_THAT(message("--workers=3\n--seed=7\n--new=1\n"),
              HasSubstr("this one has --new=1"));
}

// A line of a damaged file is shown in part, its bytes escaped.
TEST(CheckpointTest, LongIdentitiesAreShownInPart) {
  const std::string bytes =
      WriteCheckpoint(std::string(1000, '\1'), Positions()[0]);
  std::string shown;
  for (int i = 0; i < 200; ++i) shown += "\\001";
  EXPECT_EQ(std::string(Read(bytes).status().message()),
            absl::StrCat("is of another run: it has ", shown,
                         ", this one has --workers=3"));
}

// Sizes that stand in a file with a right checksum take no memory, nor does an
// identity of very many lines.
TEST(CheckpointTest, MemoryIsInProportionToTheBytes) {
  const std::string magic = "local-sgd checkpoint 1\n";
  const auto number = [](uint64_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  const std::string start =
      magic + number(sizeof(kIdentity) - 1) + kIdentity + std::string(88, '\0');
  for (std::string bytes :
       {start + number(uint64_t{1} << 31), start + number(uint64_t{1} << 61),
        start + number(~uint64_t{0}),
        magic + number(1 << 20) + std::string(1 << 20, '\n')}) {
    bytes += Sha256Hex(bytes);
    const PeakAllocation peak;
    EXPECT_FALSE(ReadCheckpoint(bytes, kIdentity, kWorkers, kFeatures).ok());
    EXPECT_LE(peak.bytes(), 4096 + 4 * static_cast<int64_t>(bytes.size()));
  }
}

}  // namespace
}  // namespace local_sgd
