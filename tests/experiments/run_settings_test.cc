#include "experiments/run_settings.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

TEST(ParseStepSize, KnowsThreeForms) {
  const StepSizeChoice theory = ParseStepSize("theory").value();
  const ChosenStepSize chosen =
      ChooseStepSize(theory, /*n=*/100, /*mu=*/0.01, /*kappa=*/50.0, 16);
  EXPECT_EQ(chosen.averaging_shift, 800.0);
  EXPECT_DOUBLE_EQ(chosen.step_size(200), 4.0 / (0.01 * 1000.0));
  // A gap above 16 kappa is the shift.
  EXPECT_EQ(ChooseStepSize(theory, 100, 0.01, 50.0, 900).averaging_shift,
            900.0);

  const ChosenStepSize constant = ChooseStepSize(
      ParseStepSize("constant:0.25").value(), 100, 0.01, 50.0, 16);
  EXPECT_EQ(constant.step_size(7), 0.25);
  EXPECT_EQ(constant.averaging_shift, 1.0);

  const ChosenStepSize decaying = ChooseStepSize(
      ParseStepSize("decaying:0.5").value(), 100, 0.01, 50.0, 16);
  EXPECT_EQ(decaying.step_size(0), 32.0);
  EXPECT_EQ(decaying.step_size(4), 10.0);
}

TEST(ParseStepSize, RefusesTheRest) {
  for (const std::string text :
       {"", "tuned!", "constant", "constant:", "constant:0", "constant:-1",
        "decaying:inf", "decaying:1x", "Theory"}) {
    const absl::Status status = ParseStepSize(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("--step_size"));
  }
}

TEST(ParseStepSize, TheSameTypedOtherwiseIsTheSame) {
  const auto same = [](const std::string& a, const std::string& b) {
    return AreSame(ParseStepSize(a).value(), ParseStepSize(b).value());
  };
  EXPECT_TRUE(same("theory", "theory"));
  EXPECT_TRUE(same("constant:0.5", "constant:5e-1"));
  EXPECT_FALSE(same("constant:0.5", "decaying:0.5"));
  EXPECT_FALSE(same("constant:0.5", "constant:0.25"));
}

TEST(ParseStepSize, ErrorsQuoteAllThatWasTyped) {
  EXPECT_EQ(ParseStepSize("constant:0").status().message(),
            "--step_size=constant:0: found '0', expected a number above 0");
  EXPECT_EQ(ParseStepSize("constant:0", "theory,constant:0").status().message(),
            "--step_size=theory,constant:0: found '0', expected a number above "
            "0");
  EXPECT_EQ(ParseStepSize("x", "theory,x").status().message(),
            "--step_size=theory,x: found 'x', expected theory, constant:ETA or "
            "decaying:C");
}

TEST(ValidateSeeds, AllAreBelowTwoToThe63) {
  const uint64_t last = std::numeric_limits<int64_t>::max();
  EXPECT_TRUE(ValidateSeeds(last, 1).ok());
  EXPECT_FALSE(ValidateSeeds(last, 2).ok());
  EXPECT_TRUE(ValidateSeeds(last - 9, 10).ok());
  EXPECT_FALSE(ValidateSeeds(last - 9, 11).ok());
}

TEST(ParseSynchronisation, ErrorsQuoteAllThatWasTyped) {
  EXPECT_EQ(
      ParseSynchronisation("growing:0", 1, 1).status().message(),
      "--synchronisation=growing:0: found '0', expected a number above 0");
  EXPECT_THAT(
      std::string(
          ParseSynchronisation("phases:1,x,2", 1, 1).status().message()),
      HasSubstr("--synchronisation=phases:1,x,2: found 'x', expected"));
}

TEST(ParseSynchronisation, KnowsEveryForm) {
  EXPECT_EQ(ParseSynchronisation("period:7", 1, 1).value().period, 7);
  EXPECT_EQ(ParseSynchronisation("final", 1, 1).value().kind,
            SynchronisationSet::kFinal);
  const SynchronisationSet growing =
      ParseSynchronisation("growing:1.5", 8, 4).value();
  EXPECT_EQ(growing.growth, 1.5);
  EXPECT_EQ(growing.workers, 8);
  EXPECT_EQ(growing.batch, 4);
  const SynchronisationSet phases =
      ParseSynchronisation("phases:1,500,32", 1, 1).value();
  EXPECT_EQ(phases.kind, SynchronisationSet::kTwoPhases);
  EXPECT_EQ(phases.period, 1);
  EXPECT_EQ(phases.switch_at, 500);
  EXPECT_EQ(phases.second_period, 32);
  EXPECT_EQ(ParseSynchronisation("doubling", 1, 1).value().cap, kNever);
  EXPECT_EQ(ParseSynchronisation("doubling:64", 1, 1).value().cap, 64);
  const std::string path = testing::TempDir() + "/list";
  ASSERT_EQ(WriteFileAtomically(path, "1 2\n\n5\t9\r\n"), absl::OkStatus());
  EXPECT_EQ(ParseSynchronisation("list:" + path, 1, 1).value().indices,
            (std::vector<int64_t>{1, 2, 5, 9}));
  ASSERT_EQ(WriteFileAtomically(path,
                                "\xef\xbb\xbf"
                                "3 4\n"),
            absl::OkStatus());
  EXPECT_EQ(ParseSynchronisation("list:" + path, 1, 1).value().indices,
            (std::vector<int64_t>{3, 4}));
}

TEST(ParseSynchronisation, RefusesTheRest) {
  for (const std::string text :
       {"", "period", "period:0", "period:1.5", "growing:0",
        "growing:", "final:3", "list:/no/such/file", "phases:", "phases:1,2",
        "phases:1,2,0", "phases:1,2,3,4", "phases:1,x,3", "doubling:0",
        "doubling:", "doubling:1.5"}) {
    EXPECT_FALSE(ParseSynchronisation(text, 1, 1).ok()) << text;
  }
  const std::string path = testing::TempDir() + "/bad_list";
  for (const std::string contents : {"", "0\n", "3 2\n", "1 two\n", "2 2\n"}) {
    ASSERT_EQ(WriteFileAtomically(path, contents), absl::OkStatus());
    EXPECT_THAT(
        std::string(
            ParseSynchronisation("list:" + path, 1, 1).status().message()),
        HasSubstr(path))
        << contents;
  }
}

}  // namespace
}  // namespace local_sgd
