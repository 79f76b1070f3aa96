#include "lib/results/speedup_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] =
    "dataset,dataset_sha256,step_size,epsilon,batch,workers,period,seeds,"
    "iterations,iterations_stderr,iterate,speedup_free,speedup_star,"
    "speedup_ring,rho\n";

TEST(SpeedupRecordTest, GoesThroughCsvUnchanged) {
  SpeedupRecord reached;
  reached.dataset = "my, data";
  reached.dataset_sha256 = "12ab";
  reached.step_size = "theory";
  reached.epsilon = 0.0001;
  reached.batch = 4;
  reached.workers = 32;
  reached.period = 16;
  reached.seeds = 3;
  reached.iterations = 1000000.0 / 3;
  reached.iterations_stderr = 12.5;
  reached.iterate = "quadratic";
  reached.speedup_free = 0.1 + 0.2;
  reached.speedup_star = 1.0 / 7;
  reached.speedup_ring = 1;
  reached.rho = 25;
  SpeedupRecord not_reached = reached;
  not_reached.period = 1;
  not_reached.iterations = not_reached.iterations_stderr = std::nullopt;
  not_reached.iterate = std::nullopt;
  not_reached.speedup_free = not_reached.speedup_star = std::nullopt;
  not_reached.speedup_ring = std::nullopt;
  const std::string csv = *ToCsv(SpeedupRecordTable({reached, not_reached}));
  EXPECT_THAT(csv, ::testing::StartsWith(kHeader));
  EXPECT_THAT(csv, HasSubstr("theory,0.0001,4,32,1,3,,,,,,,25\n"));
  const auto read = ParseSpeedupRecords(*ParseCsv(csv, "m.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2);
  EXPECT_EQ(read->front().iterations, reached.iterations);
  EXPECT_EQ(read->back().iterations, std::nullopt);
  EXPECT_EQ(*ToCsv(SpeedupRecordTable(*read)), csv);
}

TEST(SpeedupRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"d,s,theory,0,4,1,1,1,9,,last,1,1,1,25",
       "m.csv:2: column 'epsilon' is '0', expected above 0"},
      {"d,s,theory,x,4,1,1,1,9,,last,1,1,1,25",
       "m.csv:2: column 'epsilon' is 'x', expected a finite number"},
      {"d,s,theory,1,4,0,1,1,9,,last,1,1,1,25",
       "m.csv:2: column 'workers' is '0', expected at least 1"},
      {"d,s,theory,1,4,1,1,1,9,-1,last,1,1,1,25",
       "m.csv:2: column 'iterations_stderr' is '-1', expected at least 0"},
      {"d,s,theory,1,4,1,1,1,9,,first,1,1,1,25",
       "m.csv:2: column 'iterate' is 'first', expected last, uniform, linear "
       "or quadratic"},
      {"d,s,theory,1,4,1,1,1,9,,last,0,1,1,25",
       "m.csv:2: column 'speedup_free' is '0', expected above 0"},
      {"d,s,theory,1,4,1,1,1,9,,last,1,1,1,",
       "m.csv:2: column 'rho' is '', expected a finite number"},
      {"d,s,theory,1,4,1,1,1,,,,,,,25\nd,s,theory,1,4,1,1,1,,,,,,,25",
       "m.csv:3: these settings stand twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file = ParseCsv(std::string(kHeader) + rows + "\n", "m.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    const absl::Status status = ParseSpeedupRecords(*file).status();
    EXPECT_EQ(std::string(status.message()), message);
  }
  EXPECT_THAT(
      std::string(
          ParseSpeedupRecords(*ParseCsv("a\n", "m.csv")).status().message()),
      HasSubstr("m.csv:1: columns a, expected dataset,dataset_sha256,"));
}

}  // namespace
}  // namespace local_sgd
