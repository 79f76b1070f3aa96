#include "lib/records/finding_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] =
    "experiment,name,setting,value,low,high,seeds,dataset\n";

TEST(FindingRecordTest, GoesThroughCsvUnchanged) {
  const std::vector<FindingRecord> records = {
      {"variance_reduction", "slope", "lambda=0.01, H=16", -1.02, -1.1, -0.94,
       10, "w8a"},
      {"convergence_bound", "ratio", "", 0.5, std::nullopt, std::nullopt, 0,
       ""}};
  const std::string csv = *ToCsv(ToTable(FindingSchema(), records));
  EXPECT_EQ(csv,
            std::string(kHeader) +
                "variance_reduction,slope,\"lambda=0.01, H=16\",-1.02,-1.1,"
                "-0.94,10,w8a\n"
                "convergence_bound,ratio,\"\",0.5,,,0,\"\"\n");
  const auto read = ParseRecords(FindingSchema(), *ParseCsv(csv, "f.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).low, -1.1);
  EXPECT_EQ(read->at(0).seeds, 10);
  EXPECT_EQ(read->at(1).setting, "");
  EXPECT_EQ(read->at(1).high, std::nullopt);
  EXPECT_EQ(*ToCsv(ToTable(FindingSchema(), *read)), csv);
}

TEST(FindingRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"e,n,s,,1,2,3,w8a",
       "f.csv:2: column 'value' is '', expected a finite number"},
      {"e,n,s,1,1,,3,w8a",
       "f.csv:2: column 'high' is '', expected a value as in low"},
      {"e,n,s,1,,2,3,w8a",
       "f.csv:2: column 'high' is '2', expected nothing as in low"},
      {"e,n,s,1,1.5,2,3,w8a",
       "f.csv:2: column 'low' is '1.5', expected at most the value"},
      {"e,n,s,1,0,0.5,3,w8a",
       "f.csv:2: column 'high' is '0.5', expected at least the value"},
      {"e,n,s,1,0,2,-1,w8a",
       "f.csv:2: column 'seeds' is '-1', expected at least 0"},
      {"e,n,s,1,0,2,3,w8a\ne,n,s,1.5,1,2,3,w8a",
       "f.csv:3: this finding of this experiment and setting stands twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file = ParseCsv(std::string(kHeader) + rows + "\n", "f.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(
        std::string(ParseRecords(FindingSchema(), *file).status().message()),
        message);
  }
  EXPECT_THAT(
      std::string(ParseRecords(FindingSchema(), *ParseCsv("a\n", "f.csv"))
                      .status()
                      .message()),
      HasSubstr("f.csv:1: columns a, expected experiment,name,"));
}

}  // namespace
}  // namespace local_sgd
