// The bits of final iterates and of an optimum, pinned: whoever changes them
// must mean to. They are the same with GCC 12 and clang 14, at -O1, -O2 and
// -O3, also with -march=native; -ffp-contract=fast beside that changes them.

#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

// FNV-1a of the doubles' bytes, the first of each entry first.
uint64_t Hash(const std::vector<double>& values) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const double value : values) {
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    for (int byte = 0; byte < 8; ++byte) {
      hash = (hash ^ ((bits >> (8 * byte)) & 0xff)) * 0x100000001b3u;
    }
  }
  return hash;
}

uint64_t FinalIterates(bool unit_values, int64_t workers, StepSize step_size) {
  const StepRows rows =
      MakeStepRows(
          MakeSyntheticData(
              {.samples = 400, .features = 60, .unit_values = unit_values}))
          .value();
  LocalSgdOptions options;
  options.workers = workers;
  options.batch = 3;
  options.step_size = step_size;
  options.averaging_shift = 9.0;
  options.synchronisation = EveryPeriod(4);
  options.seed = 17;
  LocalSgd algorithm(rows, 0.01, options);
  algorithm.AdvanceTo(3000);
  return Hash(algorithm.MeanIterates());
}

TEST(Bits, FinalIterates) {
  EXPECT_EQ(FinalIterates(true, 1, DecayingStepSize(0.01, 400)),
            6078314391332838953u);
  EXPECT_EQ(FinalIterates(true, 6, TheoremStepSize(0.01, 2000.0)),
            17655804486796019243u);
  EXPECT_EQ(FinalIterates(false, 5, ConstantStepSize(0.7)),
            12836289033573848072u);
}

TEST(Bits, Optimum) {
  const LogisticRegression problem =
      MakeLogisticRegression(
          MakeSyntheticData({.samples = 400, .features = 60}), 0.01)
          .value();
  EXPECT_EQ(Hash(FindOptimum(problem).value().point), 13748579311280632352u);
}

}  // namespace
}  // namespace local_sgd
