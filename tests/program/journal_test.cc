#include "lib/program/journal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::ordered_json;

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::string(getenv("TEST_TMPDIR")) + "/journal";
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(EnsureFolder(folder_).ok());
    path_ = folder_ + "/j.jsonl";
  }

  // Replaces the file, without a sync.
  void Write(const std::string& contents) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << contents;
    ASSERT_EQ(*ReadFile(path_), contents);
  }

  // Makes a journal of these keys with results {"value": i} and returns the
  // file's contents.
  std::string Make(const std::vector<std::string>& keys) {
    auto journal = Journal::Open(path_, settings_);
    EXPECT_TRUE(journal.ok()) << journal.status();
    for (size_t i = 0; i < keys.size(); ++i) {
      EXPECT_TRUE(journal->Append(keys[i], {{"value", i}}).ok());
    }
    return *ReadFile(path_);
  }

  absl::Status OpenStatus(const Json& settings) {
    return Journal::Open(path_, settings).status();
  }

  std::string folder_;
  std::string path_;
  const Json settings_ = {{"flags", {{"seeds", 3}, {"epsilon", "0.005,0.1"}}},
                          {"dataset_sha256", "6a9f"}};
};

TEST_F(JournalTest, GoesOnWhereItEnded) {
  Make({"a", "b"});
  auto journal = Journal::Open(path_, settings_);
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ(journal->num_recovered(), 2);
  ASSERT_NE(journal->Find("b"), nullptr);
  EXPECT_EQ(*journal->Find("b"), Json({{"value", 1}}));
  EXPECT_EQ(journal->Find("c"), nullptr);
  ASSERT_TRUE(journal->Append("c", "text\nwith a line end").ok());
  EXPECT_EQ(journal->num_recovered(), 2);

  Journal moved = *std::move(journal);
  ASSERT_TRUE(moved.Remove().ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(std::string(moved.Append("d", 1).message()),
            "cannot write " + path_ + ": it was removed");
  EXPECT_EQ(Journal::Open(path_, settings_)->num_recovered(), 0);
}

TEST_F(JournalTest, NumbersComeBackBitForBit) {
  const std::vector<double> hard = {0.1,
                                    1.0 / 3,
                                    0.1 + 0.2,
                                    1e23,
                                    9007199254740993.0,
                                    5e-324,
                                    2.2250738585072011e-308,
                                    2.2250738585072014e-308,
                                    std::numeric_limits<double>::max(),
                                    -0.0,
                                    1.0,
                                    123456789012345680.0,
                                    8.41e21,
                                    5.0e-5,
                                    std::nextafter(1.0, 2)};
  std::vector<double> values = hard;
  std::mt19937_64 bits(1);
  while (values.size() < 2000) {
    const uint64_t word = bits();
    double value;
    std::memcpy(&value, &word, sizeof(value));
    if (std::isfinite(value)) values.push_back(value);
  }
  const int64_t smallest = std::numeric_limits<int64_t>::min();
  const uint64_t largest = std::numeric_limits<uint64_t>::max();
  {
    auto journal = Journal::Open(path_, settings_);
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE(journal->Append("doubles", values).ok());
    ASSERT_TRUE(journal->Append("integers", {smallest, largest}).ok());
  }
  const auto journal = Journal::Open(path_, settings_);
  ASSERT_TRUE(journal.ok()) << journal.status();
  const auto found = journal->Find("doubles")->get<std::vector<double>>();
  ASSERT_EQ(found.size(), values.size());
  EXPECT_EQ(
      std::memcmp(found.data(), values.data(), found.size() * sizeof(double)),
      0);
  EXPECT_EQ(journal->Find("integers")->at(0).get<int64_t>(), smallest);
  EXPECT_EQ(journal->Find("integers")->at(1).get<uint64_t>(), largest);
}

TEST_F(JournalTest, ATornLastLineIsCutOffAtEveryByte) {
  const std::string all = Make({"a", "b", "c"});
  const size_t last = all.rfind('\n', all.size() - 2) + 1;
  for (size_t size = last; size < all.size(); ++size) {
    const std::string torn = all.substr(0, size);
    for (const std::string& contents :
         {torn, torn + std::string(all.size() - size, '\0')}) {
      Write(contents);
      auto journal = Journal::Open(path_, settings_);
      ASSERT_TRUE(journal.ok()) << size << journal.status();
      EXPECT_EQ(journal->num_recovered(), 2) << size;
      EXPECT_EQ(journal->Find("c"), nullptr) << size;
      EXPECT_EQ(*ReadFile(path_), all.substr(0, last)) << size;
      ASSERT_TRUE(journal->Append("c", {{"value", 2}}).ok());
      EXPECT_EQ(*ReadFile(path_), all) << size;
    }
  }
}

TEST_F(JournalTest, ALastLineOfWhichAPartIsMissingIsCutOff) {
  const std::string all = Make({"a", "b", "c"});
  const size_t last = all.rfind('\n', all.size() - 2) + 1;
  for (size_t at = last; at + 1 < all.size(); ++at) {
    std::string contents = all;
    contents[at] = '\0';
    Write(contents);
    const auto journal = Journal::Open(path_, settings_);
    ASSERT_TRUE(journal.ok()) << at << journal.status();
    EXPECT_EQ(journal->num_recovered(), 2);
    EXPECT_EQ(*ReadFile(path_), all.substr(0, last));
  }
}

TEST_F(JournalTest, ATornHeaderStartsAnew) {
  const std::string header = Make({});
  for (size_t size = 0; size < header.size(); ++size) {
    const bool zeros = size % 8 == 7;  // the length arrived, the bytes did not
    Write(zeros ? std::string(size, '\0') : header.substr(0, size));
    const auto journal = Journal::Open(path_, settings_);
    ASSERT_TRUE(journal.ok()) << size << journal.status();
    EXPECT_EQ(*ReadFile(path_), header);
  }
}

TEST_F(JournalTest, AFlippedBitIsRefusedWithItsLine) {
  const std::string all = Make({"a", "b", "c"});
  const size_t first_end = all.find('\n');
  const size_t second_end = all.find('\n', first_end + 1);
  // The last line apart, and the line end before it, which would join it.
  const size_t third_end = all.find('\n', second_end + 1);
  for (size_t at = 0; at < third_end; ++at) {
    const int line = at <= first_end ? 1 : at <= second_end ? 2 : 3;
    std::string contents = all;
    contents[at] = static_cast<char>(contents[at] ^ (1 << at % 8));
    Write(contents);
    const absl::Status status = OpenStatus(settings_);
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << contents;
    ASSERT_THAT(std::string(status.message()),
                StartsWith(absl::StrCat(path_, ":", line, ": ")));
    ASSERT_EQ(*ReadFile(path_), contents);
  }
}

TEST_F(JournalTest, AnyOtherFileIsLeftAlone) {
  for (const std::string contents : {"precious", "precious\n", "{}\n", "\n"}) {
    Write(contents);
    const absl::Status status = OpenStatus(settings_);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()),
                StartsWith(path_ + ":1: not the first line of a journal"));
    EXPECT_EQ(*ReadFile(path_), contents);
  }
  EXPECT_EQ(std::string(Journal::Open(folder_, settings_).status().message()),
            "cannot open " + folder_ + ": Is a directory");
  const auto nowhere = Journal::Open(folder_ + "/none/j", settings_);
  EXPECT_EQ(std::string(nowhere.status().message()),
            "cannot open " + folder_ + "/none/j: No such file or directory");
}

TEST_F(JournalTest, OtherSettingsAreRefusedAndTheFileIsUntouched) {
  // Torn, which must not be repaired on behalf of other settings.
  const std::string contents = Make({"a", "b"}) + "{\"key\":\"c\"";
  Write(contents);
  Json other = {{"dataset_sha256", "6a9f"},
                {"flags", {{"epsilon", "0.005"}, {"seeds", 10}}},
                {"version", "1.1"}};
  const absl::Status status = OpenStatus(other);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::string(status.message()),
            path_ +
                " is of an unfinished run with other settings: flags.seeds was "
                "3, is 10; flags.epsilon was \"0.005,0.1\", is \"0.005\"; "
                "version was not there, is \"1.1\"; give the old settings to "
                "finish that run, or delete the file to start anew");
  other = settings_;
  other.erase("dataset_sha256");
  EXPECT_THAT(std::string(OpenStatus(other).message()),
              HasSubstr("dataset_sha256 was \"6a9f\", is not there;"));
  EXPECT_EQ(*ReadFile(path_), contents);

  other = {{"dataset_sha256", "6a9f"},
           {"flags", {{"epsilon", "0.005,0.1"}, {"seeds", 3}}}};
  EXPECT_TRUE(OpenStatus(other).ok()) << "the order does not matter";
}

TEST_F(JournalTest, AKeyStandsOnce) {
  const std::string all = Make({"a", "b"});
  {
    auto journal = Journal::Open(path_, settings_);
    ASSERT_TRUE(journal.ok());
    EXPECT_EQ(journal->Append("a", 5).code(), absl::StatusCode::kAlreadyExists);
    ASSERT_TRUE(journal->Append("c", 5).ok());
    EXPECT_EQ(std::string(journal->Append("c", 5).message()),
              path_ + ": the key \"c\" is there already");
  }
  Write(all + all.substr(all.find('\n') + 1));
  EXPECT_THAT(std::string(OpenStatus(settings_).message()),
              StartsWith(path_ + ":4: the key \"a\" stands twice"));
}

TEST_F(JournalTest, WhatJsonCannotHoldIsRefused) {
  const std::string all = Make({});
  auto journal = Journal::Open(path_, settings_);
  ASSERT_TRUE(journal.ok());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Json& result :
       {Json(nan), Json({{"x", infinity}}), Json("\xff")}) {
    const absl::Status status = journal->Append("a", result);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("\"a\""));
  }
  EXPECT_EQ(journal->Append("\xff", 1).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*ReadFile(path_), all);
}

// Whose checksum is right: a line of 2 MB that would take the stack.
TEST_F(JournalTest, DeepNestingIsRefused) {
  const auto settings_of = [](int64_t depth) {
    std::string text = R"({"journal":"local_sgd","settings":)" +
                       std::string(depth, '[') + "\"[[[[\\\"\"" +
                       std::string(depth, ']');
    uint64_t sum = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : text) {
      sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return absl::StrFormat("%s,\"checksum\":\"%016x\"}\n", text, sum);
  };
  Write(settings_of(1000000));
  EXPECT_EQ(std::string(OpenStatus({}).message()),
            path_ +
                ":1: not the first line of a journal; delete the file to "
                "start the run anew");
  Write(settings_of(64));  // and the object
  EXPECT_EQ(OpenStatus({}).code(), absl::StatusCode::kDataLoss);
  Write(settings_of(63));
  EXPECT_EQ(OpenStatus({}).code(), absl::StatusCode::kFailedPrecondition);
  Write("");
  auto journal = Journal::Open(path_, {});
  Json deep = 1;
  for (int level = 0; level < 64; ++level) deep = Json::array({deep});
  EXPECT_EQ(journal->Append("deep", deep).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(journal->Append("less", deep[0]).ok());
}

TEST_F(JournalTest, OneRunAtATime) {
  auto journal = Journal::Open(path_, settings_);
  ASSERT_TRUE(journal.ok());
  const pid_t child = fork();
  if (child == 0) {
    const absl::Status status = OpenStatus(settings_);
    _exit(absl::IsAlreadyExists(status) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(std::string(OpenStatus(settings_).message()),
            "another run is at work on " + path_ +
                "; wait until it has ended or write to another folder");
  ASSERT_TRUE(journal->Append("a", 1).ok());
  journal = absl::UnknownError("closed");
  EXPECT_EQ(Journal::Open(path_, settings_)->num_recovered(), 1);
}

TEST_F(JournalTest, AFailedWriteIsCutOffAndMayBeRepeated) {
  auto journal = Journal::Open(path_, settings_);
  ASSERT_TRUE(journal.ok());
  ASSERT_TRUE(journal->Append("a", 1).ok());
  const std::string before = *ReadFile(path_);
  // A limit on file size fails in the middle of a line, as a full disk does.
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  struct rlimit limit = old_limit;
  limit.rlim_cur = 5000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string large(100000, 'x');
  const absl::Status status = journal->Append("b", large);
  setrlimit(RLIMIT_FSIZE, &old_limit);
  EXPECT_EQ(std::string(status.message()),
            "cannot write " + path_ + ": File too large");
  EXPECT_EQ(*ReadFile(path_), before);
  ASSERT_TRUE(journal->Append("b", large).ok());
  journal = absl::UnknownError("closed");
  EXPECT_EQ(*Journal::Open(path_, settings_)->Find("b"), Json(large));
}

TEST_F(JournalTest, ThreadsMayAppendTogether) {
  constexpr int kThreads = 4;
  constexpr int kPieces = 25;
  {
    auto journal = Journal::Open(path_, settings_);
    ASSERT_TRUE(journal.ok());
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&journal, i] {
        for (int j = 0; j < kPieces; ++j) {
          EXPECT_TRUE(journal->Append(absl::StrCat(i, ",", j), j).ok());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto journal = Journal::Open(path_, settings_);
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ(journal->num_recovered(), kThreads * kPieces);
  EXPECT_EQ(*journal->Find("3,24"), Json(24));
}

// The result of piece `i`: several pages, so that a kill can tear it.
Json Piece(int i) {
  return {{"value", i / 7.0},
          {"words", std::string(1 + i * 7919 % 40000, 'x')}};
}

// Goes on with the journal and says each count after Append returned; ends only
// when killed.
[[noreturn]] void AppendForEver(const std::string& path, const Json& settings,
                                int reports) {
  auto journal = Journal::Open(path, settings);
  if (!journal.ok()) _exit(1);
  for (int i = static_cast<int>(journal->num_recovered());; ++i) {
    if (!journal->Append(absl::StrCat(i), Piece(i)).ok()) _exit(2);
    const int count = i + 1;
    if (write(reports, &count, sizeof(count)) != sizeof(count)) _exit(3);
  }
}

TEST_F(JournalTest, WhatWasAppendedIsThereAfterSigkill) {
  std::mt19937 random(1);
  int least = 0;  // pieces that must be there
  int pieces = 0;
  for (int round = 0; round < 100; ++round) {
    int reports[2];
    ASSERT_EQ(pipe(reports), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(reports[0]);
      AppendForEver(path_, settings_, reports[1]);
    }
    close(reports[1]);
    // Kills it at any moment of some piece, the opening of the file included.
    int count;
    for (int skip = static_cast<int>(random() % 4); skip > 0; --skip) {
      ASSERT_EQ(read(reports[0], &count, sizeof(count)), sizeof(count));
      least = count;
    }
    usleep(static_cast<useconds_t>(random() % 2000));
    kill(child, SIGKILL);
    while (read(reports[0], &count, sizeof(count)) == sizeof(count)) {
      least = count;
    }
    close(reports[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);

    const auto journal = Journal::Open(path_, settings_);
    ASSERT_TRUE(journal.ok()) << journal.status();
    ASSERT_GE(journal->num_recovered(), least);
    ASSERT_LE(journal->num_recovered(), least + 1);
    for (int i = 0; i < journal->num_recovered(); ++i) {
      const Json* found = journal->Find(absl::StrCat(i));
      ASSERT_NE(found, nullptr) << i;
      ASSERT_EQ(*found, Piece(i)) << i;
    }
    least = static_cast<int>(journal->num_recovered());
    if (round % 10 == 9) {  // a long journal takes long to read
      pieces += least;
      least = 0;
      std::filesystem::remove(path_);
    }
  }
  EXPECT_GT(pieces, 100);
}

}  // namespace
}  // namespace local_sgd
