// Nothing is lost over 1e8 steps: against the dense implementation in long
// double.

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/solver/local_sgd.h"
#include "lib/theory/step_size.h"
#include "tests/solver/dense_local_sgd.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

TEST(LocalSgdAgainstDense, HundredMillionSteps) {
  const SparseDataset data = MakeSyntheticData(
      {.samples = 7, .features = 2, .density = 0.6, .seed = 3});
  LocalSgdOptions options;
  options.step_size = TheoremStepSize(1e-3, 1e4);
  options.averaging_shift = 1e4;
  EXPECT_LT(LargestError<long double>(data, 1e-3, options, 100'000'000), 1e-10);
}

}  // namespace
}  // namespace local_sgd
