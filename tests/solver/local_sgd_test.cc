// Algorithm 1 against the dense implementation, and its invariants: threads,
// K = 1, replays.

#include "lib/solver/local_sgd.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/solver/dense_local_sgd.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

LocalSgdOptions SeveralWorkers() {
  LocalSgdOptions options;
  options.workers = 5;
  options.batch = 3;
  options.step_size = DecayingStepSize(0.1, 50);
  options.averaging_shift = 7.5;
  options.synchronisation = EveryPeriod(4);
  options.seed = 11;
  return options;
}

TEST(LocalSgdAgainstDense, RealAndUnitValues) {
  for (const bool unit_values : {false, true}) {
    const SparseDataset data = MakeSyntheticData({.unit_values = unit_values});
    EXPECT_LT(LargestError<double>(data, 0.02, SeveralWorkers(), 1000), 1e-10);
  }
}

TEST(LocalSgdAgainstDense, EveryKindOfSynchronisationSet) {
  const SparseDataset data = MakeSyntheticData({});
  LocalSgdOptions options = SeveralWorkers();
  for (const SynchronisationSet& set :
       {EveryPeriod(1), EveryPeriod(7), OnlyFinal(), GrowingPeriod(3.0, 5, 3),
        FromList({1, 2, 5, 11, 12, 40, 41, 300})}) {
    options.synchronisation = set;
    EXPECT_LT(LargestError<double>(data, 0.02, options, 500), 1e-10)
        << "kind " << set.kind;
  }
}

// Many features, few touched in a round: the sparse path of Synchronise.
TEST(LocalSgdAgainstDense, FewTouchedColumns) {
  const SparseDataset data =
      MakeSyntheticData({.samples = 200, .features = 900, .density = 0.01});
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 3;
  for (const int64_t period : {1, 3}) {
    options.synchronisation = EveryPeriod(period);
    EXPECT_LT(LargestError<double>(data, 0.01, options, 200), 1e-10);
  }
}

TEST(LocalSgdAgainstDense, ScaleShrinksFarBelowItsRange) {
  const SparseDataset data = MakeSyntheticData({.unit_values = true});
  LocalSgdOptions options = SeveralWorkers();
  options.step_size = ConstantStepSize(0.5);  // s = 0.995^20000 = 3e-44
  EXPECT_LT(LargestError<double>(data, 1e-2, options, 20'000), 1e-10);
}

TEST(LocalSgdAgainstDense, StepSizeTimesLambdaIsOneOrMore) {
  const SparseDataset data = MakeSyntheticData({});
  LocalSgdOptions options = SeveralWorkers();
  options.step_size = ConstantStepSize(0.5);
  EXPECT_LT(LargestError<double>(data, 2.0, options, 300), 1e-10);  // s = 0
  EXPECT_LT(LargestError<double>(data, 2.0 * (1.0 - 1e-9), options, 300),
            1e-10);  // s = 1e-9 each step
  EXPECT_LT(LargestError<double>(data, 3.0, options, 300), 1e-10);  // s < 0
  // Decaying through it: large and negative shrinks first, then mild ones.
  options.step_size = DecayingStepSize(1.0, 50);
  EXPECT_LT(LargestError<double>(data, 0.1, options, 300), 1e-10);
}

std::vector<double> IteratesAt(const StepRows& rows, double lambda,
                               const LocalSgdOptions& options, int64_t T) {
  LocalSgd algorithm(rows, lambda, options);
  algorithm.AdvanceTo(T);
  return algorithm.MeanIterates();
}

TEST(LocalSgd, SameBitsForAnyNumberOfThreads) {
  const StepRows rows =
      MakeStepRows(MakeSyntheticData({.samples = 300, .features = 500}))
          .value();
  LocalSgdOptions options = SeveralWorkers();
  options.step_size = ConstantStepSize(0.3);
  for (const int64_t workers : {2, 5, 8, 13}) {
    for (const int64_t period : {1, 4, 50}) {
      options.workers = workers;
      options.synchronisation = EveryPeriod(period);
      options.threads = 1;
      const std::vector<double> one = IteratesAt(rows, 0.01, options, 700);
      for (const int threads : {2, 3, 4}) {
        options.threads = threads;
        EXPECT_EQ(IteratesAt(rows, 0.01, options, 700), one)
            << workers << " workers, period " << period << ", " << threads
            << " threads";
      }
    }
  }
}

TEST(LocalSgd, OneWorkerDoesNotNoticeSynchronisations) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 1;
  options.synchronisation = OnlyFinal();
  const std::vector<double> never = IteratesAt(rows, 0.02, options, 777);
  for (const int64_t period : {1, 2, 8}) {
    options.synchronisation = EveryPeriod(period);
    EXPECT_EQ(IteratesAt(rows, 0.02, options, 777), never);
  }
}

TEST(LocalSgd, StopsAndReplaysDoNotChangeTheBits) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  const LocalSgdOptions options = SeveralWorkers();
  const std::vector<double> at_once = IteratesAt(rows, 0.5, options, 400);
  LocalSgd algorithm(rows, 0.5, options);
  algorithm.AdvanceTo(101);
  const LocalSgd::State saved = algorithm.state();
  algorithm.AdvanceTo(333);
  algorithm.Restore(saved);
  for (int64_t t = 102; t <= 400; t += 2) algorithm.AdvanceTo(t);
  EXPECT_EQ(algorithm.MeanIterates(), at_once);
}

TEST(ValidateOptions, NamesTheSettingAndItsValue) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  const LocalSgdOptions good = SeveralWorkers();
  EXPECT_TRUE(ValidateOptions(rows, good).ok());
  const auto message = [&rows](const LocalSgdOptions& options) {
    return std::string(ValidateOptions(rows, options).message());
  };
  LocalSgdOptions bad = good;
  bad.workers = 0;
  EXPECT_THAT(message(bad), HasSubstr("workers must be between 1 and 2^20, "
                                      "but is 0"));
  bad = good;
  bad.batch = -4;
  EXPECT_THAT(message(bad), HasSubstr("batch must be between 1 and 2^24, but "
                                      "is -4"));
  bad = good;
  bad.threads = 0;
  EXPECT_THAT(message(bad), HasSubstr("threads must be at least 1, but is 0"));
  bad = good;
  bad.step_size = ConstantStepSize(0.0);
  EXPECT_THAT(message(bad), HasSubstr("step size must be positive"));
  bad = good;
  bad.step_size = ConstantStepSize(std::nan(""));
  EXPECT_THAT(message(bad), HasSubstr("step size must be positive"));
  // Their squares would overflow and underflow.
  for (const double shift : {1e155, 1e-170, 0.0, std::nan("")}) {
    bad = good;
    bad.averaging_shift = shift;
    EXPECT_THAT(message(bad), HasSubstr("averaging shift must be between"));
  }
  bad = good;
  bad.synchronisation = EveryPeriod(0);
  EXPECT_THAT(message(bad), HasSubstr("period must be at least 1, but is 0"));
  bad = good;
  bad.synchronisation = FromList({3, 3});
  EXPECT_THAT(message(bad), HasSubstr("3 follows 3"));
  bad = good;
  bad.workers = 1 << 20;
  bad.batch = 1 << 20;
  EXPECT_THAT(message(bad), HasSubstr("MiB"));
}

}  // namespace
}  // namespace local_sgd
