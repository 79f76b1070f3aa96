#include "experiments/cluster/checkpoint_files.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "lib/solver/iterates.h"
#include "lib/solver/run.h"
#include "tests/comm/thread_ranks.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int kRanks = 3;

std::string NewFolder(const std::string& name) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/", name);
  std::filesystem::remove_all(folder);
  return folder;
}

std::set<std::string> Names(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

// One worker, d = 1, at iteration t, with the rank in it.
RunPosition PositionAt(int64_t t, int rank) {
  RunPosition position;
  position.state.t = t;
  position.state.next_synchronisation = t + 1;
  Iterates& iterates = position.state.iterates;
  iterates.num_workers = 1;
  iterates.num_features = 1;
  iterates.common.resize(2);
  iterates.columns.resize(2);
  iterates.base.assign(kNumAverages, static_cast<double>(rank));
  return position;
}

void Save(const std::string& folder, int64_t t, int64_t previous) {
  RunOnThreadRanks(kRanks, [&](Exchange& exchange) {
    int64_t before = previous;
    EXPECT_EQ(SaveCheckpoint(folder, "a=1\n", PositionAt(t, exchange.rank()),
                             exchange, before),
              absl::OkStatus());
    EXPECT_EQ(before, t);
  });
}

using Loaded = absl::StatusOr<std::optional<RunPosition>>;

// What each rank loads.
std::vector<Loaded> Load(const std::string& folder,
                         const std::string& identity = "a=1\n") {
  std::vector<Loaded> loaded(kRanks);
  RunOnThreadRanks(kRanks, [&](Exchange& exchange) {
    loaded[exchange.rank()] = LoadCheckpoint(folder, identity, 1, 1, exchange);
  });
  return loaded;
}

void ExpectLoads(const std::string& folder, int64_t t) {
  const std::vector<Loaded> loaded = Load(folder);
  for (int rank = 0; rank < kRanks; ++rank) {
    ASSERT_TRUE(loaded[rank].ok()) << loaded[rank].status();
    ASSERT_TRUE(loaded[rank]->has_value());
    EXPECT_EQ((*loaded[rank])->state.t, t);
    EXPECT_EQ((*loaded[rank])->state.iterates.base[0], rank);
  }
}

TEST(CheckpointFilesTest, TheNewSetReplacesTheOld) {
  const std::string folder = NewFolder("replaces");
  EXPECT_EQ(CheckpointIteration(folder), std::nullopt);
  for (const Loaded& loaded : Load(folder)) {
    ASSERT_TRUE(loaded.ok());
    EXPECT_FALSE(loaded->has_value());
  }
  Save(folder, 40, 0);
  Save(folder, 80, 40);
  EXPECT_THAT(Names(folder),
              UnorderedElementsAre("current", "rank-0-at-80", "rank-1-at-80",
                                   "rank-2-at-80"));
  EXPECT_EQ(CheckpointIteration(folder), 80);
  ExpectLoads(folder, 80);
  RunOnThreadRanks(kRanks, [&](Exchange& exchange) {
    EXPECT_TRUE(RemoveCheckpoint(folder, exchange).ok());
  });
  EXPECT_FALSE(std::filesystem::exists(folder));
}

// Killed while the next set was being written: some ranks' files are there,
// perhaps all, but `current` names the set before.
TEST(CheckpointFilesTest, AnIncompleteSetIsIgnoredAndRemoved) {
  const std::string folder = NewFolder("incomplete");
  Save(folder, 40, 0);
  std::ofstream(folder + "/rank-1-at-80") << "half of it";
  std::ofstream(folder + "/rank-2-at-80") << "";
  ExpectLoads(folder, 40);
  EXPECT_THAT(Names(folder),
              UnorderedElementsAre("current", "rank-0-at-40", "rank-1-at-40",
                                   "rank-2-at-40"));
}

// One rank's bad file is an error on all, which name the file or the rank, and
// nothing is lost.
TEST(CheckpointFilesTest, BadFilesAreErrorsOnAllRanks) {
  const std::string folder = NewFolder("bad");
  Save(folder, 40, 0);
  const std::set<std::string> names = Names(folder);
  std::filesystem::resize_file(folder + "/rank-1-at-40", 50);
  std::vector<Loaded> loaded = Load(folder);
  EXPECT_THAT(std::string(loaded[1].status().message()),
              HasSubstr(folder + "/rank-1-at-40 is cut or damaged"));
  EXPECT_EQ(loaded[0].status(), absl::CancelledError("rank 1 failed"));
  EXPECT_EQ(loaded[2].status(), absl::CancelledError("rank 1 failed"));
  EXPECT_EQ(Names(folder), names);

  std::filesystem::remove(folder + "/rank-1-at-40");
  loaded = Load(folder);
  EXPECT_EQ(loaded[1].status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(loaded[0].ok());

  std::filesystem::copy_file(folder + "/rank-0-at-40",
                             folder + "/rank-1-at-40");
  std::filesystem::rename(folder + "/rank-2-at-40", folder + "/rank-2-at-41");
  std::ofstream(folder + "/current") << "41\n";
  EXPECT_FALSE(Load(folder)[2].ok());

  for (const std::string text : {"", "4", "x\n", "-1\n", "0\n", "4 0\n"}) {
    std::ofstream(folder + "/current", std::ios::trunc) << text;
    loaded = Load(folder);
    EXPECT_THAT(std::string(loaded[0].status().message()),
                HasSubstr(folder + "/current"));
    EXPECT_FALSE(loaded[1].ok());
    EXPECT_EQ(CheckpointIteration(folder), std::nullopt);
  }
}

TEST(CheckpointFilesTest, AnotherRunsSetIsRefusedAndKept) {
  const std::string folder = NewFolder("other");
  Save(folder, 40, 0);
  const std::vector<Loaded> loaded = Load(folder, "a=2\n");
  EXPECT_THAT(std::string(loaded[0].status().message()),
              HasSubstr("it has a=1, this one has a=2"));
  ExpectLoads(folder, 40);
}

TEST(CheckpointFilesTest, AFolderThatCannotBeMadeIsAnError) {
  const std::string file = NewFolder("file");
  std::ofstream(file) << "in the way";
  RunOnThreadRanks(kRanks, [&](Exchange& exchange) {
    int64_t previous = 0;
    EXPECT_FALSE(SaveCheckpoint(file + "/folder", "a=1\n",
                                PositionAt(40, exchange.rank()), exchange,
                                previous)
                     .ok());
    EXPECT_EQ(previous, 0);
  });
}

}  // namespace
}  // namespace local_sgd
