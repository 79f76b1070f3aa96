// A problem on which every run takes milliseconds.

#ifndef TESTS_EXPERIMENTS_SMALL_PROBLEM_H_
#define TESTS_EXPERIMENTS_SMALL_PROBLEM_H_

#include <utility>

#include "data/open_dataset.h"
#include "experiments/problem.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {

inline Problem SmallProblem(bool unit_values = false) {
  NamedDataset dataset;
  dataset.name = "small";
  dataset.sha256 = "00";
  dataset.data = MakeSyntheticData(
      {.samples = 80, .features = 6, .unit_values = unit_values});
  return MakeProblem(std::move(dataset), /*lambda=*/{}).value();
}

}  // namespace local_sgd

#endif  // TESTS_EXPERIMENTS_SMALL_PROBLEM_H_
