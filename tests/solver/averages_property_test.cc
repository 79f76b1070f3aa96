// The last iterate and the three averages of random runs of Algorithm 1 on
// random small problems, against the dense implementation in long double.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "lib/solver/local_sgd.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "rapidcheck/gtest.h"
#include "tests/solver/dense_local_sgd.h"
#include "tests/testing/random_problem.h"

namespace local_sgd {
namespace {

rc::Gen<SynchronisationSet> AnySet(int64_t workers, int64_t batch) {
  return rc::gen::exec([=] {
    const auto number = [](int64_t last) {
      return *rc::gen::inRange<int64_t>(1, last + 1);
    };
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        return EveryPeriod(number(40));
      case 1:
        return GrowingPeriod(0.25 * static_cast<double>(number(16)), workers,
                             batch);
      case 2: {
        const auto list = *rc::gen::container<std::set<int64_t>>(
            rc::gen::inRange<int64_t>(1, 1000));
        return FromList(std::vector<int64_t>(list.begin(), list.end()));
      }
      case 3: {
        const int64_t first = number(20);
        const int64_t at = number(200);
        return TwoPhases(first, at, number(20));
      }
      case 4:
        return DoublingPeriod(number(100));
    }
    return OnlyFinal();
  });
}

// Step sizes up to `largest`, where the shrink 1 - eta lambda may be zero or
// negative.
rc::Gen<StepSize> AnyStepSize(double largest) {
  return rc::gen::exec([largest] {
    const double size = largest * *AnyPowerOfTwo(-8, 0);
    const int64_t time = *rc::gen::inRange<int64_t>(1, 200);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        return ConstantStepSize(size);
      case 1:  // the cap holds for the first `time` iterations
        return StepSize{size, size * static_cast<double>(time), 1.0};
    }
    const double shift = static_cast<double>(time);
    return TheoremStepSize(4.0 / (size * shift), shift);
  });
}

// A step moves two points no further apart as long as eta is at most 2 over the
// smoothness of every f_i, so rounding is handed on as it is. A step adds
// 2^-53 of the entries a few times, up to 2^10 of that where v = x / s stands
// for x at the ends of the range of s.
RC_GTEST_PROP(LocalSgdAgainstDense, RandomRunsOfRandomProblems, ()) {
  const RandomProblem problem = *AnyProblem(/*smallest_exponent=*/-10);
  double smoothness = problem.lambda;
  for (int64_t i = 0; i < problem.data.num_samples(); ++i) {
    smoothness =
        std::max(smoothness, problem.row_square(i) / 4 + problem.lambda);
  }
  LocalSgdOptions options;
  options.workers = *rc::gen::inRange<int64_t>(1, 8);
  options.batch = *rc::gen::inRange<int64_t>(1, 5);
  options.threads = *rc::gen::inRange(1, 3);
  options.seed = *rc::gen::arbitrary<uint64_t>();
  options.step_size = *AnyStepSize(2.0 / smoothness);
  options.averaging_shift = *AnyPowerOfTwo(-4, 20);
  options.synchronisation = *AnySet(options.workers, options.batch);
  const int64_t T = *rc::gen::inRange<int64_t>(1, 500);
  const double error =
      LargestError<long double>(problem.data, problem.lambda, options, T);
  const double bound = 0x1p-43 * static_cast<double>(T);
  if (!(error <= bound)) {
    RC_LOG() << "error " << error << ", bound " << bound << ", K "
             << options.workers << ", b " << options.batch << ", set "
             << options.synchronisation.kind << ", T " << T << ", eta_0 "
             << options.step_size(0) << "\n";
  }
  RC_ASSERT(error <= bound);
}

}  // namespace
}  // namespace local_sgd
