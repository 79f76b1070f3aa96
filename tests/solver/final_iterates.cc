// Prints final iterates as hexadecimal floating point: those of
// final_iterates.txt on every machine, whatever compiler and optimisation built
// this program, whichever instruction set it chooses, however many threads and
// ranks share the work, run alone or in a lane. Then an optimum, modelled times
// and the widths of intervals, whose log, exp and atan are our own.
//
//   final_iterates
//   final_iterates --targets    only the instruction sets that it tries here
//
// Exits with 1 and says where when ways of running it here differ.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "hwy/highway.h"
#include "lib/comm/exchange.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/simulation/time_model.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/statistics/student_t.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/comm/thread_ranks.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

constexpr double kLambda = 0.01;

struct Case {
  std::string name;
  LocalSgdOptions options;
  int64_t iterations = 3000;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const auto add = [&](const char* name, int64_t workers, StepSize step_size,
                       SynchronisationSet set, double shift) {
    Case c;
    c.name = name;
    c.options.workers = workers;
    c.options.batch = 3;
    c.options.step_size = step_size;
    c.options.averaging_shift = shift;
    c.options.synchronisation = std::move(set);
    c.options.seed = 17;
    cases.push_back(std::move(c));
  };
  add("K=1 decaying H=4", 1, DecayingStepSize(0.01, 400), EveryPeriod(4), 1.0);
  add("K=6 theory H=4", 6, TheoremStepSize(kLambda, 2000.0), EveryPeriod(4),
      2000.0);
  add("K=5 constant H=25", 5, ConstantStepSize(0.7), EveryPeriod(25), 9.0);
  add("K=16 constant growing", 16, ConstantStepSize(0.2),
      GrowingPeriod(1.0, 16, 3), 9.0);
  return cases;
}

std::vector<double> Alone(const StepRows& rows, const Case& c, int threads,
                          Exchange* exchange = nullptr) {
  LocalSgdOptions options = c.options;
  options.threads = threads;
  options.exchange = exchange;
  LocalSgd algorithm(rows, kLambda, options);
  algorithm.AdvanceTo(c.iterations);
  return algorithm.MeanIterates();
}

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

std::atomic<int> failures = 0;  // ranks are threads

void Compare(const std::vector<double>& expected,
             const std::vector<double>& found, const std::string& name,
             const std::string& how) {
  if (SameBits(expected, found)) return;
  ++failures;
  std::fprintf(stderr, "%s: other bits with %s\n", name.c_str(), how.c_str());
}

void Print(const std::string& name, const std::vector<double>& values) {
  for (size_t j = 0; j < values.size(); ++j) {
    std::printf("%s [%zu] %a\n", name.c_str(), j, values[j]);
  }
}

// The run in a lane beside another one.
std::vector<double> InLane(const StepRows& rows, const Case& c) {
  LocalSgdOptions other = c.options;
  other.step_size = ConstantStepSize(0.1);
  LaneLocalSgd lanes(rows, kLambda,
                     {{other, LocalSgd(rows, kLambda, other).state()},
                      {c.options, LocalSgd(rows, kLambda, c.options).state()}});
  lanes.AdvanceTo(c.iterations);
  std::vector<double> iterates;
  for (const LaneDoubles& entry : lanes.MeanIterates()) {
    iterates.push_back(entry[1]);
  }
  return iterates;
}

// With each instruction set that this CPU and this build have.
void CompareTargets(const StepRows& rows, const Case& c,
                    const std::vector<double>& iterates) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    const std::string name = hwy::TargetName(target);
    Compare(iterates, Alone(rows, c, 1), c.name, name);
    Compare(iterates, InLane(rows, c), c.name, name + " in a lane");
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

void PrintTargets() {
  const char* separator = "";
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    std::printf("%s%s", separator, hwy::TargetName(target));
    separator = " ";
  }
  std::printf("\n");
}

void PrintTimes(const std::string& name, const TimeModel& model) {
  std::vector<double> times;
  for (int64_t i = 0; i < 24; ++i) {
    times.push_back(DrawTime(model, 17, TimeStream::kCompute, 2, i));
  }
  Print(name, times);
}

int Main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--targets") == 0) {
    PrintTargets();
    return 0;
  }
  if (argc > 1) {
    std::fprintf(stderr, "usage: final_iterates [--targets]\n");
    return 2;
  }
  SparseDataset data = MakeSyntheticData({.samples = 400, .features = 24});
  const StepRows rows = MakeStepRows(data).value();
  for (const Case& c : Cases()) {
    const std::vector<double> iterates = Alone(rows, c, 1);
    Print(c.name, iterates);
    for (const int threads : {2, 4}) {
      Compare(iterates, Alone(rows, c, threads), c.name,
              std::to_string(threads) + " threads");
    }
    CompareTargets(rows, c, iterates);
    for (const int ranks : {1, 2, 4}) {
      if (ranks > c.options.workers) continue;
      RunOnThreadRanks(ranks, [&](Exchange& exchange) {
        Compare(iterates, Alone(rows, c, 1, &exchange), c.name,
                std::to_string(ranks) + " ranks");
      });
    }
  }
  const LogisticRegression problem =
      MakeLogisticRegression(std::move(data), kLambda).value();
  Print("optimum", FindOptimum(problem).value().point);
  PrintTimes("exponential time", ExponentialTime(1.0));
  PrintTimes("Pareto time", ParetoTime(1.0, 1.5));
  std::vector<double> widths;
  for (int64_t nu = 1; nu <= 24; ++nu)
    widths.push_back(StudentTQuantile975(nu));
  Print("Student's t at 0.975", widths);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
