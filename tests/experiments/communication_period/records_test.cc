#include "experiments/communication_period/records.h"

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

struct Damage {
  absl::string_view from;
  absl::string_view to;
  absl::string_view expected;
};

std::vector<PeriodRecord> TwoPeriods() {
  PeriodRecord first = {"small", 0.01, "theory", 4,         2,   100,
                        16,      7,    "theory", 0.1 + 0.2, 110, 1e-9};
  PeriodRecord second = first;
  second.period = 100;
  second.gap.reset();
  second.gap_later.reset();
  return {first, second};
}

std::vector<ScheduleRecord> TwoSchedules() {
  ScheduleRecord reached = {
      "small",      0.01, 4,     2,  "constant", "period:3",
      "constant:2", 1,    0.005, 99, 33,         {}};
  ScheduleRecord after = reached;
  after.epsilon.reset();
  after.gap = 0.25;
  ScheduleRecord missed = reached;
  missed.epsilon = 1e-9;
  missed.iterations.reset();
  missed.rounds.reset();
  return {reached, after, missed};
}

CsvFile File(const std::string& text) {
  return ParseCsv(text, "x.csv").value();
}

TEST(PeriodRecord, ComesBackAsItWas) {
  const std::string csv = ToCsv(ToTable(PeriodSchema(), TwoPeriods())).value();
  const auto records = ParseRecords(PeriodSchema(), File(csv)).value();
  ASSERT_EQ(records.size(), 2);
  EXPECT_EQ(records[0].gap, 0.1 + 0.2);
  EXPECT_EQ(records[1].gap, std::nullopt);
  EXPECT_EQ(ToCsv(ToTable(PeriodSchema(), records)).value(), csv);
}

TEST(PeriodRecord, RefusesWhatNoRunWrote) {
  const std::string csv = ToCsv(ToTable(PeriodSchema(), TwoPeriods())).value();
  for (const auto& [from, to, expected] : std::vector<Damage>{
           {"period,seed", "seed,period", "x.csv"},
           {"100,16", "100,101", "column 'period' is '101'"},
           {",110,", ",100,", "column 'iterations_later' is '100'"},
           {"4,2,100,16", "1,1,9223372036854775807,16",
            "column 'iterations_later' is '110'"},
           {"4,2,100,16", "4,2,2305843009213693951,16",
            "column 'iterations' is '2305843009213693951'"},
           {"100,100,7", "100,16,7", "x.csv:3: these settings"},
           {",yes", ",no", "x.csv:3: column 'diverged' is 'no'"},
           {",no\n", ",yes\n", "x.csv:2: column 'diverged' is 'yes'"},
           {"0.01,theory", "0,theory", "column 'regularization' is '0'"}}) {
    const auto records = ParseRecords(
        PeriodSchema(), File(absl::StrReplaceAll(csv, {{from, to}})));
    EXPECT_THAT(std::string(records.status().message()),
                HasSubstr(std::string(expected)))
        << from;
  }
}

TEST(ScheduleRecord, ComesBackAsItWas) {
  const std::string csv =
      ToCsv(ToTable(ScheduleSchema(), TwoSchedules())).value();
  const auto records = ParseRecords(ScheduleSchema(), File(csv)).value();
  ASSERT_EQ(records.size(), 3);
  EXPECT_EQ(ToCsv(ToTable(ScheduleSchema(), records)).value(), csv);
}

TEST(ScheduleRecord, RefusesWhatNoRunWrote) {
  const std::string csv =
      ToCsv(ToTable(ScheduleSchema(), TwoSchedules())).value();
  for (const auto& [from, to, expected] :
       std::vector<Damage>{{"0.005,99,33", "0.005,99,", "column 'rounds'"},
                           {",,99,33", ",,,", "column 'iterations'"},
                           {"33,,no", "33,,yes", "x.csv:2: column 'diverged'"},
                           {"1e-09", "0.005", "x.csv:4: these settings"}}) {
    const auto records = ParseRecords(
        ScheduleSchema(), File(absl::StrReplaceAll(csv, {{from, to}})));
    EXPECT_THAT(std::string(records.status().message()),
                HasSubstr(std::string(expected)))
        << from;
  }
}

}  // namespace
}  // namespace local_sgd
