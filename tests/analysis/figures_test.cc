#include "analysis/figures.h"

#include <stdlib.h>

#include <string>
#include <vector>

#include "experiments/measured_speedup/records.h"
#include "experiments/theoretical_speedup/records.h"
#include "experiments/theoretical_speedup/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"
#include "tests/experiments/measured_speedup/figure_records.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(FiguresTest, WritesWhatTheFolderHasRecordsFor) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/figures";
  EXPECT_EQ(WriteFigures(folder, folder, {}).status().code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(EnsureFolder(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/theoretical_speedup.csv",
                                  *ToCsv(ToTable(ModelledSpeedupSchema(),
                                                 TheoreticalSpeedups({}))))
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
