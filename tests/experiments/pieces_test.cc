#include "experiments/pieces.h"

#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/program/journal.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

// Remembers which pieces were run, in their order.
class Calls {
 public:
  Piece Make(const std::string& key, double cost,
             const absl::StatusOr<Json>& result) {
    Piece piece;
    piece.key = key;
    piece.cost = cost;
    piece.run = [this, key, result] {
      const std::lock_guard<std::mutex> lock(mutex_);
      keys_.push_back(key);
      return result;
    };
    return piece;
  }
  const std::vector<std::string>& keys() const { return keys_; }
  void Clear() { keys_.clear(); }

 private:
  std::mutex mutex_;
  std::vector<std::string> keys_;
};

class PiecesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = absl::StrCat(getenv("TEST_TMPDIR"), "/pieces.journal");
    std::filesystem::remove(path_);
  }
  Journal Open() { return Journal::Open(path_, {{"of", "a test"}}).value(); }

  std::string path_;
  Calls calls_;
};

TEST_F(PiecesTest, ResultsByKey) {
  for (const int threads : {1, 3}) {
    calls_.Clear();
    std::vector<Piece> pieces;
    for (int i = 0; i < 50; ++i) {
      pieces.push_back(
          calls_.Make(absl::StrCat("piece ", i), (i * 7) % 11, Json(i * i)));
    }
    const auto results = RunPieces(pieces, threads, {});
    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_EQ(results->size(), 50u);
    EXPECT_EQ(calls_.keys().size(), 50u);
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(results->at(absl::StrCat("piece ", i)), Json(i * i));
    }
  }
  EXPECT_TRUE(RunPieces({}, 2, {}).value().empty());
}

TEST_F(PiecesTest, TwoOfOneNameAreRefusedBeforeAnyRuns) {
  Calls calls;
  const absl::Status status =
      RunPieces({calls.Make("a", 1, Json(1)), calls.Make("b", 1, Json(2)),
                 calls.Make("a", 1, Json(3))},
                /*threads=*/1, {})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'a'"));
  EXPECT_TRUE(calls.keys().empty());
}

TEST_F(PiecesTest, TheMostExpensiveFirst) {
  const auto results =
      RunPieces({calls_.Make("a", 1, Json()), calls_.Make("b", 3, Json()),
                 calls_.Make("c", 1, Json()), calls_.Make("d", 2, Json())},
                1, {});
  ASSERT_TRUE(results.ok());
  EXPECT_THAT(calls_.keys(), ElementsAre("b", "d", "a", "c"));
}

TEST_F(PiecesTest, WhatIsInTheJournalIsNotRunAgain) {
  for (const int threads : {1, 3}) {
    calls_.Clear();
    std::filesystem::remove(path_);
    {
      Journal journal = Open();
      ASSERT_TRUE(journal.Append("b", "from before").ok());
      ASSERT_TRUE(journal.Append("another's", 7).ok());
    }
    const std::vector<Piece> pieces = {calls_.Make("a", 1, Json("new")),
                                       calls_.Make("b", 2, Json("new")),
                                       calls_.Make("c", 3, Json("new"))};
    {
      Journal journal = Open();
      const auto results =
          RunPieces(pieces, threads, {.journal = &journal}).value();
      EXPECT_EQ(results.size(), 3u);
      EXPECT_EQ(results.at("a"), "new");
      EXPECT_EQ(results.at("b"), "from before");
      EXPECT_EQ(results.at("c"), "new");
      EXPECT_EQ(calls_.keys().size(), 2u);
    }
    calls_.Clear();
    Journal journal = Open();
    EXPECT_EQ(journal.num_recovered(), 4);
    ASSERT_TRUE(RunPieces(pieces, threads, {.journal = &journal}).ok());
    EXPECT_TRUE(calls_.keys().empty());
  }
}

TEST_F(PiecesTest, AnErrorEndsItAndKeepsWhatIsFinished) {
  {
    Journal journal = Open();
    const auto results = RunPieces(
        {calls_.Make("cheap", 1, Json(1)), calls_.Make("good", 3, Json(3)),
         calls_.Make("bad", 2, absl::OutOfRangeError("too bad"))},
        1, {.journal = &journal});
    EXPECT_EQ(results.status(), absl::OutOfRangeError("too bad"));
    EXPECT_THAT(calls_.keys(), ElementsAre("good", "bad"));
  }
  // Mended, the rest follows.
  calls_.Clear();
  Journal journal = Open();
  const auto results = RunPieces(
      {calls_.Make("cheap", 1, Json(1)), calls_.Make("good", 3, Json(0)),
       calls_.Make("bad", 2, Json(2))},
      1, {.journal = &journal});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->at("good"), 3);
  EXPECT_THAT(calls_.keys(), ElementsAre("bad", "cheap"));
}

// Of two that fail at the same time, whichever comes to be noticed first.
TEST_F(PiecesTest, TheFirstErrorInTheOrderOfThePieces) {
  std::mutex mutex;
  std::condition_variable both_run;
  int running = 0;
  const auto piece = [&](const std::string& key, double cost) {
    Piece piece;
    piece.key = key;
    piece.cost = cost;
    piece.run = [&, key]() -> absl::StatusOr<Json> {
      std::unique_lock<std::mutex> lock(mutex);
      ++running;
      both_run.notify_all();
      both_run.wait_for(lock, std::chrono::seconds(5),
                        [&] { return running >= 2; });
      return absl::UnknownError(key);
    };
    return piece;
  };
  EXPECT_EQ(RunPieces({piece("a", 1), piece("b", 2)}, 2, {}).status(),
            absl::UnknownError("a"));
  EXPECT_EQ(running, 2);
}

TEST_F(PiecesTest, OthersThatRunAtTheErrorAreKept) {
  std::mutex mutex;
  std::condition_variable failing;
  bool has_failed = false;
  Piece good;
  good.key = "good";
  good.run = [&]() -> absl::StatusOr<Json> {
    std::unique_lock<std::mutex> lock(mutex);
    failing.wait_for(lock, std::chrono::seconds(5), [&] { return has_failed; });
    return Json("kept");
  };
  Piece bad;
  bad.key = "bad";
  bad.run = [&]() -> absl::StatusOr<Json> {
    const std::lock_guard<std::mutex> lock(mutex);
    has_failed = true;
    failing.notify_all();
    return absl::UnknownError("bad");
  };
  {
    Journal journal = Open();
    EXPECT_EQ(RunPieces({good, bad}, 2, {.journal = &journal}).status(),
              absl::UnknownError("bad"));
  }
  const Journal journal = Open();
  ASSERT_NE(journal.Find("good"), nullptr);
  EXPECT_EQ(*journal.Find("good"), "kept");
  EXPECT_EQ(journal.Find("bad"), nullptr);
}

TEST_F(PiecesTest, AJournalThatFailsIsAnError) {
  for (const int threads : {1, 3}) {
    calls_.Clear();
    Journal journal = Open();
    ASSERT_TRUE(journal.Remove().ok());  // nothing can be appended now
    const absl::Status status =
        RunPieces({calls_.Make("a", 1, Json(1)), calls_.Make("b", 2, Json(2))},
                  threads, {.journal = &journal})
            .status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    if (threads == 1) {
      EXPECT_THAT(calls_.keys(), ElementsAre("b"));
    }
  }
  // What JSON cannot hold.
  Journal journal = Open();
  EXPECT_EQ(
      RunPieces(
          {calls_.Make("a", 1, Json(std::numeric_limits<double>::infinity()))},
          1, {.journal = &journal})
          .status()
          .code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace local_sgd
