#include "experiments/measured_speedup/iterations_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] =
    "step_size,epsilon,batch,workers,period,seed,iterations,iterate,diverged\n";

TEST(IterationsRecordTest, GoesThroughCsvUnchanged) {
  const std::vector<IterationsRecord> records = {
      {"tuned", 0.005, 4, 32, 16, 2, 1300, "last"},
      {"tuned", 0.005, 4, 32, 16, 3, std::nullopt, std::nullopt},
      {"tuned", 0.005, 4, 32, 16, 4, std::nullopt, std::nullopt, true}};
  const std::string csv = *ToCsv(ToTable(IterationsSchema(), records));
  EXPECT_EQ(csv, std::string(kHeader) +
                     "tuned,0.005,4,32,16,2,1300,last,no\n"
                     "tuned,0.005,4,32,16,3,,,no\n"
                     "tuned,0.005,4,32,16,4,,,yes\n");
  const auto read = ParseRecords(IterationsSchema(), *ParseCsv(csv, "i.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).seed, 2);
  EXPECT_EQ(read->at(0).iterations, 1300);
  EXPECT_EQ(read->at(1).iterations, std::nullopt);
  EXPECT_FALSE(read->at(1).diverged);
  EXPECT_TRUE(read->at(2).diverged);
  EXPECT_EQ(*ToCsv(ToTable(IterationsSchema(), *read)), csv);
}

TEST(IterationsRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"theory,0,4,1,1,1,9,last,no",
       "i.csv:2: column 'epsilon' is '0', expected above 0"},
      {"theory,1,4,1,1,-1,9,last,no",
       "i.csv:2: column 'seed' is '-1', expected at least 0"},
      {"theory,1,4,1,1,1,0,last,no",
       "i.csv:2: column 'iterations' is '0', expected at least 1"},
      {"theory,1,4,1,1,1,9,first,no",
       "i.csv:2: column 'iterate' is 'first', expected last, uniform, linear, "
       "quadratic"},
      {"theory,1,4,1,1,1,,last,no",
       "i.csv:2: column 'iterate' is 'last', expected nothing as in "
       "iterations"},
      {"theory,1,4,1,1,1,9,last,yes",
       "i.csv:2: column 'diverged' is 'yes', expected no where there are "
       "iterations"},
      {"theory,1,4,1,1,1,9,last,no\ntheory,1,4,1,1,1,8,last,no",
       "i.csv:3: these settings and this seed stand twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file = ParseCsv(std::string(kHeader) + rows + "\n", "i.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(
        std::string(ParseRecords(IterationsSchema(), *file).status().message()),
        message);
  }
  EXPECT_THAT(
      std::string(ParseRecords(IterationsSchema(), *ParseCsv("a\n", "i.csv"))
                      .status()
                      .message()),
      HasSubstr("i.csv:1: columns a, expected step_size,epsilon,"));
}

}  // namespace
}  // namespace local_sgd
