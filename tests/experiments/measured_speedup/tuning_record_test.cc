#include "experiments/measured_speedup/tuning_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] =
    "epsilon,batch,workers,period,seed,family,exponent,outcome,iterations,"
    "iterate,gap,same_as_family,same_as_exponent\n";

TEST(TuningRecordTest, GoesThroughCsvUnchanged) {
  const std::string csv =
      std::string(kHeader) +
      "0.005,4,32,16,1,constant,-3,reached,1300,last,0.0049,,\n"
      "0.005,4,32,16,1,constant,2,diverged,12,,,,\n"
      "0.005,4,32,16,1,constant,-20,limit,3125000,,0.5,,\n"
      "0.005,4,32,16,1,constant,-19,dropped,1500,,0.4,,\n"
      "0.005,4,32,16,1,decaying,5,same,,,,constant,0\n"
      "0.005,4,32,16,1,decaying,6,not_tried,,,,,\n";
  const auto read = ParseRecords(TuningSchema(), *ParseCsv(csv, "t.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 6);
  EXPECT_EQ(read->at(0).iterate, "last");
  EXPECT_EQ(read->at(1).gap, std::nullopt);
  EXPECT_EQ(read->at(2).exponent, -20);
  EXPECT_EQ(read->at(4).same_as_family, "constant");
  EXPECT_EQ(read->at(4).same_as_exponent, 0);
  EXPECT_EQ(*ToCsv(ToTable(TuningSchema(), *read)), csv);
}

TEST(TuningRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"1,4,1,1,1,cosine,0,limit,9,,1,,",
       "t.csv:2: column 'family' is 'cosine', expected constant, decaying"},
      {"1,4,1,1,1,constant,,limit,9,,1,,",
       "t.csv:2: column 'exponent' is '', expected a value"},
      {"1,4,1,1,1,constant,0,won,9,,1,,",
       "t.csv:2: column 'outcome' is 'won', expected reached, diverged, limit, "
       "dropped, same, not_tried"},
      {"1,4,1,1,1,constant,0,limit,,,1,,",
       "t.csv:2: column 'iterations' is '', expected a value with outcome "
       "'limit'"},
      {"1,4,1,1,1,constant,0,not_tried,9,,,,",
       "t.csv:2: column 'iterations' is '9', expected nothing with outcome "
       "'not_tried'"},
      {"1,4,1,1,1,constant,0,reached,9,,1,,",
       "t.csv:2: column 'iterate' is '', expected a value with outcome "
       "'reached'"},
      {"1,4,1,1,1,constant,0,same,,,,constant,",
       "t.csv:2: column 'same_as_exponent' is '', expected a value with "
       "outcome 'same'"},
      {"1,4,1,1,1,constant,0,limit,9,,1,constant,2",
       "t.csv:2: column 'same_as_family' is 'constant', expected nothing with "
       "outcome 'limit'"},
      {"1,4,1,1,1,constant,0,limit,9,,inf,,",
       "t.csv:2: column 'gap' is 'inf', expected a finite number"},
      {"1,4,1,1,1,constant,0,limit,9,,1,,\n1,4,1,1,1,constant,0,limit,9,,1,,",
       "t.csv:3: this candidate stands twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file = ParseCsv(std::string(kHeader) + rows + "\n", "t.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(
        std::string(ParseRecords(TuningSchema(), *file).status().message()),
        message);
  }
  EXPECT_THAT(
      std::string(ParseRecords(TuningSchema(), *ParseCsv("a\n", "t.csv"))
                      .status()
                      .message()),
      HasSubstr("t.csv:1: columns a, expected epsilon,batch,"));
}

}  // namespace
}  // namespace local_sgd
