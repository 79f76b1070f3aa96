#include "lib/records/schema.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/field_reader.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

struct Place {
  std::string name;
};

struct Trial {
  Place place;
  int64_t workers = 0;
  uint64_t seed = 0;
  std::optional<double> gap;
  double seconds = 0;
  std::optional<std::string> iterate;
  bool diverged = false;
};

const Schema<Trial>& TrialSchema() {
  static const auto& schema = *new Schema<Trial>{
      .title = "Trials",
      .fields = {Key("place", Of(&Trial::place, &Place::name)),
                 Key("workers", &Trial::workers, AtLeast(1)),
                 Key("seed", &Trial::seed), Value("gap", &Trial::gap, Above(0)),
                 Value("seconds", &Trial::seconds, AtLeast(0), Decimals(1)),
                 Value("iterate", &Trial::iterate, AnIterate()),
                 Value("diverged", &Trial::diverged)},
      .check = [](const Trial& trial, FieldReader& reader) {
        reader.ExpectPresence(trial.gap.has_value(), "iterate", "as in gap");
      }};
  return schema;
}

constexpr char kHeader[] = "place,workers,seed,gap,seconds,iterate,diverged\n";

absl::StatusOr<std::vector<Trial>> Parse(const std::string& rows) {
  return ParseRecords(TrialSchema(), *ParseCsv(kHeader + rows, "trials.csv"));
}

TEST(SchemaTest, RecordsGoThroughCsvUnchanged) {
  const std::string rows =
      "here,4,9223372036854775807,0.25,1.125,linear,no\n"
      "\"a,b\",4,0,,0,,yes\n";
  const auto trials = Parse(rows);
  ASSERT_TRUE(trials.ok()) << trials.status();
  ASSERT_EQ(trials->size(), 2);
  EXPECT_EQ(trials->at(0).place.name, "here");
  EXPECT_EQ(trials->at(0).seed, 9223372036854775807u);
  EXPECT_EQ(trials->at(0).gap, 0.25);
  EXPECT_EQ(trials->at(1).place.name, "a,b");
  EXPECT_EQ(trials->at(1).gap, std::nullopt);
  EXPECT_EQ(trials->at(1).iterate, std::nullopt);
  EXPECT_FALSE(trials->at(0).diverged);
  EXPECT_TRUE(trials->at(1).diverged);
  const Table table = ToTable(TrialSchema(), *trials);
  EXPECT_EQ(table.title, "Trials");
  EXPECT_EQ(CellText(table.rows[0][4], table.columns[4].precision), "1.1");
  EXPECT_EQ(*ToCsv(table), kHeader + rows);
}

TEST(SchemaTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {",1,1,,0,,no", "trials.csv:2: column 'place' is '', expected a value"},
      {"here,0,1,,0,,no",
       "trials.csv:2: column 'workers' is '0', expected at least 1"},
      {"here,1,-1,,0,,no",
       "trials.csv:2: column 'seed' is '-1', expected at least 0"},
      {"here,1,1,0,0,last,no",
       "trials.csv:2: column 'gap' is '0', expected above 0"},
      {"here,1,1,inf,0,last,no",
       "trials.csv:2: column 'gap' is 'inf', expected a finite number"},
      {"here,1,1,,-1,,no",
       "trials.csv:2: column 'seconds' is '-1', expected at least 0"},
      {"here,1,1,1,0,first,no",
       "trials.csv:2: column 'iterate' is 'first', expected last, uniform, "
       "linear, quadratic"},
      {"here,1,1,1,0,,no",
       "trials.csv:2: column 'iterate' is '', expected a value as in gap"},
      {"here,1,1,,0,last,no",
       "trials.csv:2: column 'iterate' is 'last', expected nothing as in gap"},
      {"here,1,1,,0,,maybe",
       "trials.csv:2: column 'diverged' is 'maybe', expected yes, no"},
      {"here,1,1,,0,,no\nhere,1,1,1,2,last,no",
       "trials.csv:3: these settings and this seed stand twice"},
  };
  for (const auto& [rows, message] : cases) {
    EXPECT_EQ(Parse(std::string(rows) + "\n").status().message(), message);
  }
  EXPECT_EQ(
      ParseRecords(TrialSchema(), *ParseCsv("place\nhere\n", "trials.csv"))
          .status()
          .message(),
      "trials.csv:1: columns place, expected "
      "place,workers,seed,gap,seconds,iterate,diverged");
}

TEST(SchemaTest, ADerivedKeyTellsRecordsApart) {
  Schema<Trial> schema = TrialSchema();
  schema.derived_key = [](const Trial& trial) { return ToCell(trial.gap); };
  const auto parse = [&](const std::string& rows) {
    return ParseRecords(schema, *ParseCsv(kHeader + rows, "trials.csv")).ok();
  };
  EXPECT_TRUE(parse("here,1,1,1,0,last,no\nhere,1,1,2,0,last,no\n"));
  EXPECT_FALSE(parse("here,1,1,2,0,last,no\nhere,1,1,2,1,linear,no\n"));
}

}  // namespace
}  // namespace local_sgd
