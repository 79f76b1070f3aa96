#include "experiments/experiment.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "experiments/study.h"
#include "experiments/study_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/program/journal.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/schema.h"
#include "nlohmann/json.hpp"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A toy: first numbers are chosen, a third of their seed each, then doubled.
struct Number {
  std::string stage;
  uint64_t seed = 0;
  double value = 0;
};

struct Numbers {
  std::vector<Number> chosen;
  std::vector<Number> doubled;
  std::vector<FindingRecord> findings;
};

struct ToySettings {
  int64_t seeds = 3;
  uint64_t first_seed = 1;
  int threads = 1;
  int* runs = nullptr;        // counts pieces that ran
  uint64_t failing_seed = 0;  // of the second stage
  bool has_stages = true;
};

const Schema<Number>& NumberSchema() {
  static const auto& schema = *new Schema<Number>{
      .title = "Numbers",
      .fields = {Key("stage", &Number::stage), Key("seed", &Number::seed),
                 Value("value", &Number::value)}};
  return schema;
}

const Study<Numbers>& ToyStudy() {
  static const auto& study = *new Study<Numbers>{
      .name = "toy",
      .files = {FileOf("toy.csv", NumberSchema(), &Numbers::doubled),
                FileOf("toy_chosen.csv", NumberSchema(), &Numbers::chosen,
                       Shown::kNo),
                FileOf("toy_findings.csv", FindingSchema(),
                       &Numbers::findings)},
      .report = [](const Numbers& numbers) {
        return ExperimentReport{
            absl::StrCat("toy of ", numbers.doubled.size()), {}, {}};
      }};
  return study;
}

absl::Status ValidateToy(const Problem&, const ToySettings& settings) {
  if (settings.seeds > 0) return absl::OkStatus();
  return absl::InvalidArgumentError("--seeds");
}

absl::StatusOr<Stages<Numbers>> ToyStages(const Problem&,
                                          const ToySettings& settings) {
  if (!settings.has_stages) return absl::ResourceExhaustedError("too large");
  const auto pieces = [&settings](const std::string& stage, auto value) {
    std::vector<RecordPiece<Numbers>> all;
    for (uint64_t i = 0; i < static_cast<uint64_t>(settings.seeds); ++i) {
      const uint64_t seed = settings.first_seed + i;
      all.push_back(
          {absl::StrCat(stage, " ", seed), 1.0,
           [&settings, stage, seed, i, value]() -> absl::StatusOr<Numbers> {
             ++*settings.runs;
             if (stage == "double" && seed == settings.failing_seed) {
               return absl::UnavailableError("killed");
             }
             const Number number = {stage, seed, value(i)};
             if (stage == "choose") return Numbers{{number}, {}, {}};
             return Numbers{{}, {number}, {}};
           }});
    }
    return all;
  };
  Stages<Numbers> stages = OneStage(pieces("choose", [&settings](uint64_t i) {
    return static_cast<double>(settings.first_seed + i) / 3;
  }));
  stages.push_back({3.0, [pieces](const Numbers& before) {
                      return pieces("double", [&before](uint64_t i) {
                        return 2 * before.chosen.at(i).value;
                      });
                    }});
  return stages;
}

absl::StatusOr<std::vector<FindingRecord>> ToyFindings(const Numbers& numbers) {
  return std::vector<FindingRecord>{
      {"toy", "last", "", numbers.doubled.back().value, {}, {}, 1, "small"}};
}

const Experiment<ToySettings, Numbers>& Toy() {
  static const auto& toy = *new Experiment<ToySettings, Numbers>{
      .study = &ToyStudy(),
      .describe =
          [](const Problem&, const ToySettings& settings) {
            return absl::StrCat("{\"seeds\": ", settings.seeds, "}");
          },
      .validate = ValidateToy,
      .stages = ToyStages,
      .findings = ToyFindings};
  return toy;
}

std::string Folder(const std::string& name) {
  return absl::StrCat(getenv("TEST_TMPDIR"), "/", name);
}

TEST(Experiment, AStageSeesTheRecordsBeforeIt) {
  int runs = 0;
  const auto numbers = RunRecords(Toy(), SmallProblem(), {.runs = &runs});
  ASSERT_TRUE(numbers.ok()) << numbers.status();
  EXPECT_EQ(runs, 6);
  ASSERT_EQ(numbers->doubled.size(), 3u);
  EXPECT_EQ(numbers->doubled[1].seed, 2u);
  EXPECT_EQ(numbers->doubled[1].value, 2 * (2.0 / 3));
  EXPECT_EQ(numbers->findings.at(0).value, 2);
}

TEST(Experiment, WhatIsWrongIsSaidBeforeAnythingRuns) {
  int runs = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(RunExperiment(Toy(), SmallProblem(),
                                                    {.seeds = 0, .runs = &runs},
                                                    "v", Folder("wrong"))
                                          .status()));
  EXPECT_EQ(runs, 0);
}

// A journal would refuse settings that can be run.
TEST(Experiment, StagesThatCannotBeMadeLeaveNoJournal) {
  const std::string folder = Folder("no_stages");
  int runs = 0;
  EXPECT_TRUE(absl::IsResourceExhausted(
      RunExperiment(Toy(), SmallProblem(),
                    {.seeds = 2, .runs = &runs, .has_stages = false}, "v",
                    folder)
          .status()));
  EXPECT_FALSE(std::filesystem::exists(folder + "/toy.journal"));
  const auto right =
      RunExperiment(Toy(), SmallProblem(), {.runs = &runs}, "v", folder);
  EXPECT_TRUE(right.ok()) << right.status();
}

TEST(Experiment, GoesOnAfterAnErrorToTheSameFiles) {
  const auto run = [](const std::string& folder, uint64_t failing_seed,
                      int& runs) {
    runs = 0;
    return RunExperiment(Toy(), SmallProblem(),
                         {.runs = &runs, .failing_seed = failing_seed}, "v",
                         folder);
  };
  int runs = 0;
  auto whole = run(Folder("whole"), 0, runs);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_THAT(whole->files, ElementsAre(Folder("whole") + "/toy.csv",
                                        Folder("whole") + "/toy_chosen.csv",
                                        Folder("whole") + "/toy_findings.csv"));
  EXPECT_TRUE(absl::IsUnavailable(run(Folder("parts"), 2, runs).status()));
  EXPECT_EQ(runs, 5);  // all of the first stage, then to the failing one
  EXPECT_FALSE(ReadCsv(Folder("parts") + "/toy.csv").ok());
  auto parts = run(Folder("parts"), 0, runs);
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_EQ(runs, 2);
  for (const char* name : {"/toy.csv", "/toy_chosen.csv", "/toy_findings.csv",
                           "/toy.origin.json"}) {
    EXPECT_EQ(*ReadFile(Folder("parts") + name),
              *ReadFile(Folder("whole") + name));
  }
  EXPECT_TRUE(EndResumable(whole->journal).ok());
  EXPECT_TRUE(EndResumable(parts->journal).ok());
}

TEST(Experiment, AJournalOfOtherSettingsIsRefused) {
  const std::string folder = Folder("other");
  int runs = 0;
  EXPECT_FALSE(RunExperiment(Toy(), SmallProblem(),
                             {.runs = &runs, .failing_seed = 1}, "v", folder)
                   .ok());
  const auto message = [&](int64_t seeds, const std::string& version) {
    return std::string(RunExperiment(Toy(), SmallProblem(),
                                     {.seeds = seeds, .runs = &runs}, version,
                                     folder)
                           .status()
                           .message());
  };
  EXPECT_THAT(message(4, "v"), HasSubstr("seeds"));
  EXPECT_THAT(message(3, "w"), HasSubstr("version"));
  Problem renamed = SmallProblem();
  renamed.dataset = "copy";
  EXPECT_THAT(
      std::string(RunExperiment(Toy(), renamed, {.runs = &runs}, "v", folder)
                      .status()
                      .message()),
      HasSubstr("dataset was \"small\", is \"copy\""));
}

TEST(Experiment, APieceOfTheJournalThatIsNoRecordsIsAnError) {
  const std::string path = Folder("damaged.journal");
  for (const auto& [result, expected] :
       {std::pair<nlohmann::ordered_json, const char*>(
            1, "the journal's 'choose 1' is no files of records"),
        {{{"toy_chosen.csv", 1}}, "is no files of records"},
        {{{"toy_chosen.csv", "a,b\n"}}, "choose 1"}}) {
    ASSERT_TRUE(Journal::Open(path, {})->Append("choose 1", result).ok());
    auto journal = Journal::Open(path, {});
    ASSERT_TRUE(journal.ok()) << journal.status();
    int runs = 0;
    const auto numbers =
        RunRecords(Toy(), SmallProblem(), {.runs = &runs}, &*journal);
    EXPECT_THAT(std::string(numbers.status().message()), HasSubstr(expected));
    ASSERT_TRUE(journal->Remove().ok());
  }
}

TEST(Experiment, WhatOnlyCompleteDependsOnIsNotTheJournals) {
  auto toy = Toy();
  toy.describe_pieces = [](const Problem&, const ToySettings&) {
    return std::string("{}");
  };
  const auto run = [&](int64_t seeds, uint64_t failing_seed, int& runs) {
    return RunExperiment(
        toy, SmallProblem(),
        {.seeds = seeds, .runs = &runs, .failing_seed = failing_seed}, "v",
        Folder("pieces"));
  };
  int runs = 0;
  EXPECT_FALSE(run(3, 3, runs).ok());
  auto more = run(4, 0, runs);
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_THAT(*ReadFile(Folder("pieces") + "/toy.origin.json"),
              HasSubstr("\"seeds\": 4"));
  EXPECT_TRUE(EndResumable(more->journal).ok());
}

TEST(Experiment, TheIndexBaseIsDescribedOnce) {
  const Problem problem = SmallProblem();
  EXPECT_EQ(OriginOf("toy", problem, R"({"a":1})").settings,
            R"({"index_base":1,"a":1})");
  const char* arms = R"({"arms":{"b":{"index_base":1}}})";
  EXPECT_EQ(OriginOf("toy", problem, arms).settings, arms);
}

TEST(Study, AFileMayHaveLinesOrBeAbsent) {
  const Study<Numbers> study = {
      .name = "toy",
      .files = {
          LinesOf("toy.txt", NumberSchema(), &Numbers::doubled, &Number::stage),
          MayBeAbsent(
              FileOf("toy_chosen.csv", NumberSchema(), &Numbers::chosen))}};
  const std::string folder = Folder("lines");
  ASSERT_TRUE(EnsureFolder(folder).ok());
  const std::string lines = folder + "/toy.txt";
  const std::string chosen = folder + "/toy_chosen.csv";
  const Numbers both = {{{"c", 1, 2}}, {{"a", 1, 2}, {"b", 2, 3}}, {}};
  const auto written = WriteStudyFiles(study, both, folder);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(*written, ElementsAre(lines, chosen));
  EXPECT_EQ(*ReadFile(lines), "a\nb\n");
  EXPECT_EQ(*ReadFile(chosen), "stage,seed,value\nc,1,2\n");
  EXPECT_THAT(*WriteStudyFiles(study, Numbers(), folder), ElementsAre(lines));
  EXPECT_EQ(*ReadFile(lines), "");
  EXPECT_TRUE(absl::IsNotFound(ReadFile(chosen).status()));
}

TEST(Experiment, KeepsWhatOnlyLaterStagesNeedInTheJournal) {
  Study<Numbers> study = ToyStudy();
  study.files[1] = InJournal(study.files[1]);
  auto toy = Toy();
  toy.study = &study;
  const std::string folder = Folder("in_journal");
  int runs = 0;
  EXPECT_TRUE(absl::IsUnavailable(
      RunExperiment(toy, SmallProblem(), {.runs = &runs, .failing_seed = 1},
                    "v", folder)
          .status()));
  runs = 0;
  auto written =
      RunExperiment(toy, SmallProblem(), {.runs = &runs}, "v", folder);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(written->records.doubled.at(1).value, 2 * (2.0 / 3));
  EXPECT_THAT(written->files,
              ElementsAre(folder + "/toy.csv", folder + "/toy_findings.csv"));
  EXPECT_FALSE(ReadFile(folder + "/toy_chosen.csv").ok());
  EXPECT_TRUE(EndResumable(written->journal).ok());
}

TEST(Study, MayShowWhatIsEmptyAndWhatIsBeside) {
  Study<Numbers> study = ToyStudy();
  study.files = {MayBeEmpty(study.files[0])};
  study.read_beside = [](const std::string& folder, Numbers& numbers) {
    if (ReadFile(folder + "/beside").ok()) numbers.doubled.resize(7);
  };
  const std::string folder = Folder("beside");
  ASSERT_TRUE(EnsureFolder(folder).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadReport(study, folder).status()));
  ASSERT_TRUE(
      WriteFileAtomically(folder + "/toy.csv", "stage,seed,value\n").ok());
  EXPECT_EQ(ReadReport(study, folder)->name, "toy of 0");
  ASSERT_TRUE(WriteFileAtomically(folder + "/beside", "").ok());
  EXPECT_EQ(ReadReport(study, folder)->name, "toy of 7");
}

TEST(Study, IsReadFromTheFilesThatItShows) {
  const std::string folder = Folder("read");
  int runs = 0;
  auto written =
      RunExperiment(Toy(), SmallProblem(), {.runs = &runs}, "v", folder);
  ASSERT_TRUE(written.ok()) << written.status();
  const auto report = ReadReport(ToyStudy(), folder);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->name, "toy of 3");
  EXPECT_EQ(ReadStudy(ToyStudy(), folder)->chosen.size(), 0u);
  EXPECT_TRUE(
      absl::IsNotFound(ReadReport(ToyStudy(), folder + "/nowhere").status()));
  ASSERT_TRUE(
      WriteFileAtomically(folder + "/toy.csv", "stage,seed,value\n").ok());
  EXPECT_EQ(ReadReport(ToyStudy(), folder).status().message(),
            folder + "/toy.csv: no records");
}

}  // namespace
}  // namespace local_sgd
