#include "experiments/cluster_extrapolation/report.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/study_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ExtrapolationRecord Record(const std::string& network, double epsilon,
                           const std::string& exchange, int64_t workers,
                           double speedup) {
  ExtrapolationRecord r;
  r.network = network;
  r.network_source = "assumed: " + network;
  r.latency_seconds = 1e-5;
  r.message_seconds = 1e-6;
  r.bytes_per_second = 1e9;
  r.features = 300;
  r.gradient_seconds = 42e-9;
  r.gradient_source = "measured: w8a";
  r.batch = 4;
  r.epsilon = epsilon;
  r.exchange = exchange;
  r.period = 16;
  r.workers = workers;
  r.compute_seconds = 3;
  r.exchange_seconds = 1;
  r.speedup = speedup;
  if (exchange != "tree") r.limit = 80;
  return r;
}

// A tree that goes on, a ring that stops at 70; another network; drift.
ClusterExtrapolation Records() {
  std::vector<ExtrapolationRecord> records;
  for (const int64_t workers : {10, 100, 1000, 10'000}) {
    const double k = static_cast<double>(workers);
    records.push_back(Record("fast", 0, "tree", workers, 0.25 * k));
    records.push_back(
        Record("fast", 0, "ring", workers, workers == 10 ? 9 : 70 - 1 / k));
    records.push_back(Record("fast", 0.5, "tree", workers, 2));
    records.push_back(Record("slow", 0, "tree", workers, 0.125 * k));
  }
  return {records};
}

TEST(FindSaturation, IsWhereNineTenthsOfTheLargestAreReached) {
  const Saturation saturation = FindSaturation(
      {{1, 1}, {2, 1.9}, {4, 3.4}, {8, 4.5}, {16, 5}, {32, 4.8}});
  EXPECT_EQ(saturation.largest, 5);
  EXPECT_EQ(saturation.largest_workers, 16);
  EXPECT_EQ(saturation.workers, 8);
  // In any order.
  EXPECT_EQ(FindSaturation({{32, 4.8}, {8, 4.5}, {16, 5}, {4, 3.4}}).workers,
            8);
}

TEST(FindSaturation, IsNowhereWhereItStillGrows) {
  EXPECT_EQ(FindSaturation({{1, 1}, {2, 2}, {4, 4}}).workers, std::nullopt);
  EXPECT_EQ(FindSaturation({{1, 1}, {2, 1.79}, {4, 2}}).workers, std::nullopt);
  EXPECT_EQ(FindSaturation({{1, 1}, {2, 1.81}, {4, 2}}).workers, 2);
  EXPECT_EQ(FindSaturation({{1, 1}}).workers, std::nullopt);
}

TEST(ClusterExtrapolationStudy, SaysWhatIsBestAndWhatSaturates) {
  std::vector<Table> tables;
  for (const LabelledTable& labelled :
       ClusterExtrapolationStudy().report(Records()).tables) {
    tables.push_back(labelled.table);
  }
  ASSERT_EQ(tables.size(), 4u);  // fast, fast with drift, slow
  const std::string best = *ToCsv(tables[0]);
  EXPECT_THAT(best, HasSubstr("fast,300,0,0,1000,tree,16,250,75,0,25\n"));
  EXPECT_THAT(best, HasSubstr("fast,300,0,0,10000,tree,16,2500,75,0,25\n"));
  EXPECT_THAT(best, HasSubstr("slow,300,0,0,1000,tree,16,125,75,0,25\n"));
  EXPECT_EQ(*ToCsv(tables[1]),
            "exchange,period,speedup_1000,speedup_10000,largest,"
            "largest_workers,saturates,limit\n"
            "tree,16,250,2500,2500,10000,,\n"
            "ring,16,69.999,69.9999,69.9999,10000,100,80\n");
  for (const Table& table : tables) {
    EXPECT_THAT(*ToText(table), HasSubstr("A model, not a measurement"));
  }
  EXPECT_THAT(*ToText(tables[0]), HasSubstr("fast (assumed: fast)"));
}

TEST(ClusterExtrapolationStudy, DrawsOneNetworkWithoutDrift) {
  const FigureSet figures =
      ClusterExtrapolationStudy().report(Records()).figures;
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_EQ(figures[1].name, "cluster_extrapolation_slow");
  const Figure& figure = figures[0].figure;
  EXPECT_THAT(figure.notice, HasSubstr("A model"));
  ASSERT_EQ(figure.panels.size(), 3u);
  ASSERT_EQ(figure.panels[0].lines.size(), 1u);
  EXPECT_EQ(figure.panels[0].title, "tree, d = 300");
  EXPECT_EQ(figure.panels[0].lines[0].label, "H = 16");
  EXPECT_THAT(
      figure.panels[0].lines[0].points,
      ElementsAre(std::pair(10.0, 2.5), std::pair(100.0, 25.0),
                  std::pair(1000.0, 250.0), std::pair(10'000.0, 2500.0)));
  EXPECT_TRUE(figure.panels[2].lines.empty());  // no server
}

TEST(ClusterExtrapolationStudy, WritesWhatItSays) {
  const std::string folder =
      std::string(std::getenv("TEST_TMPDIR")) + "/extrapolation";
  const auto& study = ClusterExtrapolationStudy();
  EXPECT_TRUE(absl::IsNotFound(WriteReportOf(study, folder)));
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(WriteStudyFiles(study, Records(), folder).ok());
  ASSERT_TRUE(WriteReportOf(study, folder).ok());
  for (const char* name :
       {"cluster_extrapolation.md", "cluster_extrapolation.tex",
        "cluster_extrapolation.txt", "cluster_extrapolation_fast.svg",
        "cluster_extrapolation_slow.pdf",
        "cluster_extrapolation_slow_column.pdf",
        "cluster_extrapolation_fast_caption.txt"}) {
    EXPECT_TRUE(std::filesystem::exists(folder + "/" + name)) << name;
  }
  const std::string caption =
      *ReadFile(folder + "/cluster_extrapolation_fast_caption.txt");
  EXPECT_THAT(caption, HasSubstr("no cluster of this size was run"));
  EXPECT_THAT(caption, HasSubstr("fast (assumed: fast)"));
  EXPECT_THAT(caption, HasSubstr("(measured: w8a)"));
}

}  // namespace
}  // namespace local_sgd
