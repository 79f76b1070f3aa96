#include "experiments/theoretical_speedup/figures.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "experiments/theoretical_speedup/records.h"
#include "experiments/theoretical_speedup/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/csv_reader.h"
#include "lib/records/schema.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// K = 1 and from 2 to 1024, H = 1 and 16.
std::vector<ModelledSpeedup> Records() {
  TheoreticalSpeedupGrid grid;
  grid.periods = {1, 16};
  return TheoreticalSpeedups(grid);
}

TEST(Figure2Test, HasAPanelForEveryReading) {
  const FigureSet set = Figure2(Records());
  ASSERT_THAT(set, SizeIs(2));
  const Figure& a = set[0].figure;
  EXPECT_EQ(set[0].name, "figure2a");
  EXPECT_THAT(a.title, HasSubstr("eps = 0, rho = 25"));
  ASSERT_THAT(a.panels, SizeIs(3));  // the models agree at epsilon = 0
  const Figure& b = set[1].figure;
  EXPECT_EQ(set[1].name, "figure2b");
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

TEST(Figure2Test, CaptionHoldsThePapersStatementsAgainstTheNumbers) {
  std::string caption;
  for (const NamedFigure& named : Figure2(Records())) {
    caption += absl::StrJoin(named.caption, "\n") + "\n";
  }
  EXPECT_THAT(caption, HasSubstr("These statements hold under ring"));
  EXPECT_THAT(caption,
              HasSubstr("model printed, eps = 0: H = 16 for K = 2 to 1024."));
  EXPECT_THAT(caption, HasSubstr("model corollary, eps = 0.005: H = 16 for K = "
                                 "2 to 16, H = 1 for K = 32 to 1024."));
  EXPECT_THAT(caption, HasSubstr("every S(K > 1) is below 1 for H < 2 rho = "
                                 "50. The largest shown is 0.485 at K = 2, H = "
                                 "16."));
}

TEST(ModelledSpeedupTest, ALineThatIsWrongIsNamed) {
  const std::string header =
      "model,cost_model,rho,epsilon,workers,period,speedup\n";
  for (const char* row : {"printed,star,25,0,1,1,0", "printed,star,25,0,0,1,1",
                          "printed,star,25,0,1,1.5,1"}) {
    EXPECT_THAT(std::string(ParseRecords(ModelledSpeedupSchema(),
                                         *ParseCsv(header + row, "t.csv"))
                                .status()
                                .message()),
                HasSubstr("t.csv:2: "));
  }
}

}  // namespace
}  // namespace local_sgd
