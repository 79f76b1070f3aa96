#include "experiments/communication_period/report.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/report_files.h"
#include "experiments/communication_period/records.h"
#include "experiments/study.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

FindingRecord MakeFinding(const std::string& name, const std::string& setting,
                          double value, double low, double high) {
  return {"communication_period", name, setting, value, low, high, 10, "small"};
}

// One arm with two T: H = 100 of the first is known, the second is censored.
CommunicationPeriod SmallRecords(const std::string& dataset) {
  CommunicationPeriod records;
  for (const int64_t T : {1024, 4096}) {
    for (const int64_t H : {int64_t{1}, T}) {
      PeriodRecord r = {dataset, 0.01, "theory", 4, 2,  T,
                        H,       1,    "theory", 1, {}, {}};
      r.iterations_later = T + T / 10 + 1;
      r.gap_later = 0.9;
      records.periods.push_back(r);
    }
  }
  FindingRecord loss = {"communication_period", "loss", "", 0.1, {}, {}, 0, ""};
  FindingRecord above = MakeFinding("admissible_period_above",
                                    "theory, lambda=0.01, error, K=4, b=2, "
                                    "T=4096",
                                    4096, 0, 0);
  above.low.reset();
  above.high.reset();
  records.findings = {
      loss, above,
      MakeFinding("admissible_period",
                  "theory, lambda=0.01, error, K=4, b=2, T=1024", 100, 80, 130),
      MakeFinding("exponent_of_iterations", "theory, lambda=0.01, error", 0.75,
                  0.5, 1)};
  for (const std::string schedule : {"period:1", "growing:4"}) {
    for (const int64_t T : {16, 64}) {
      ScheduleRecord r;
      r.dataset = dataset;
      r.regularization = 0.01;
      r.workers = 4;
      r.batch = 2;
      r.kind = schedule == "period:1" ? "constant" : "growing";
      r.schedule = schedule;
      r.chosen = "constant:1";
      r.seed = 1;
      r.iterations = T;
      r.rounds = T / 4;
      r.gap = 1.0 / static_cast<double>(T);
      records.schedules.push_back(r);
      if (T == 64) {
        r.epsilon = 0.5;
        r.gap.reset();
        records.schedules.push_back(r);
      }
    }
    const std::string setting =
        absl::StrCat(schedule, ", K=4, b=2, lambda=0.01, ");
    records.findings.push_back(MakeFinding(
        "schedule_iterations", setting + "epsilon=0.5", 64, 60, 68));
    records.findings.push_back(MakeFinding(
        "schedule_time", setting + "epsilon=0.5, ring, rho=25", 728, 700, 756));
    records.findings.push_back(MakeFinding(
        "schedule_error", setting + "rounds=16", 0.015625, 0.015, 0.016));
  }
  return records;
}

std::string TextOf(const CommunicationPeriod& records) {
  std::string text;
  for (const LabelledTable& table :
       CommunicationPeriodStudy().report(records).tables) {
    text += ToText(table.table).value();
  }
  return text;
}

TEST(CommunicationPeriodTables, ShowPeriodsExponentsAndSchedules) {
  const std::string text = TextOf(SmallRecords("small"));
  EXPECT_THAT(text, HasSubstr("less than 10 %"));
  EXPECT_THAT(text, HasSubstr("100 [80, 130]"));
  EXPECT_THAT(text, HasSubstr("> 4.1e+03"));
  EXPECT_THAT(text, HasSubstr("0.75 [0.50, 1.00]"));
  EXPECT_THAT(text, HasSubstr("64 [60, 68]"));
  EXPECT_THAT(text, HasSubstr("728"));
  EXPECT_THAT(text, HasSubstr("0.0156 [0.015, 0.016]"));
  EXPECT_THAT(text, Not(HasSubstr("SURROGATE")));
  EXPECT_THAT(TextOf(SmallRecords(kSurrogateName)), HasSubstr("SURROGATE"));
}

TEST(CommunicationPeriodFigures, CircleWhatIsCensoredAndDrawTheSlope) {
  const FigureSet set =
      CommunicationPeriodStudy().report(SmallRecords("small")).figures;
  ASSERT_EQ(set.size(), 4);
  EXPECT_EQ(set[0].name, "communication_period_T");
  const Panel& panel = set[0].figure.panels[0];
  ASSERT_EQ(panel.lines.size(), 2);
  EXPECT_EQ(panel.lines[0].points, (std::vector<std::pair<double, double>>{
                                       {1024, 100}, {4096, 4096}}));
  EXPECT_EQ(panel.lines[0].errors, (std::vector<double>{25, 0}));
  EXPECT_EQ(panel.circled,
            (std::vector<std::pair<double, double>>{{4096, 4096}}));
  // H like sqrt(T) through the first point.
  EXPECT_EQ(panel.lines[1].points.back(),
            (std::pair<double, double>{4096, 200}));
  EXPECT_EQ(set[3].name, "communication_schedules");
  EXPECT_EQ(set[3].figure.panels.size(), 2);
  EXPECT_EQ(
      set[3].figure.panels[0].lines[0].points,
      (std::vector<std::pair<double, double>>{{4, 0.0625}, {16, 0.015625}}));
}

// A folder with these records.
std::string FolderWith(const std::string& name,
                       const CommunicationPeriod& records) {
  const std::string folder = testing::TempDir() + "/" + name;
  EXPECT_EQ(EnsureFolder(folder), absl::OkStatus());
  for (const auto& file : CommunicationPeriodStudy().files) {
    if (!file.is_written) continue;
    EXPECT_EQ(WriteFileAtomically(absl::StrCat(folder, "/", file.name),
                                  ToCsv(file.table(records)).value()),
              absl::OkStatus());
  }
  return folder;
}

TEST(CommunicationPeriodStudy, MakesTablesAndFiguresOfAFolder) {
  const auto read = [](const std::string& folder) {
    return ReadReport(CommunicationPeriodStudy(), folder);
  };
  EXPECT_TRUE(absl::IsNotFound(read(testing::TempDir() + "/none").status()));
  const std::string folder =
      FolderWith("period_records", SmallRecords(kSurrogateName));
  const auto files =
      WriteReportFiles(read(folder).value(), folder, folder + "/out").value();
  EXPECT_EQ(files.size(), 3 + 4 * 4);
  for (const std::string& file : files) {
    const std::string contents = ReadFile(file).value();
    if (file.substr(file.size() - 3) == "pdf") continue;
    EXPECT_THAT(contents, HasSubstr("SURROGATE")) << file;
  }
}

// Captions name the checksum of the data where the folder knows it.
TEST(CommunicationPeriodStudy, TakesTheChecksumOfTheSameData) {
  const std::string folder =
      FolderWith("period_checksum", SmallRecords("small"));
  const auto caption = [&folder](const std::string& constants) {
    EXPECT_EQ(
        WriteFileAtomically(folder + "/problem_constants.json", constants),
        absl::OkStatus());
    return ReadReport(CommunicationPeriodStudy(), folder)
        .value()
        .figures[0]
        .caption.back();
  };
  EXPECT_EQ(caption(R"({"dataset": "small", "dataset_sha256": "ab"})"),
            "Data small, sha256 ab, 1 seed.");
  for (const char* other :
       {R"({"dataset": "large", "dataset_sha256": "ab"})",
        R"({"dataset": "small", "dataset_sha256": 1})", "[]", "{"}) {
    EXPECT_EQ(caption(other), "Data small, 1 seed.");
  }
}

// Where no step size reached any epsilon there is nothing to say of schedules.
TEST(CommunicationPeriodStudy, MayHaveNoSchedules) {
  CommunicationPeriod records = SmallRecords("small");
  records.schedules.clear();
  const auto report = ReadReport(CommunicationPeriodStudy(),
                                 FolderWith("no_schedules", records));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->tables.size(), 2u);
  EXPECT_EQ(report->figures.size(), 3u);
}

}  // namespace
}  // namespace local_sgd
