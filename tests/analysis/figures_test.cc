#include "analysis/figures.h"

#include <stdlib.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/measured_speedup/tuning_record.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;

// A file as theoretical_speedup writes it, K = 1 and from 2 to 1024.
std::string ModelCsv() {
  std::string csv = "model,cost_model,rho,epsilon,workers,period,speedup\n";
  for (IterationModel model : kIterationModels) {
    for (CostModel cost_model : kCostModels) {
      for (double epsilon : {0.0, 0.005}) {
        for (int64_t workers = 1; workers <= 1024; workers *= 2) {
          for (int64_t period : {1, 16}) {
            absl::StrAppend(
                &csv, Name(model), ",", Name(cost_model), ",25,", epsilon, ",",
                workers, ",", period, ",",
                ShortestText(ModelSpeedup(model, cost_model, 25, epsilon,
                                          workers, period)),
                "\n");
          }
        }
      }
    }
  }
  return csv;
}

std::string AllCaptions(const FigureSet& set) {
  std::string text;
  for (const NamedFigure& named : set) {
    absl::StrAppend(&text, absl::StrJoin(named.caption, "\n"), "\n");
  }
  return text;
}

std::vector<SpeedupRecord> Records(const std::string& dataset,
                                   const std::string& step_size) {
  std::vector<SpeedupRecord> records;
  for (int64_t batch : {4, 16}) {
    for (int64_t workers : {2, 1, 32}) {
      for (int64_t period : {1, 8}) {
        SpeedupRecord r;
        r.dataset = dataset;
        r.dataset_sha256 = "12ab";
        r.step_size = step_size;
        r.epsilon = 0.005;
        r.batch = batch;
        r.workers = workers;
        r.period = period;
        r.seeds = 1;
        r.rho = 25;
        if (workers != 32 || period != 8) {
          r.seeds_reached = 1;
          r.iterations = 1000;
          r.speedup_free = 1 + 0.25 * static_cast<double>(workers - 1);
          r.speedup_star = 0.25;
          r.speedup_ring = 0.5;
        }
        records.push_back(r);
      }
    }
  }
  return records;
}

TEST(FiguresTest, Figure2HasAPanelForEveryReading) {
  const auto set = Figure2(*ParseCsv(ModelCsv(), "t.csv"));
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_THAT(*set, SizeIs(2));
  const Figure& a = (*set)[0].figure;
  EXPECT_EQ((*set)[0].name, "figure2a");
  EXPECT_THAT(a.title, HasSubstr("eps = 0, rho = 25"));
  ASSERT_THAT(a.panels, SizeIs(3));  // the models agree at epsilon = 0
  const Figure& b = (*set)[1].figure;
  EXPECT_EQ((*set)[1].name, "figure2b");
  ASSERT_THAT(b.panels, SizeIs(6));
  EXPECT_EQ(b.columns, 3);
  EXPECT_EQ(b.panels[4].title, "ring, model corollary");
  ASSERT_THAT(b.panels[4].lines, SizeIs(2));
  EXPECT_EQ(b.panels[4].lines[1].label, "H = 16");
  ASSERT_THAT(b.panels[4].lines[1].points, SizeIs(11));
  EXPECT_EQ(
      b.panels[4].lines[1].points[10],
      std::pair(1024.0, ModelSpeedup(IterationModel::kCorollary,
                                     CostModel::kRing, 25, 0.005, 1024, 16)));
}

TEST(FiguresTest, Figure2CaptionHoldsThePapersStatementsAgainstTheNumbers) {
  const std::string caption =
      AllCaptions(*Figure2(*ParseCsv(ModelCsv(), "t.csv")));
  EXPECT_THAT(caption, HasSubstr("These statements hold under ring"));
  EXPECT_THAT(caption,
              HasSubstr("model printed, eps = 0: H = 16 for K = 2 to 1024."));
  EXPECT_THAT(caption, HasSubstr("model corollary, eps = 0.005: H = 16 for K = "
                                 "2 to 16, H = 1 for K = 32 to 1024."));
  EXPECT_THAT(caption, HasSubstr("every S(K > 1) is below 1 for H < 2 rho = "
                                 "50. The largest shown is 0.485 at K = 2, H = "
                                 "16."));
}

TEST(FiguresTest, Figure2NamesALineThatIsWrong) {
  const std::string header =
      "model,cost_model,rho,epsilon,workers,period,speedup\n";
  for (const char* row : {"printed,star,25,0,1,1,0", "printed,star,25,0,0,1,1",
                          "printed,star,25,0,1,1.5,1"}) {
    EXPECT_THAT(
        std::string(
            Figure2(*ParseCsv(header + row, "t.csv")).status().message()),
        HasSubstr("t.csv:2: "));
  }
}

TEST(FiguresTest, Figure3HasAFigureForEveryCostModelAndAPanelForEveryBatch) {
  const FigureSet set = Figure3(Records("data/mine.gz", "constant:0.1"));
  ASSERT_THAT(set, SizeIs(3));
  EXPECT_EQ(set[0].name, "figure3_constant-0.1_star");
  EXPECT_EQ(set[1].name, "figure3_constant-0.1_ring");
  EXPECT_EQ(set[2].name, "figure3_constant-0.1_free");
  const Figure& free = set[2].figure;
  EXPECT_EQ(free.title,
            "Measured speedup, data mine.gz, step sizes constant:0.1, free");
  EXPECT_EQ(set[0].figure.title,
            "Measured speedup, data mine.gz, step sizes constant:0.1, star, "
            "rho = 25");
  EXPECT_EQ(free.notice, "");
  EXPECT_EQ(free.columns, 2);
  ASSERT_THAT(free.panels, SizeIs(2));
  EXPECT_EQ(free.panels[1].title, "eps = 0.005, b = 16");
  ASSERT_THAT(free.panels[1].lines, SizeIs(2));
  // In the order of K; what was not reached is left out.
  EXPECT_THAT(free.panels[1].lines[0].points,
              ElementsAre(Pair(1, 1), Pair(2, 1.25), Pair(32, 8.75)));
  EXPECT_THAT(free.panels[1].lines[1].points,
              ElementsAre(Pair(1, 1), Pair(2, 1.25)));
  EXPECT_THAT(set[1].figure.panels[0].lines[0].points[0], Pair(1, 0.5));
}

TEST(FiguresTest, Figure3HasBandsWhereThereAreErrors) {
  std::vector<SpeedupRecord> records = Records("w8a", "theory");
  FigureSet set = Figure3(records);
  EXPECT_TRUE(set[2].figure.panels[0].lines[0].errors.empty());
  EXPECT_THAT(AllCaptions(set), Not(HasSubstr("Shaded")));
  records[0].speedup_free_stderr = 0.25;  // K = 2, H = 1, b = 4
  records[2].speedup_free_stderr = 0;     // K = 1
  set = Figure3(records);
  const auto& lines = set[2].figure.panels[0].lines;
  EXPECT_THAT(lines[0].errors, ElementsAre(0, 0.25, 0));
  EXPECT_TRUE(lines[1].errors.empty());
  // Under star 0.25 of 1.25.
  EXPECT_THAT(set[0].figure.panels[0].lines[0].errors, ElementsAre(0, 0.05, 0));
  EXPECT_THAT(AllCaptions(set), HasSubstr("Shaded"));
}

// A few candidates of one accuracy, b = 4; K in {1, 8, 32}, H in {1, 4, 8}.
std::vector<TuningRecord> Ledger() {
  std::vector<TuningRecord> ledger;
  for (int64_t workers : {1, 8, 32}) {
    for (int64_t period : {1, 4, 8}) {
      const auto add = [&](const char* family, int64_t exponent,
                           const char* outcome) -> TuningRecord& {
        TuningRecord r;
        r.epsilon = 0.005;
        r.batch = 4;
        r.workers = workers;
        r.period = period;
        r.seed = 7;
        r.family = family;
        r.exponent = exponent;
        r.outcome = outcome;
        ledger.push_back(r);
        return ledger.back();
      };
      // The gap after an iteration; of those that reached epsilon also after
      // they went on, or above it at a later check.
      const auto end = [](TuningRecord& r, int64_t iterations, double gap) {
        r.iterations = iterations;
        r.gap = gap;
      };
      const double shift = 0.0001 * static_cast<double>(period);
      end(add("constant", 4, "diverged"), 2, 1e60);
      add("constant", 3, "diverged").iterations = 2;
      end(add("constant", 2, "dropped"), 150, 2);
      end(add("constant", 1, "dropped"), 150, 0.5);
      end(add("constant", 0, "reached"), 100, 0.006);
      end(add("constant", -1, "reached"), 120, 0.004 + shift);
      end(add("constant", -2, "reached"), 150, 0.0001);
      TuningRecord& same = add("decaying", 2, "same");
      same.same_as_family = "constant";
      same.same_as_exponent = 0;
      TuningRecord& same_unreached = add("decaying", 5, "same");
      same_unreached.same_as_family = "constant";
      same_unreached.same_as_exponent = 3;
      add("decaying", -20, "not_tried");
      end(add("decaying", -2, "dropped"), 150, 0.02 + shift);
      end(add("decaying", -1, "limit"), 1000, 0.01);
    }
  }
  return ledger;
}

TEST(FiguresTest, TheTuningFigureShowsHowFarStepSizesCame) {
  std::vector<SpeedupRecord> records = Records("w8a_surrogate", "tuned");
  for (SpeedupRecord& r : records) {
    r.chosen_family = "constant";
    r.chosen_exponent = r.period == 1 ? 0 : -1;
  }
  const FigureSet set = TuningFigure(Ledger(), records);
  ASSERT_THAT(set, SizeIs(1));
  EXPECT_EQ(set[0].name, "tuning");
  const Figure& figure = set[0].figure;
  EXPECT_THAT(figure.notice, HasSubstr("SURROGATE DATA, not w8a"));
  EXPECT_FALSE(figure.linear);
  EXPECT_EQ(figure.columns, 2);
  // The smallest and the largest K; for one worker the smallest H alone.
  ASSERT_THAT(figure.panels, SizeIs(2));
  EXPECT_EQ(figure.panels[0].title, "eps = 0.005, b = 4, K = 1");
  ASSERT_THAT(figure.panels[0].lines, SizeIs(2));
  EXPECT_EQ(figure.panels[1].title, "eps = 0.005, b = 4, K = 32");
  const auto& lines = figure.panels[1].lines;
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[0].label, "constant, H = 1");
  // Ascending; what reached eps between eps/4 and eps. The axis cuts above 1.
  EXPECT_THAT(lines[0].points,
              ElementsAre(Pair(0.25, 0.00125), Pair(0.5, 0.0041),
                          Pair(1, 0.005), Pair(2, 0.5), Pair(4, 2)));
  EXPECT_EQ(lines[1].label, "decaying, H = 1");
  // Without those that are the same as others.
  EXPECT_THAT(lines[1].points,
              ElementsAre(Pair(0.25, 0.0201), Pair(0.5, 0.01)));
  EXPECT_EQ(lines[3].label, "decaying, H = 8");
  EXPECT_THAT(lines[3].points,
              ElementsAre(Pair(0.25, 0.0208), Pair(0.5, 0.01)));
  EXPECT_THAT(figure.panels[1].circled,
              ElementsAre(Pair(1, 0.005), Pair(0.5, DoubleEq(0.0048))));
  EXPECT_EQ(figure.panels[1].target, 0.005);
  EXPECT_THAT(figure.panels[1].y_limits, Optional(Pair(0.00125, 1)));
  const std::string caption = AllCaptions(set);
  EXPECT_THAT(caption, HasSubstr("SURROGATE DATA, not w8a"));
  EXPECT_THAT(caption, HasSubstr("selection seed 7"));
  // K = 1 with H = 1, K = 32 with H = 1 and H = 8.
  EXPECT_THAT(caption, HasSubstr("18 have a point, 3 stand above 1"));
  EXPECT_THAT(caption, HasSubstr("left out: diverged 6, not_tried 3, same 6."));
  EXPECT_THAT(caption, HasSubstr("diverged 18, dropped 27, limit 9, not_tried "
                                 "9, reached 27, same 18."));
}

TEST(FiguresTest, ARowOfTheTuningFigureHasOneAccuracy) {
  std::vector<TuningRecord> ledger = Ledger();
  const std::vector<TuningRecord> one = ledger;
  for (int64_t batch : {16, 64}) {
    for (TuningRecord r : one) {
      r.batch = batch;
      ledger.push_back(r);
    }
  }
  const Figure figure = TuningFigure(ledger, Records("w8a", "tuned"))[0].figure;
  EXPECT_TRUE(figure.axes_by_row);
  ASSERT_THAT(figure.panels, SizeIs(6));
  EXPECT_EQ(figure.columns, 2);  // four would be in two accuracies
}

TEST(FiguresTest, NoTuningFigureWithoutTunedRecords) {
  EXPECT_TRUE(TuningFigure(Ledger(), Records("w8a", "theory")).empty());
  EXPECT_TRUE(TuningFigure({}, Records("w8a", "tuned")).empty());
}

TEST(FiguresTest, Figure3CaptionComputesTheLimit) {
  const auto caption = [](const std::string& dataset,
                          const std::string& step_size) {
    return AllCaptions(Figure3(Records(dataset, step_size)));
  };
  EXPECT_THAT(caption("w8a", "theory"),
              HasSubstr("8.75 (eps = 0.005, b = 4, K = 32, H = 1)"));
  EXPECT_THAT(caption("w8a", "theory"), HasSubstr("the bias term"));
  EXPECT_THAT(caption("w8a", "tuned"), Not(HasSubstr("the bias term")));
}

TEST(FiguresTest, SurrogateDataIsNoticedInEveryFigureAndCaption) {
  const FigureSet set = Figure3(Records("w8a_surrogate", "theory"));
  for (const NamedFigure& named : set) {
    EXPECT_THAT(named.figure.notice, HasSubstr("SURROGATE DATA, not w8a"));
  }
  EXPECT_THAT(AllCaptions(set), HasSubstr("SURROGATE DATA, not w8a"));
}

TEST(FiguresTest, WritesWhatTheFolderHasRecordsFor) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/figures";
  EXPECT_EQ(WriteFigures(folder, folder, {}).status().code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(EnsureFolder(folder).ok());
  ASSERT_TRUE(
      WriteFileAtomically(folder + "/theoretical_speedup.csv", ModelCsv())
          .ok());
  const auto only_model = WriteFigures(folder, folder + "/out", {});
  ASSERT_TRUE(only_model.ok()) << only_model.status();
  EXPECT_THAT(*only_model, SizeIs(8));
  ASSERT_TRUE(
      WriteFileAtomically(
          folder + "/measured_speedup.csv",
          *ToCsv(ToTable(SpeedupSchema(), Records("w8a_surrogate", "theory"))))
          .ok());
  const auto both = WriteFigures(folder, folder + "/out", 100);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_THAT(*both, SizeIs(8 + 12));
  const std::string star = *ReadFile(folder + "/out/figure3_theory_star.svg");
  EXPECT_THAT(star, HasSubstr("rho = 100"));
  EXPECT_THAT(star, HasSubstr("SURROGATE DATA, not w8a"));
  ASSERT_TRUE(WriteFileAtomically(folder + "/tuning_ledger.csv",
                                  *ToCsv(ToTable(TuningSchema(), {})))
                  .ok());
  EXPECT_THAT(*WriteFigures(folder, folder + "/out", {}), SizeIs(8 + 12));
  ASSERT_TRUE(
      WriteFileAtomically(
          folder + "/measured_speedup.csv",
          *ToCsv(ToTable(SpeedupSchema(), Records("w8a_surrogate", "tuned"))))
          .ok());
  std::vector<TuningRecord> ledger = Ledger();
  for (TuningRecord& r : ledger) {
    if (r.outcome == "reached") r.iterate = "last";
  }
  ASSERT_TRUE(WriteFileAtomically(folder + "/tuning_ledger.csv",
                                  *ToCsv(ToTable(TuningSchema(), ledger)))
                  .ok());
  const auto with_ledger = WriteFigures(folder, folder + "/out", {});
  ASSERT_TRUE(with_ledger.ok()) << with_ledger.status();
  EXPECT_THAT(*with_ledger, SizeIs(8 + 12 + 4));
  EXPECT_EQ(with_ledger->back(), folder + "/out/tuning_caption.txt");
  EXPECT_THAT(*ReadFile(folder + "/out/tuning.svg"),
              HasSubstr("SURROGATE DATA, not w8a"));
  ASSERT_TRUE(WriteFileAtomically(folder + "/tuning_ledger.csv", "a,b\n").ok());
  EXPECT_EQ(WriteFigures(folder, folder + "/out", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(
      WriteFileAtomically(folder + "/measured_speedup.csv", "a,b\n").ok());
  EXPECT_EQ(WriteFigures(folder, folder + "/out", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace local_sgd
