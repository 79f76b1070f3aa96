#include "experiments/cluster_extrapolation/records.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

ExtrapolationRecord Record(const std::string& exchange, int64_t workers) {
  ExtrapolationRecord r;
  r.network = "wan";
  r.network_source = "assumed: far, slow";
  r.latency_seconds = 0.02;
  r.message_seconds = 1e-6;
  r.bytes_per_second = 12.5e6;
  r.features = 300;
  r.gradient_seconds = 42e-9;
  r.gradient_source = "measured";
  r.batch = 4;
  r.noise_seconds = 0.5;
  r.epsilon = 0.25;
  r.exchange = exchange;
  r.period = 16;
  r.workers = workers;
  r.compute_seconds = 0.125;
  r.waiting_seconds = 1.5;
  r.exchange_seconds = 3;
  r.iteration_factor = 2;
  r.speedup = 7;
  if (exchange != "tree") r.limit = 9;
  return r;
}

TEST(ExtrapolationRecordTest, GoesThroughCsvUnchanged) {
  const std::string csv = *ToCsv(ToTable(
      ExtrapolationSchema(), {Record("tree", 10), Record("server", 10)}));
  EXPECT_EQ(csv,
            "network,network_source,latency_seconds,message_seconds,"
            "bytes_per_second,features,gradient_seconds,gradient_source,batch,"
            "noise_seconds,epsilon,exchange,period,workers,compute_seconds,"
            "waiting_seconds,exchange_seconds,iteration_factor,speedup,limit\n"
            "wan,\"assumed: far, slow\",0.02,1e-06,12500000,300,4.2e-08,"
            "measured,4,0.5,0.25,tree,16,10,0.125,1.5,3,2,7,\n"
            "wan,\"assumed: far, slow\",0.02,1e-06,12500000,300,4.2e-08,"
            "measured,4,0.5,0.25,server,16,10,0.125,1.5,3,2,7,9\n");
  const auto read =
      ParseRecords(ExtrapolationSchema(), *ParseCsv(csv, "e.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*ToCsv(ToTable(ExtrapolationSchema(), *read)), csv);
}

TEST(ExtrapolationRecordTest, ErrorsNameFileLineColumnAndValue) {
  const auto message = [](const std::vector<ExtrapolationRecord>& records) {
    const auto file =
        ParseCsv(*ToCsv(ToTable(ExtrapolationSchema(), records)), "e.csv");
    return std::string(
        ParseRecords(ExtrapolationSchema(), *file).status().message());
  };
  const ExtrapolationRecord good = Record("ring", 10);
  EXPECT_EQ(message({good, Record("ring", 11)}), "");
  EXPECT_EQ(message({good, good}), "e.csv:3: these settings stand twice");
  EXPECT_THAT(message({Record("star", 1)}),
              HasSubstr("e.csv:2: column 'exchange' is 'star'"));
  ExtrapolationRecord bad = good;
  bad.speedup = -1;
  EXPECT_THAT(message({bad}), HasSubstr("e.csv:2: column 'speedup' is '-1'"));
  EXPECT_THAT(std::string(ParseRecords(ExtrapolationSchema(),
                                       *ParseCsv("a\n1\n", "e.csv"))
                              .status()
                              .message()),
              HasSubstr("e.csv"));
}

}  // namespace
}  // namespace local_sgd
