#include "lib/program/results_origin.h"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/program/derived_files.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOne[] = "1111111111111111";
constexpr char kTwo[] = "2222222222222222";

class ResultsOriginTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/origin_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string Path(const std::string& name) { return folder_ + "/" + name; }
  void Put(const std::string& name, const std::string& text) {
    ASSERT_EQ(WriteFileAtomically(Path(name), text), absl::OkStatus());
  }
  bool IsThere(const std::string& name) {
    return std::filesystem::exists(Path(name));
  }

  // The study's records, as a program writes them.
  void Finish(const ResultsOrigin& origin, const std::string& text = "x\n1\n") {
    const std::string name = origin.study + ".csv";
    Put(name, text);
    ASSERT_TRUE(WriteOrigin(origin, {Path(name)}, "1.0", folder_).ok());
  }
  absl::Status May(const ResultsOrigin& origin, bool overwrite = false) {
    said_.str("");
    return MayReplace({origin}, folder_, overwrite, said_).status();
  }

  std::string folder_;
  std::ostringstream said_;
};

ResultsOrigin Study(const std::string& name, const std::string& sha256,
                    const std::string& settings = R"({"seeds":3})") {
  return {name, sha256 == kOne ? "one.svm" : "two.svm", sha256, settings};
}

TEST_F(ResultsOriginTest, AnEmptyFolderAndNoneTakeAnything) {
  EXPECT_EQ(May(Study("a", kOne)), absl::OkStatus());
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
  folder_ += "/none";
  EXPECT_EQ(May(Study("a", kOne)), absl::OkStatus());
}

TEST_F(ResultsOriginTest, TheSameAgainGoesOn) {
  Finish(Study("a", kOne, R"({"seeds":3,"x":{"y":1,"z":2}})"));
  EXPECT_EQ(May(Study("a", kOne, R"({"x":{"z":2,"y":1},"seeds":3})")),
            absl::OkStatus());
  EXPECT_EQ(May(Study("b", kOne)), absl::OkStatus()) << "another study";
  EXPECT_EQ(said_.str(), "");
}

TEST_F(ResultsOriginTest, OtherSettingsAreRefusedUnlessQuick) {
  Finish(Study("a", kOne));
  const ResultsOrigin other = Study("a", kOne, R"({"seeds":4})");
  const absl::Status status = May(other);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(folder_), HasSubstr("results of a"),
                    HasSubstr("seeds was 3, is 4"), HasSubstr("--overwrite")));
  EXPECT_EQ(May(other, /*overwrite=*/true), absl::OkStatus());
  EXPECT_THAT(said_.str(), HasSubstr("seeds was 3, is 4"));
  ResultsOrigin quick = other;
  quick.is_quick = true;
  EXPECT_EQ(May(quick), absl::OkStatus());
  EXPECT_THAT(said_.str(), HasSubstr("seeds was 3, is 4"));
}

TEST_F(ResultsOriginTest, OtherDataIsRefusedByTheirChecksums) {
  Finish(Study("a", kOne));
  Put("manifest.json",
      R"({"dataset":"one.svm","dataset_sha256":"1111111111111111"})");
  for (const bool is_quick : {false, true}) {
    ResultsOrigin other = Study("b", kTwo);
    other.is_quick = is_quick;
    const absl::Status status = May(other);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(
        std::string(status.message()),
        AllOf(HasSubstr("one.svm (sha256 111111111111)"),
              HasSubstr("two.svm (sha256 222222222222)"), HasSubstr("a.csv"),
              HasSubstr("manifest.json"), Not(HasSubstr("\n"))));
  }
  ResultsOrigin renamed = Study("b", kOne);
  renamed.dataset = "copy_of_one.svm";
  EXPECT_EQ(May(renamed), absl::OkStatus()) << "the same data";
  EXPECT_EQ(May({"model", "", "", "{}"}), absl::OkStatus()) << "no data";
}

TEST_F(ResultsOriginTest, AFileOfAnEarlierVersionDoesNotSayItsFlags) {
  Put("measured_speedup.csv", "dataset,dataset_sha256\none.svm,1111\n");
  ResultsOrigin same = Study("measured_speedup", "1111");
  same.dataset = "one.svm";
  EXPECT_THAT(std::string(May(same).message()),
              HasSubstr("no measured_speedup.origin.json"));
  EXPECT_EQ(May(same, /*overwrite=*/true), absl::OkStatus());
  // Another program's unfinished run vouches for nothing.
  for (const char* name : {"convergence_bound.journal", "reproduce.journal"}) {
    Put(name, "");
    EXPECT_THAT(std::string(May(same).message()),
                HasSubstr("no measured_speedup.origin.json"));
  }
  Put("measured_speedup.journal", "");
  EXPECT_EQ(May(same), absl::OkStatus());
}

TEST_F(ResultsOriginTest, WhatAnotherProgramWroteMeanwhileStays) {
  Finish(Study("a", kOne));
  Put("problem_constants.json",
      R"({"dataset":"one.svm","dataset_sha256":"1111111111111111"})");
  const auto replaced = MayReplace({Study("b", kTwo)}, folder_,
                                   /*overwrite=*/true, said_);
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  Put("problem_constants.json",
      R"({"dataset":"two.svm","dataset_sha256":"2222222222222222"})");
  Finish(Study("a", kTwo));
  Finish(Study("b", kTwo));
  ASSERT_EQ(RemoveReplaced(*replaced, folder_, said_), absl::OkStatus());
  for (const char* name :
       {"problem_constants.json", "a.csv", "a.origin.json", "b.csv"}) {
    EXPECT_TRUE(ReadFile(Path(name)).ok()) << name;
  }
}

TEST_F(ResultsOriginTest, NothingIsShownBesideOtherData) {
  Finish(Study("a", kOne));
  const std::string other = folder_ + "/other";
  ASSERT_EQ(EnsureFolder(other), absl::OkStatus());
  EXPECT_EQ(MayShow(folder_, folder_ + "/"), absl::OkStatus());
  EXPECT_EQ(MayShow(folder_, other), absl::OkStatus());
  EXPECT_EQ(MayShow(folder_, other + "/absent"), absl::OkStatus());
  ASSERT_EQ(WriteFileAtomically(
                other + "/problem_constants.json",
                R"({"dataset":"two.svm","dataset_sha256":"2222222222222222"})"),
            absl::OkStatus());
  EXPECT_THAT(std::string(MayShow(folder_, other).message()),
              AllOf(HasSubstr("problem_constants.json"),
                    HasSubstr("take another --output_dir")));
}

TEST_F(ResultsOriginTest, OverwriteRemovesWhatIsOfOtherDataWhenTheNewIsThere) {
  Finish(Study("a", kOne));
  Finish(Study("b", kOne));
  Finish({"model", "", "", "{}"});
  Put("manifest.json",
      R"({"dataset":"one.svm","dataset_sha256":"1111111111111111"})");
  Put("a.svg", "a");
  Put("model.svg", "model");
  Put("mine.txt", "mine");
  ASSERT_EQ(NoteDerivedFiles({Path("a.svg")}, folder_, {"a.csv"}, folder_),
            absl::OkStatus());
  ASSERT_EQ(
      NoteDerivedFiles({Path("model.svg")}, folder_, {"model.csv"}, folder_),
      absl::OkStatus());
  Put("b_notes.csv", "someone's own");

  const ResultsOrigin fresh = Study("a", kTwo);
  const auto replaced = MayReplace({fresh}, folder_, true, said_);
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_TRUE(IsThere("b.csv")) << "nothing goes before the new is there";
  Finish(fresh, "x\n2\n");
  EXPECT_EQ(RemoveReplaced(*replaced, folder_, said_), absl::OkStatus());
  EXPECT_TRUE(IsThere("a.csv"));
  EXPECT_TRUE(IsThere("a.origin.json"));
  EXPECT_TRUE(IsThere("model.csv"));
  EXPECT_TRUE(IsThere("model.svg"));
  EXPECT_TRUE(IsThere("mine.txt"));
  EXPECT_TRUE(IsThere("b_notes.csv"));
  for (const char* gone :
       {"b.csv", "b.origin.json", "manifest.json", "a.svg"}) {
    EXPECT_FALSE(IsThere(gone)) << gone;
  }
  EXPECT_THAT(said_.str(), AllOf(HasSubstr("one.svm (sha256 111111111111)"),
                                 HasSubstr("b.csv"), HasSubstr("a.svg")));
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
}

TEST_F(ResultsOriginTest, WhatSomeoneChangedIsNotRemoved) {
  Finish(Study("a", kOne));
  const auto replaced = MayReplace({Study("b", kTwo)}, folder_, true, said_);
  ASSERT_TRUE(replaced.ok());
  Put("a.csv", "edited");
  EXPECT_EQ(RemoveReplaced(*replaced, folder_, said_), absl::OkStatus());
  EXPECT_TRUE(IsThere("a.csv"));
}

TEST_F(ResultsOriginTest, AMixedFolderIsNotShown) {
  Finish(Study("a", kOne));
  Finish(Study("b", kTwo));
  EXPECT_THAT(std::string(CheckOneOrigin(folder_).message()),
              AllOf(HasSubstr("one.svm (sha256 111111111111) in a.csv"),
                    HasSubstr("two.svm (sha256 222222222222) in b.csv")));
}

// As an earlier version does, which knows no origins.
TEST_F(ResultsOriginTest, ARecordThatTookAnothersPlaceTellsItsOwnData) {
  Finish(Study("asynchronous", kOne),
         "dataset,dataset_sha256\none.svm,1111111111111111\n");
  Finish(Study("b", kOne));
  Put("asynchronous.csv", "dataset,dataset_sha256\ntwo.svm,2222222222222222\n");
  EXPECT_THAT(std::string(CheckOneOrigin(folder_).message()),
              AllOf(HasSubstr("one.svm (sha256 111111111111) in b.csv"),
                    HasSubstr("two.svm (sha256 222222222222) in "
                              "asynchronous.csv")));
}

TEST_F(ResultsOriginTest, RecordsWithoutAChecksumAreToldApartByName) {
  Put("communication_period.csv", "dataset,seed\none.svm,1\n");
  Put("communication_schedules.csv", "dataset,seed\none.svm,1\n");
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
  Put("asynchronous.csv", "dataset,dataset_sha256\ntwo.svm,2222\n");
  EXPECT_EQ(CheckOneOrigin(folder_).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ResultsOriginTest, AChangedRecordIsNotShownAndAMissingOneIsNone) {
  Finish(Study("a", kOne));
  Put("a.csv", "x\n7\n");
  EXPECT_THAT(std::string(CheckOneOrigin(folder_).message()),
              HasSubstr("is not the file that a.origin.json describes"));
  std::filesystem::remove(Path("a.csv"));
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
}

TEST_F(ResultsOriginTest, ADamagedOriginIsAnErrorThatOverwriteEnds) {
  Put("a.origin.json", "{");
  EXPECT_THAT(std::string(May(Study("a", kOne)).message()),
              HasSubstr("a.origin.json"));
  EXPECT_EQ(May(Study("a", kOne), true), absl::OkStatus());
  EXPECT_EQ(CheckOneOrigin(folder_).code(), absl::StatusCode::kInvalidArgument);
  Put("a.origin.json", R"({"files":{"../../etc/passwd":"0"},"settings":7})");
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
}

TEST_F(ResultsOriginTest, AFileMayHaveSeveralDataSets) {
  Put("measured_speedup.csv",
      "dataset,dataset_sha256\none.svm,1111\ntwo.svm,2222\n");
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
  Put("asynchronous.csv", "dataset,dataset_sha256\ntwo.svm,2222\n");
  EXPECT_EQ(CheckOneOrigin(folder_), absl::OkStatus());
  Put("asynchronous.csv", "dataset,dataset_sha256\nthree.svm,3333\n");
  EXPECT_EQ(CheckOneOrigin(folder_).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ResultsOriginTest, WhatIsMadeFromAnotherFolderStays) {
  Put("a.csv", "1");
  const std::string other = Path("other");
  std::filesystem::create_directories(other);
  ASSERT_EQ(WriteFileAtomically(other + "/a.svg", "a"), absl::OkStatus());
  ASSERT_EQ(NoteDerivedFiles({other + "/a.svg"}, folder_, {"a.csv"}, other),
            absl::OkStatus());
  EXPECT_TRUE(RemoveStaleFiles(other).empty());
  EXPECT_FALSE(IsStale(ReadDerivedFiles(other)["a.svg"], folder_));
  Put("a.csv", "2");
  EXPECT_TRUE(IsStale(ReadDerivedFiles(other)["a.svg"], folder_));
}

TEST_F(ResultsOriginTest, DerivedFilesKnowWhenTheyAreStale) {
  Put("a.csv", "1");
  Put("b.csv", "1");
  Put("a.svg", "a");
  Put("b.svg", "b");
  ASSERT_EQ(NoteDerivedFiles({Path("a.svg")}, folder_, {"a.csv", "none.csv"},
                             folder_),
            absl::OkStatus());
  ASSERT_EQ(NoteDerivedFiles({Path("b.svg")}, folder_, {"b.csv"}, folder_),
            absl::OkStatus());
  auto files = ReadDerivedFiles(folder_);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_FALSE(IsStale(files["a.svg"], folder_));
  Put("a.csv", "2");
  EXPECT_TRUE(IsStale(files["a.svg"], folder_));
  EXPECT_FALSE(IsStale(files["b.svg"], folder_));
  EXPECT_THAT(RemoveStaleFiles(folder_), ElementsAre("a.svg"));
  EXPECT_FALSE(IsThere("a.svg"));
  EXPECT_TRUE(IsThere("b.svg"));
  Put("derived.json", "damaged");
  EXPECT_TRUE(ReadDerivedFiles(folder_).empty());
  EXPECT_TRUE(RemoveStaleFiles(folder_).empty());
}

}  // namespace
}  // namespace local_sgd
