#include "experiments/variance_reduction/records.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

VarianceRecord Record(const std::string& synchronisation, int64_t workers,
                      int64_t iterations, uint64_t seed, double distance) {
  VarianceRecord r;
  r.dataset = "w8a";
  r.dataset_sha256 = "12ab";
  r.method = {"1/n", "theory", synchronisation};
  r.batch = 2;
  r.workers = workers;
  r.iterations = iterations;
  r.iterate = "last";
  r.seed = seed;
  r.error = {distance, 0.5, 0.75, 0.25, -1e-17, 0.125};
  return r;
}

TEST(VarianceRecordTest, GoesThroughCsvUnchanged) {
  const std::string csv =
      *ToCsv(ToTable(VarianceSchema(), {Record("period:16", 4, 100, 7, 1.5)}));
  EXPECT_EQ(csv,
            "dataset,dataset_sha256,regularization,step_size,synchronisation,"
            "batch,workers,iterations,iterate,seed,squared_distance,"
            "squared_deviation,variance_of_others,gap,gap_of_others,"
            "gap_of_mean\n"
            "w8a,12ab,1/n,theory,period:16,2,4,100,last,7,1.5,0.5,0.75,"
            "0.25,-1e-17,0.125\n");
  const auto read = ParseRecords(VarianceSchema(), *ParseCsv(csv, "v.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*ToCsv(ToTable(VarianceSchema(), *read)), csv);
}

TEST(VarianceRecordTest, GradientsGoThroughCsvUnchanged) {
  const GradientVarianceRecord record = {
      "w8a", "12ab", "start", {"0.01", "", ""}, 2, 4, 0, 7, 200, 0.25, 2.5};
  const std::string csv = *ToCsv(ToTable(GradientVarianceSchema(), {record}));
  EXPECT_EQ(csv,
            "dataset,dataset_sha256,point,regularization,step_size,"
            "synchronisation,batch,workers,iterations,seed,draws,variance,"
            "gradient_variance\n"
            "w8a,12ab,start,0.01,\"\",\"\",2,4,0,7,200,0.25,2.5\n");
  const auto read =
      ParseRecords(GradientVarianceSchema(), *ParseCsv(csv, "g.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*ToCsv(ToTable(GradientVarianceSchema(), *read)), csv);
}

TEST(VarianceRecordTest, AGradientMayHaveNoVariance) {
  const GradientVarianceRecord record = {
      "two", "12ab", "start", {"0.01", "", ""}, 2, 4, 0, 7, 200, 0, 0};
  const std::string csv = *ToCsv(ToTable(GradientVarianceSchema(), {record}));
  const auto read =
      ParseRecords(GradientVarianceSchema(), *ParseCsv(csv, "g.csv"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).variance, 0);
}

TEST(VarianceRecordTest, ErrorsNameFileLineColumnAndValue) {
  const VarianceRecord good = Record("final", 4, 100, 7, 1.5);
  const auto message = [](const std::vector<VarianceRecord>& records) {
    const auto file =
        ParseCsv(*ToCsv(ToTable(VarianceSchema(), records)), "v.csv");
    return std::string(
        ParseRecords(VarianceSchema(), *file).status().message());
  };
  EXPECT_EQ(message({good}), "");
  EXPECT_EQ(message({good, good}),
            "v.csv:3: these settings and this seed stand twice");
  VarianceRecord bad = good;
  bad.error.squared_distance = -1;
  EXPECT_EQ(message({bad}),
            "v.csv:2: column 'squared_distance' is '-1', expected at least 0");
  bad = good;
  bad.error.squared_deviation = -1;
  EXPECT_EQ(message({bad}),
            "v.csv:2: column 'squared_deviation' is '-1', expected at least 0");
  bad = good;
  bad.iterate = "first";
  EXPECT_THAT(message({bad}), HasSubstr("column 'iterate' is 'first'"));
  // T K b of b = 2, which SeriesOf computes.
  bad = good;
  bad.workers = int64_t{1} << 31;
  bad.iterations = (int64_t{1} << 31) - 1;
  EXPECT_EQ(message({bad}), "");
  bad.iterations += 1;
  EXPECT_EQ(message({bad}),
            "v.csv:2: column 'iterations' is '2147483648', expected fewer than "
            "2^63 gradients T K b");
  GradientVarianceRecord gradient = {
      "w8a", "12ab", "end", {"0.01", "", ""}, 2, 4, 0, 7, 200, 0.25, 2.5};
  const auto file =
      ParseCsv(*ToCsv(ToTable(GradientVarianceSchema(), {gradient})), "g.csv");
  EXPECT_EQ(
      std::string(
          ParseRecords(GradientVarianceSchema(), *file).status().message()),
      "g.csv:2: column 'point' is 'end', expected start, optimum, path");
}

// b = 2, T = 100, and T K b = 400: K = 1, 2, 4 at T = 200, 100, 50.
TEST(SeriesOfTest, ComparesAtEqualIterationsAndAtEqualGradients) {
  std::vector<VarianceRecord> records;
  for (uint64_t seed : {8, 7}) {
    for (int64_t t : {100, 200}) {
      records.push_back(Record("period:1", 1, t, seed, 10.0 + seed));
    }
    for (const char* synchronisation : {"period:1", "final"}) {
      records.push_back(Record(synchronisation, 2, 100, seed, 20.0 + seed));
      records.push_back(Record(synchronisation, 4, 100, seed, 40.0 + seed));
      records.push_back(Record(synchronisation, 4, 50, seed, 50.0 + seed));
    }
  }
  const auto all = SeriesOf(records);
  ASSERT_EQ(all.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    const VarianceSeries& series = all[i];
    EXPECT_EQ(series.method.synchronisation, i % 2 == 0 ? "period:1" : "final");
    EXPECT_EQ(series.equal_iterations, i < 2);
    EXPECT_EQ(series.equal, i < 2 ? 100 : 400);
    ASSERT_EQ(series.cells.size(), 3u);
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(series.cells[k].workers, 1 << k);
      EXPECT_EQ(series.cells[k].iterations, i < 2 ? 100 : 200 >> k);
      ASSERT_EQ(series.cells[k].seeds.size(), 2u);
    }
    EXPECT_EQ(series.cells[0].seeds[0].squared_distance, 17);
    EXPECT_EQ(series.cells[0].seeds[1].squared_distance, 18);
    EXPECT_EQ(series.cells[2].seeds[0].squared_distance, i < 2 ? 47 : 57);
  }
}

TEST(SeriesOfTest, LeavesCellsWithFewerSeedsOut) {
  std::vector<VarianceRecord> records = {
      Record("period:1", 1, 100, 1, 1), Record("period:1", 1, 100, 2, 1),
      Record("period:1", 2, 100, 1, 1), Record("period:1", 4, 100, 1, 1),
      Record("period:1", 4, 100, 2, 1)};
  const auto all = SeriesOf(records);
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].cells.size(), 2u);
  EXPECT_EQ(all[0].cells[1].workers, 4);
}

}  // namespace
}  // namespace local_sgd
