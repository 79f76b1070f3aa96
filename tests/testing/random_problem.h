// Random small problems for property tests, which shrink to smaller ones when
// a property fails, and their objective in long double.

#ifndef TESTS_TESTING_RANDOM_PROBLEM_H_
#define TESTS_TESTING_RANDOM_PROBLEM_H_

#include <cmath>
#include <cstdint>
#include <map>
#include <ostream>
#include <utility>
#include <vector>

#include "lib/dataset/sparse_dataset.h"
#include "rapidcheck.h"

namespace local_sgd {

struct RandomProblem {
  SparseDataset data;
  double lambda = 1.0;

  double row_square(int64_t i) const {  // |a_i|^2
    double sum = 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      sum += data.values[p] * data.values[p];
    }
    return sum;
  }
};

// As LIBSVM text, for the report of a failure.
inline void showValue(const RandomProblem& problem, std::ostream& out) {
  const SparseDataset& data = problem.data;
  out << "lambda " << problem.lambda << ", " << data.num_features
      << " features\n";
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    out << data.labels[i];
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      out << " " << data.columns[p] + 1 << ":" << data.values[p];
    }
    out << "\n";
  }
}

// Multiples of 2^-10 in [-largest, largest].
inline rc::Gen<double> AnyMultiple(int largest) {
  return rc::gen::map(
      rc::gen::inRange(-1024 * largest, 1024 * largest + 1),
      [](int multiple) { return static_cast<double>(multiple) / 1024.0; });
}

// 2^i, first <= i <= last.
inline rc::Gen<double> AnyPowerOfTwo(int first, int last) {
  return rc::gen::map(rc::gen::inRange(first, last + 1),
                      [](int i) { return std::ldexp(1.0, i); });
}

// 1 to 40 samples, some empty and some alike, of 1 to 12 features with values
// in [-4, 4]; lambda = 2^i, smallest_exponent <= i <= 3.
inline rc::Gen<RandomProblem> AnyProblem(int smallest_exponent) {
  return rc::gen::exec([smallest_exponent] {
    RandomProblem problem;
    problem.lambda = *AnyPowerOfTwo(smallest_exponent, 3);
    SparseDataset& data = problem.data;
    const int features = *rc::gen::inRange(1, 13);
    data.num_features = features;
    const int samples = *rc::gen::inRange(1, 41);
    const bool unit_values = *rc::gen::arbitrary<bool>();
    for (int i = 0; i < samples; ++i) {
      const auto entries = *rc::gen::resize(
          features,
          rc::gen::container<std::vector<std::pair<int, double>>>(rc::gen::pair(
              rc::gen::inRange(0, features), AnyMultiple(/*largest=*/4))));
      data.labels.push_back(*rc::gen::element(1.0, -1.0));
      for (const auto& [column, value] :
           std::map<int, double>(entries.begin(), entries.end())) {
        data.columns.push_back(column);
        data.values.push_back(unit_values ? 1.0 : value);
      }
      data.row_begin.push_back(static_cast<int64_t>(data.columns.size()));
    }
    return problem;
  });
}

// <a_i, x>.
inline long double ExactMargin(const SparseDataset& data, int64_t i,
                               const std::vector<long double>& x) {
  long double margin = 0;
  for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
    margin += static_cast<long double>(data.values[p]) * x[data.columns[p]];
  }
  return margin;
}

// f(x) = (1/n) sum_i log(1 + exp(-y_i <a_i, x>)) + lambda/2 |x|^2.
inline long double ExactValue(const RandomProblem& problem,
                              const std::vector<long double>& x) {
  const SparseDataset& data = problem.data;
  long double sum = 0;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const long double m = data.labels[i] * ExactMargin(data, i, x);
    sum += m > 0 ? std::log1p(std::exp(-m)) : -m + std::log1p(std::exp(m));
  }
  long double square = 0;
  for (const long double v : x) square += v * v;
  return sum / static_cast<long double>(data.num_samples()) +
         static_cast<long double>(problem.lambda) / 2 * square;
}

// grad f(x).
inline std::vector<long double> ExactGradient(
    const RandomProblem& problem, const std::vector<long double>& x) {
  const SparseDataset& data = problem.data;
  std::vector<long double> gradient(x.size(), 0);
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const long double y = data.labels[i];
    const long double slope = -y / (1 + std::exp(y * ExactMargin(data, i, x))) /
                              static_cast<long double>(data.num_samples());
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      gradient[data.columns[p]] +=
          slope * static_cast<long double>(data.values[p]);
    }
  }
  for (size_t j = 0; j < x.size(); ++j) {
    gradient[j] += static_cast<long double>(problem.lambda) * x[j];
  }
  return gradient;
}

}  // namespace local_sgd

#endif  // TESTS_TESTING_RANDOM_PROBLEM_H_
