#include "experiments/asynchronous/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis/report_files.h"
#include "experiments/asynchronous/records.h"
#include "experiments/asynchronous/report.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "tests/experiments/find_finding.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

AsynchronousGrid SmallGrid() {
  AsynchronousGrid grid = AsynchronousExperiment().settings(/*quick=*/true);
  grid.epsilons = {0.05, 0.01};
  grid.seeds = 3;
  grid.periods = {1, 4};
  grid.slowdowns = {1.0, 4.0};
  grid.delay_workers = 4;
  grid.delay_period = 4;
  grid.delay_iterations = 2048;
  grid.head_starts = {0, 8, 16, 32};
  grid.delay_seeds = 6;
  return grid;
}

absl::StatusOr<Asynchronous> RunGrid(const AsynchronousGrid& grid) {
  return RunRecords(AsynchronousExperiment(), SmallProblem(), grid);
}

const Asynchronous& SmallRun() {
  static const auto& result = *new Asynchronous(RunGrid(SmallGrid()).value());
  return result;
}

std::string CsvOf(const Asynchronous& result) {
  return ToCsv(ToTable(AsynchronousSchema(), result.records)).value() +
         ToCsv(ToTable(FindingSchema(), result.findings)).value();
}

TEST(Asynchronous, ThreadsDoNotChangeTheNumbers) {
  AsynchronousGrid grid = SmallGrid();
  grid.threads = 3;
  EXPECT_EQ(CsvOf(RunGrid(grid).value()), CsvOf(SmallRun()));
}

TEST(Asynchronous, RecordsSurviveTheirFile) {
  const std::string csv =
      ToCsv(ToTable(AsynchronousSchema(), SmallRun().records)).value();
  const auto file = ParseCsv(csv, "asynchronous.csv");
  ASSERT_TRUE(file.ok());
  const auto records = ParseRecords(AsynchronousSchema(), *file);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(ToCsv(ToTable(AsynchronousSchema(), *records)).value(), csv);
  // A row twice.
  const std::string last_line =
      csv.substr(csv.find_last_of('\n', csv.size() - 2) + 1);
  const auto twice = ParseRecords(AsynchronousSchema(),
                                  ParseCsv(csv + last_line, "x.csv").value());
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("stand twice"));
}

// Measured errors lie below Theorem 5.1's bound for every tau, but not below
// its first term alone: a bound that forgets noise and drift is caught.
TEST(Asynchronous, ErrorsLieBelowTheoremFiveOne) {
  const std::vector<FindingRecord>& findings = SmallRun().findings;
  for (const std::string setting : {"lambda=0.01", "lambda=1/n"}) {
    const FindingRecord ratio = Find(findings, "error_over_bound", setting);
    EXPECT_GT(ratio.value, 0.0);
    EXPECT_LT(*ratio.high, 1.0);
    const FindingRecord bias = Find(findings, "error_over_bias", setting);
    EXPECT_GT(*bias.low, 1.0) << setting;
  }
  int64_t with_bound = 0;
  int64_t without = 0;
  for (const AsynchronousRecord& r : SmallRun().records) {
    if (r.arm != "delay") continue;
    if (r.head_start > 0) {
      EXPECT_GE(r.tau, static_cast<int64_t>(r.head_start) - r.period);
      EXPECT_LE(r.tau, static_cast<int64_t>(r.head_start) + r.period);
    }
    ++(r.bound ? with_bound : without);
  }
  EXPECT_GT(with_bound, 0);
  // tau of the straggler leaves a behind: there the theorem says nothing.
  EXPECT_GT(without, 0);
}

// Nobody is slower: both methods are one. With a straggler the synchronous one
// waits, and the delay grows with T.
TEST(Asynchronous, StragglersCostTheSynchronousMethodTheirSlowdown) {
  const std::vector<FindingRecord>& findings = SmallRun().findings;
  EXPECT_EQ(Find(findings, "tau", "K=4, H=16, s=1, eps=0.01").value, 0.0);
  const FindingRecord ratio =
      Find(findings, "time_ratio", "K=4, H=16, s=4, eps=0.01");
  EXPECT_GT(ratio.value, 1.0);
  EXPECT_LT(ratio.value, 4.5);
  const FindingRecord exponent =
      Find(findings, "straggler_tau_exponent", "lambda=0.01");
  EXPECT_NEAR(exponent.value, 1.0, 0.05);
}

// Settings that agree to six digits are not mistaken for one another.
TEST(Asynchronous, KeysTellSettingsApartToTheLastBit) {
  const Problem problem = SmallProblem();
  AsynchronousGrid grid = SmallGrid();
  grid.slowdowns = {1.0, 1.0000001, std::nextafter(1.0000001, 2.0)};
  grid.head_starts = {0, 8, 8.0000001};
  const auto stages = AsynchronousExperiment().stages(problem, grid);
  ASSERT_TRUE(stages.ok()) << stages.status();
  ASSERT_EQ(stages->size(), 1u);
  const auto pieces = (*stages)[0].pieces({});
  ASSERT_TRUE(pieces.ok()) << pieces.status();
  std::set<std::string> keys;
  for (const auto& piece : *pieces) keys.insert(piece.key);
  EXPECT_EQ(keys.size(), pieces->size());
  // Of both methods: two periods in three clusters, and three slowdowns; three
  // head starts and four T at two lambdas.
  const size_t to_epsilons = 2 * (1 + 3) + (1 + 3);
  EXPECT_EQ(pieces->size(), 3 * to_epsilons + 6 * 2 * (3 + 4));
}

TEST(Asynchronous, BadInputNamesTheFlag) {
  const auto message = [](const AsynchronousGrid& grid) {
    return std::string(RunGrid(grid).status().message());
  };
  AsynchronousGrid bad = SmallGrid();
  bad.slowdowns = {0.5};
  EXPECT_THAT(message(bad), HasSubstr("--slowdowns: 0.5, expected at least 1"));
  bad = SmallGrid();
  bad.slowdowns = {2.0, 1.0};
  EXPECT_THAT(message(bad), HasSubstr("--slowdowns: 2,1, expected ascending"));
  bad = SmallGrid();
  bad.message_seconds = -1.0;
  EXPECT_THAT(message(bad), HasSubstr("--message_seconds: -1"));
  bad = SmallGrid();
  bad.epsilons = {-0.1};
  EXPECT_THAT(message(bad), HasSubstr("epsilon must be positive"));
}

TEST(Asynchronous, WritesRecordsFindingsAndReport) {
  const std::string folder =
      std::string(std::getenv("TEST_TMPDIR")) + "/asynchronous";
  AsynchronousGrid grid = SmallGrid();
  grid.seeds = 1;
  grid.delay_seeds = 1;
  auto written = RunExperiment(AsynchronousExperiment(), SmallProblem(), grid,
                               "test", folder);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->files.size(), 2u);
  const std::string journal = folder + "/asynchronous.journal";
  EXPECT_TRUE(std::filesystem::exists(journal));  // until nothing can fail
  EXPECT_TRUE(EndResumable(written->journal).ok());
  EXPECT_FALSE(std::filesystem::exists(journal));
  const auto findings = ParseRecords(
      FindingSchema(), ReadCsv(folder + "/asynchronous_findings.csv").value());
  ASSERT_TRUE(findings.ok()) << findings.status();
  EXPECT_FALSE(findings->empty());
  const auto report = ReadReport(AsynchronousStudy(), folder);
  ASSERT_TRUE(report.ok()) << report.status();
  const auto files = WriteReportFiles(*report, folder, folder);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->size(), 7u);
  const std::string text =
      TextOf(AsynchronousExperiment(), written->records, Format::kTable)
          .value();
  EXPECT_THAT(text, HasSubstr("One worker s times slower, data small"));
  EXPECT_THAT(text, HasSubstr("The error at T and Theorem 5.1"));
}

}  // namespace
}  // namespace local_sgd
