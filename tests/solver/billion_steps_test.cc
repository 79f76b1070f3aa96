// Every scalar that grows or decays along a run, at t = 1e9 and beyond: the
// state of a run is put there, and what follows is as exact as at the start.
// Elsewhere: the scale's range (local_sgd_test.cc), counters of the exchange
// (run_test.cc), the theory's formulas (formulas_property_test.cc).

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/math/compensated_sum.h"
#include "lib/solver/check_points.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/sample_stream.h"
#include "lib/solver/scale_range.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/step_size.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using Real = long double;

constexpr int64_t kBillion = 1'000'000'000;
constexpr double kLambda = 0.05;
constexpr int64_t kSteps = 300;

struct Case {
  std::string name;
  StepSize step_size;
  double averaging_shift;
};

// The last three: s leaves its range every few steps, is zero, is negative.
std::vector<Case> Cases() {
  return {{"theorem", TheoremStepSize(kLambda, 5e5), 5e5},
          {"largest of the grid", DecayingStepSize(0x1p20, 50'000), 1.0},
          {"smallest of the grid", DecayingStepSize(0x1p-20, 7), 1.0},
          {"constant", ConstantStepSize(0.5), 1.0},
          {"smallest constant", ConstantStepSize(0x1p-15), 1.0},
          {"large shift", ConstantStepSize(0.5), 1e100},
          {"small shift", ConstantStepSize(0.5), 1e-100},
          {"fast shrink", ConstantStepSize(15.0), 1.0},
          {"eta lambda = 1", ConstantStepSize(1.0 / kLambda), 1.0},
          {"eta lambda > 1", ConstantStepSize(1.3 / kLambda), 1.0}};
}

LocalSgdOptions OptionsOf(const Case& c) {
  LocalSgdOptions options;
  options.workers = 3;
  options.batch = 2;
  options.step_size = c.step_size;
  options.averaging_shift = c.averaging_shift;
  options.synchronisation = EveryPeriod(4);
  options.seed = 5;
  return options;
}

// Where a run is that has come to iteration t with all iterates at `point` and
// the weighted sums of its iterates so far.
LocalSgd::State StateAt(const StepRows& rows, const LocalSgdOptions& options,
                        int64_t t, double point) {
  LocalSgd::State state;
  state.t = t;
  state.next_synchronisation = NextSynchronisation(options.synchronisation, t);
  state.iterates = StartIterates(options.workers, rows.num_features);
  const std::array<double, kNumAverages> sums =
      AveragingWeightSums(options.averaging_shift, t);
  for (int64_t j = 0; j < rows.num_features; ++j) {
    state.iterates.common[j] = point;
    for (int q = 0; q < kNumAverages; ++q) {
      state.iterates.base[q * rows.num_features + j] = sums[q] * point;
    }
  }
  return state;
}

// S_t of the quadratic weights.
Real QuadraticSum(Real a, int64_t t) {
  const Real n = static_cast<Real>(t);
  return n * a * a + a * n * (n - 1) + (n - 1) * n * (2 * n - 1) / 6;
}

// The same in long double from dense vectors: entry j of the four iterates at
// 4 j + q.
std::vector<Real> DenseFrom(const SparseDataset& data,
                            const LocalSgdOptions& options, int64_t t,
                            double point) {
  const int64_t d = data.num_features;
  const Real a = options.averaging_shift;
  std::vector<std::vector<Real>> x(options.workers,
                                   std::vector<Real>(d, point));
  const Real n = static_cast<Real>(t);
  Real totals[kNumAverages] = {n, n * (n + 1) / 2, QuadraticSum(a, t)};
  std::vector<Real> sums(4 * d);
  for (int64_t j = 0; j < d; ++j) {
    for (int q = 0; q < kNumAverages; ++q) {
      sums[4 * j + 1 + q] = totals[q] * static_cast<Real>(point);
    }
  }
  std::vector<uint32_t> drawn(options.batch);
  for (const int64_t end = t + kSteps; t < end; ++t) {
    const Real time = static_cast<Real>(t);
    const Real weights[kNumAverages] = {1, time + 1, (a + time) * (a + time)};
    const Real eta = options.step_size(t);
    for (int q = 0; q < kNumAverages; ++q) totals[q] += weights[q];
    for (int64_t k = 0; k < options.workers; ++k) {
      std::vector<Real> gradient(d);
      for (int64_t j = 0; j < d; ++j) {
        gradient[j] = static_cast<Real>(kLambda) * x[k][j];
        for (int q = 0; q < kNumAverages; ++q) {
          sums[4 * j + 1 + q] +=
              weights[q] * x[k][j] / static_cast<Real>(options.workers);
        }
      }
      DrawRows(options.seed, k, t * options.batch, options.batch,
               data.num_samples(), drawn.data());
      for (const uint32_t i : drawn) {
        Real margin = 0;
        for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
          margin += data.values[p] * x[k][data.columns[p]];
        }
        const Real y = data.labels[i];
        const Real slope = -y / (1 + std::exp(y * margin));
        for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
          gradient[data.columns[p]] +=
              slope * data.values[p] / static_cast<Real>(options.batch);
        }
      }
      for (int64_t j = 0; j < d; ++j) x[k][j] -= eta * gradient[j];
    }
    if ((t + 1) % 4 == 0) {
      for (int64_t j = 0; j < d; ++j) {
        Real mean = 0;
        for (const auto& worker : x) mean += worker[j];
        for (auto& worker : x) {
          worker[j] = mean / static_cast<Real>(options.workers);
        }
      }
    }
  }
  for (int64_t j = 0; j < d; ++j) {
    for (const auto& worker : x) {
      sums[4 * j] += worker[j] / static_cast<Real>(options.workers);
    }
    for (int q = 0; q < kNumAverages; ++q) {
      sums[4 * j + 1 + q] /= totals[q];
    }
  }
  return sums;
}

// Iterates, step sizes, weights, their sums, C, s and draws.
TEST(BillionSteps, ARunIsAsExactThereAsAtItsStart) {
  const SparseDataset data = MakeSyntheticData({.samples = 40, .features = 6});
  const StepRows rows = MakeStepRows(data).value();
  for (const int64_t t : {kBillion, int64_t{1} << 60}) {
    for (const Case& c : Cases()) {
      const LocalSgdOptions options = OptionsOf(c);
      ASSERT_TRUE(ValidateOptions(rows, options).ok()) << c.name;
      LocalSgd algorithm(rows, kLambda, options);
      algorithm.Restore(StateAt(rows, options, t, 0.25));
      algorithm.AdvanceTo(t + kSteps);
      const std::vector<double> points = algorithm.MeanIterates();
      const std::vector<Real> exact = DenseFrom(data, options, t, 0.25);
      for (size_t i = 0; i < points.size(); ++i) {
        EXPECT_NEAR(points[i], static_cast<double>(exact[i]), 1e-11)
            << c.name << ", t " << t << ", entry " << i;
      }
      EXPECT_TRUE(IsInScaleRange(algorithm.state().iterates.scale)) << c.name;
    }
  }
}

TEST(BillionSteps, ALaneHasTheBitsOfARunThere) {
  const StepRows rows =
      MakeStepRows(MakeSyntheticData({.samples = 40, .features = 6})).value();
  std::vector<Case> cases = Cases();
  cases.resize(8);
  std::vector<LaneLocalSgd::Run> runs;
  for (const Case& c : cases) {
    const LocalSgdOptions options = OptionsOf(c);
    runs.push_back({options, StateAt(rows, options, kBillion, 0.25)});
  }
  LaneLocalSgd lanes(rows, kLambda, runs);
  lanes.AdvanceTo(kBillion + kSteps);
  const std::vector<LaneDoubles> together = lanes.MeanIterates();
  for (size_t l = 0; l < runs.size(); ++l) {
    LocalSgd algorithm(rows, kLambda, runs[l].options);
    algorithm.Restore(runs[l].state);
    algorithm.AdvanceTo(kBillion + kSteps);
    const std::vector<double> alone = algorithm.MeanIterates();
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_EQ(together[i][static_cast<int>(l)], alone[i]) << cases[l].name;
    }
  }
}

// The last 1e8 of the 1e9 terms of C with s = 1, on top of the exact sum of
// those before. Without the correction 2e-15 of it would be missed.
TEST(BillionSteps, CumulativeSumsLoseNothing) {
  const auto exact = [](int64_t n) {  // sum_{t<n} (1 + t)^2
    const auto whole = static_cast<__int128>(n);
    return whole * (whole + 1) * (2 * whole + 1) / 6;
  };
  const int64_t begin = 900'000'000;
  double sum = static_cast<double>(exact(begin));
  double error = static_cast<double>(static_cast<__int128>(sum) - exact(begin));
  for (int64_t t = begin; t < kBillion; ++t) {
    AddCompensated(AveragingWeights(1.0, t)[kQuadratic], sum, error);
  }
  const double expected = static_cast<double>(exact(kBillion));
  EXPECT_NEAR(sum / expected, 1.0, 0x1p-52);
  EXPECT_NEAR(AveragingWeightSums(1.0, kBillion)[kQuadratic] / expected, 1.0,
              0x1p-50);
}

// As far as T K b may go.
TEST(BillionSteps, StepSizesOfTheGridAreNormalNumbers) {
  for (const int64_t t : {kBillion, int64_t{1} << 62}) {
    for (int i = -20; i <= 20; ++i) {
      for (const StepSizeFamily family :
           {StepSizeFamily::kConstant, StepSizeFamily::kDecaying}) {
        const double eta = StepSizeOf({family, i}, /*n=*/1)(t);
        EXPECT_TRUE(std::isnormal(eta)) << i;
        EXPECT_GT(eta, 0.0);
      }
    }
    EXPECT_TRUE(std::isnormal(TheoremStepSize(1e-12, 1e14)(t)));
  }
}

TEST(BillionSteps, CheckPointsGoOn) {
  int64_t coarse = 1;
  while (coarse < int64_t{1} << 62) {
    const int64_t next = NextCoarsePoint(coarse);
    ASSERT_GT(next, coarse);
    const int64_t fine = NextFinePoint(coarse, next);
    ASSERT_GT(fine, coarse);
    ASSERT_LE(fine, next);
    coarse = next;
  }
}

TEST(BillionSteps, SynchronisationsGoOn) {
  for (const SynchronisationSet& set :
       {EveryPeriod(16), GrowingPeriod(1e-3, 4, 2), GrowingPeriod(1e6, 1, 1),
        TwoPhases(1, 1000, 64), DoublingPeriod(4096), DoublingPeriod(kNever)}) {
    for (const int64_t t : {kBillion, int64_t{1} << 61, kNever - 5}) {
      EXPECT_GT(NextSynchronisation(set, t), t) << set.kind;
      EXPECT_GT(LargestGap(set, t), 0) << set.kind;
      EXPECT_LE(LargestGap(set, t), t) << set.kind;
    }
  }
}

// Draws stay uniform where their number has no longer 53 bits.
TEST(BillionSteps, DrawsGoOn) {
  constexpr int64_t kCount = 100'000;
  for (const int64_t first : {kBillion * 16, (int64_t{1} << 62) - kCount}) {
    std::vector<uint32_t> rows(kCount);
    DrawRows(/*seed=*/3, /*worker=*/(1 << 20) - 1, first, kCount, 10,
             rows.data());
    std::array<int64_t, 10> counts = {};
    for (const uint32_t row : rows) ++counts.at(row);
    for (const int64_t count : counts) {
      EXPECT_NEAR(static_cast<double>(count), 10'000.0, 500.0);
    }
  }
}

}  // namespace
}  // namespace local_sgd
