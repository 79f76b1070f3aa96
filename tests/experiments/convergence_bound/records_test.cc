#include "experiments/convergence_bound/records.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

std::vector<ConvergenceBoundRecord> TwoRecords() {
  ConvergenceBoundRecord r;
  r.dataset = "w8a";
  r.dataset_sha256 = "6a";
  r.lambda = 0.01;
  r.workers = 16;
  r.batch = 4;
  r.period = 64;
  r.iterations = 1024;
  r.seeds = 10;
  r.error = 0.5;
  r.error_stderr = 0.01;
  r.bias = 3;
  r.a_priori = {40, 50, 93, 186};
  r.path = {4, 5, 12, 24};
  ConvergenceBoundRecord one = r;
  one.period = 1;
  one.seeds = 1;
  one.error_stderr.reset();
  return {r, one};
}

TEST(ConvergenceBoundRecordTest, GoesThroughCsvUnchanged) {
  const std::string csv =
      *ToCsv(ToTable(ConvergenceBoundSchema(), TwoRecords()));
  EXPECT_EQ(csv.substr(csv.find('\n') + 1),
            "w8a,6a,0.01,16,4,64,1024,10,0.5,0.01,3,40,50,93,186,4,5,12,24\n"
            "w8a,6a,0.01,16,4,1,1024,1,0.5,,3,40,50,93,186,4,5,12,24\n");
  const auto read =
      ParseRecords(ConvergenceBoundSchema(), *ParseCsv(csv, "c.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).path.drift, 5);
  EXPECT_EQ(read->at(0).a_priori.ratio, 186);
  EXPECT_EQ(read->at(1).error_stderr, std::nullopt);
  EXPECT_EQ(*ToCsv(ToTable(ConvergenceBoundSchema(), *read)), csv);
}

TEST(ConvergenceBoundRecordTest, AnErrorMayBeNothingAndHasNoRatioThen) {
  std::vector<ConvergenceBoundRecord> records = TwoRecords();
  for (ConvergenceBoundRecord& r : records) {
    r.bias = 0;
    r.path = {0, 0, 0, std::nullopt};
    r.a_priori.ratio.reset();
  }
  records[0].error = 0;
  records[1].error = -1e-17;
  const std::string csv = *ToCsv(ToTable(ConvergenceBoundSchema(), records));
  const auto read =
      ParseRecords(ConvergenceBoundSchema(), *ParseCsv(csv, "c.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(1).error, -1e-17);
  EXPECT_EQ(read->at(0).path.ratio, std::nullopt);
  EXPECT_EQ(*ToCsv(ToTable(ConvergenceBoundSchema(), *read)), csv);
}

TEST(BoundRunRecordTest, WhatWasNotMeasuredIsNothing) {
  BoundRunRecord r;
  r.lambda = 0.01;
  r.workers = 4;
  r.batch = 2;
  r.period = 16;
  r.seed = 3;
  r.iterations = 512;
  r.error = -1e-17;
  r.step_size = 0.125;
  r.drift = 0.5;
  BoundRunRecord measured = r;
  measured.iterations = 1024;
  measured.drift_bound_path = 6;
  measured.variance = 7;
  measured.second_moment = 8;
  measured.gradient_variance_ratio = 0.75;
  const std::string csv = *ToCsv(ToTable(BoundRunSchema(), {r, measured}));
  EXPECT_EQ(csv,
            "lambda,workers,batch,period,seed,iterations,error,step_size,drift,"
            "drift_bound_path,variance,second_moment,gradient_variance_ratio\n"
            "0.01,4,2,16,3,512,-1e-17,0.125,0.5,,,,\n"
            "0.01,4,2,16,3,1024,-1e-17,0.125,0.5,6,7,8,0.75\n");
  const auto read = ParseRecords(BoundRunSchema(), *ParseCsv(csv, "r.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).variance, std::nullopt);
  EXPECT_EQ(read->at(1).second_moment, 8);
  EXPECT_EQ(*ToCsv(ToTable(BoundRunSchema(), *read)), csv);
}

TEST(ConvergenceBoundRecordTest, ErrorsNameFileLineColumnAndValue) {
  const std::string csv = *ToCsv(ToTable(ConvergenceBoundSchema(), {}));
  const std::pair<const char*, const char*> cases[] = {
      {"w8a,6a,0,16,4,64,1024,10,0.5,0.01,3,40,50,93,186,4,5,12,24",
       "c.csv:2: column 'lambda' is '0', expected above 0"},
      {"w8a,6a,1,16,4,64,1024,10,0.5,0.01,3,40,50,93,186,-4,5,12,24",
       "c.csv:2: column 'variance_path' is '-4', expected at least 0"},
      {"w8a,6a,1,16,4,64,1024,10,0.5,,3,40,50,93,186,4,5,12,24",
       "c.csv:2: column 'error_stderr' is '', expected a value for several "
       "seeds"},
      {"w8a,6a,1,16,4,64,1024,1,0.5,,3,40,50,93,186,4,5,12,24\n"
       "w8a,6a,1,16,4,64,1024,1,0.5,,3,40,50,93,186,4,5,12,24",
       "c.csv:3: these settings stand twice"},
  };
  for (const auto& [rows, message] : cases) {
    const auto file = ParseCsv(csv + rows + "\n", "c.csv");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(
        std::string(
            ParseRecords(ConvergenceBoundSchema(), *file).status().message()),
        message);
  }
}

}  // namespace
}  // namespace local_sgd
