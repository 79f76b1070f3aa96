#include "data/fit_surrogate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "Eigen/Core"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "data/surrogate_quality.h"
#include "data/w8a_surrogate_model.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/files/output_file.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr int kRestarts = 8;
constexpr int kIterations = 80;
// Each component is smoothed by this many rows of its class.
constexpr double kSmoothingRows = 1;

struct ClassSettings {
  int label;
  int components;
  // A component's rows weigh as if margin and length were normal around its
  // mean with these standard deviations.
  double margin_deviation;
  double length_deviation;
};

constexpr double kAnyMargin = 1e9;
constexpr ClassSettings kPositive = {1, 30, 2.25, 4};
constexpr ClassSettings kNegative = {-1, 184, kAnyMargin, 4};

// A distinct row and how often its class has it.
struct Pattern {
  std::vector<int32_t> columns;
  double copies;
  double margin;

  double length() const { return static_cast<double>(columns.size()); }
};

// Sums over the rows of a component, each counted by its responsibility.
struct Moments {
  double rows = 0;
  double margins = 0;
  double lengths = 0;
  Eigen::VectorXd ones;  // one a column
};

std::vector<Pattern> PatternsOfClass(const SparseDataset& data, int label,
                                     const Eigen::VectorXd& optimum) {
  std::map<std::vector<int32_t>, int> copies;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    if (data.labels[i] != label) continue;
    ++copies[std::vector<int32_t>(
        data.columns.begin() + data.row_begin[i],
        data.columns.begin() + data.row_begin[i + 1])];
  }
  std::vector<Pattern> patterns;
  for (const auto& [columns, number] : copies) {
    double product = 0;
    for (const int32_t j : columns) product += optimum[j];
    patterns.push_back({columns, static_cast<double>(number), label * product});
  }
  return patterns;
}

// The sums over a whole class.
Moments TotalMoments(const std::vector<Pattern>& patterns, int num_features) {
  Moments total;
  total.ones = Eigen::VectorXd::Zero(num_features);
  for (const Pattern& pattern : patterns) {
    total.rows += pattern.copies;
    for (const int32_t j : pattern.columns) total.ones[j] += pattern.copies;
  }
  return total;
}

// Component 0 starts at the empty row, every other one halfway between the
// class and a row drawn at random.
std::vector<Moments> StartingMoments(const std::vector<Pattern>& patterns,
                                     const Moments& total, int components,
                                     std::mt19937_64& random) {
  std::vector<Moments> moments(components);
  const double share = total.rows / components;
  for (int k = 0; k < components; ++k) {
    moments[k].rows = share;
    moments[k].ones = Eigen::VectorXd::Zero(total.ones.size());
    if (k == 0) continue;
    const Pattern* pattern = nullptr;
    do {
      pattern = &patterns[random() % patterns.size()];
    } while (pattern->columns.empty());
    moments[k].margins = share * pattern->margin;
    moments[k].lengths = share * pattern->length();
    moments[k].ones = total.ones / (2.0 * components);
    for (const int32_t j : pattern->columns) moments[k].ones[j] += share / 2;
  }
  return moments;
}

// One step of expectation maximisation: the components that `moments` stand
// for, then the moments of the rows shared out among them.
std::vector<Moments> EmStep(const std::vector<Pattern>& patterns,
                            const Moments& total, const ClassSettings& settings,
                            const std::vector<Moments>& moments) {
  const int components = settings.components;
  const int num_features = static_cast<int>(total.ones.size());
  // log P(row | k) = base[k] + sum of log_odds(k, j) over the row's columns.
  Eigen::VectorXd base(components), margins(components), lengths(components);
  Eigen::MatrixXd log_odds(components, num_features);
  for (int k = 0; k < components; ++k) {
    const double rows = moments[k].rows + 1e-9;
    base[k] = std::log(rows / total.rows);
    margins[k] = moments[k].margins / rows;
    lengths[k] = moments[k].lengths / rows;
    for (int j = 0; j < num_features; ++j) {
      const double p =
          (moments[k].ones[j] + kSmoothingRows * total.ones[j] / total.rows) /
          (rows + kSmoothingRows);
      const double clamped = std::clamp(p, 1e-7, 1 - 1e-3);
      base[k] += std::log1p(-clamped);
      log_odds(k, j) = std::log(clamped / (1 - clamped));
    }
  }

  std::vector<Moments> next(components);
  for (Moments& m : next) m.ones = Eigen::VectorXd::Zero(num_features);
  for (const Pattern& pattern : patterns) {
    Eigen::VectorXd share =
        base -
        ((margins.array() - pattern.margin) / settings.margin_deviation)
                .square()
                .matrix() /
            2 -
        ((lengths.array() - pattern.length()) / settings.length_deviation)
                .square()
                .matrix() /
            2;
    for (const int32_t j : pattern.columns) share += log_odds.col(j);
    const double largest = share.maxCoeff();
    for (double& s : share) {
      s = s - largest < -30 ? 0.0 : std::exp(s - largest);
    }
    share *= pattern.copies / share.sum();
    for (int k = 0; k < components; ++k) {
      if (share[k] == 0) continue;
      next[k].rows += share[k];
      next[k].margins += share[k] * pattern.margin;
      next[k].lengths += share[k] * pattern.length();
      for (const int32_t j : pattern.columns) next[k].ones[j] += share[k];
    }
  }
  return next;
}

// Something to be rounded up or not; the larger fraction goes first.
struct Remainder {
  double fraction;
  int component;
  int above;
};

void SortByFraction(std::vector<Remainder>& remainders) {
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const Remainder& a, const Remainder& b) {
                     return a.fraction > b.fraction;
                   });
}

// Rounds to whole rows and to counts that have a code, by largest remainders,
// so that the class keeps its number of rows and, to within half a step of a
// code, each column its total.
std::vector<SurrogateComponent> Quantize(const std::vector<Moments>& moments,
                                         const Moments& total, int label) {
  const int components = static_cast<int>(moments.size());
  std::vector<SurrogateComponent> result(components);
  std::vector<Remainder> remainders;
  double left = total.rows;
  for (int k = 0; k < components; ++k) {
    const int rows = static_cast<int>(moments[k].rows);
    result[k] = {label, rows, {}};
    remainders.push_back({moments[k].rows - rows, k, rows + 1});
    left -= rows;
  }
  SortByFraction(remainders);
  for (int i = 0; left > 0.5; ++i, --left) {
    result[remainders[i].component].num_rows = remainders[i].above;
  }

  for (int j = 0; j < total.ones.size(); ++j) {
    remainders.clear();
    left = 0;
    for (int k = 0; k < components; ++k) {
      const double ones = moments[k].ones[j];
      const CountBracket bracket = BracketCount(ones, result[k].num_rows);
      result[k].counts.push_back(bracket.below);
      left += ones - bracket.below;
      if (bracket.above > bracket.below) {
        remainders.push_back(
            {(ones - bracket.below) / (bracket.above - bracket.below), k,
             bracket.above});
      }
    }
    SortByFraction(remainders);
    for (const Remainder& remainder : remainders) {
      int& count = result[remainder.component].counts[j];
      const int step = remainder.above - count;
      if (left < 0.5 * step) continue;
      count = remainder.above;
      left -= step;
    }
  }
  return result;
}

std::vector<SurrogateComponent> FitClass(const std::vector<Pattern>& patterns,
                                         int num_features,
                                         const ClassSettings& settings,
                                         uint64_t seed) {
  std::mt19937_64 random(seed);
  const Moments total = TotalMoments(patterns, num_features);
  std::vector<Moments> moments =
      StartingMoments(patterns, total, settings.components, random);
  for (int i = 0; i < kIterations; ++i) {
    moments = EmStep(patterns, total, settings, moments);
  }
  return Quantize(moments, total, settings.label);
}

double Deviation(double value, double reference) {
  return value / reference - 1;
}

// Sum of squared relative deviations of what a run of SGD feels.
double Misfit(const SurrogateQuality& quality, const SurrogateQuality& w8a) {
  double sum = 0;
  for (const double deviation :
       {Deviation(quality.smoothness, w8a.smoothness),
        Deviation(quality.optimal_value, w8a.optimal_value),
        Deviation(quality.optimal_point.norm(), w8a.optimal_point.norm()),
        Deviation(quality.second_moment_at_optimum,
                  w8a.second_moment_at_optimum)}) {
    sum += deviation * deviation;
  }
  return sum;
}

void PrintLine(const char* name, double value, double reference) {
  std::cout << absl::StrFormat("%-26s %16.9g %16.9g %+9.3f %%\n", name, value,
                               reference, 100 * Deviation(value, reference));
}

void PrintComparison(const SurrogateQuality& quality,
                     const SurrogateQuality& w8a) {
  std::cout << absl::StrFormat("%-26s %16s %16s %11s\n", "", "surrogate", "w8a",
                               "deviation");
  PrintLine("largest_feature", static_cast<double>(quality.largest_feature),
            static_cast<double>(w8a.largest_feature));
  PrintLine("nonzeros", static_cast<double>(quality.nonzeros),
            static_cast<double>(w8a.nonzeros));
  PrintLine("positives", static_cast<double>(quality.positives),
            static_cast<double>(w8a.positives));
  PrintLine("empty_rows", static_cast<double>(quality.empty_rows),
            static_cast<double>(w8a.empty_rows));
  PrintLine("smoothness", quality.smoothness, w8a.smoothness);
  PrintLine("optimal_value", quality.optimal_value, w8a.optimal_value);
  PrintLine("optimal_point_norm", quality.optimal_point.norm(),
            w8a.optimal_point.norm());
  PrintLine("second_moment_at_optimum", quality.second_moment_at_optimum,
            w8a.second_moment_at_optimum);
}

}  // namespace

absl::Status FitSurrogate(const std::string& w8a_path,
                          const std::string& model_path) {
  ASSIGN_OR_RETURN(const LibsvmFile file, ReadLibsvm(w8a_path));
  const SparseDataset& data = file.data;
  const int num_features = static_cast<int>(data.num_features);
  const SurrogateQuality w8a = MeasureQuality(data);
  std::cout << PrintableText(w8a_path) << ": sha256 " << file.sha256 << "\n";

  const std::vector<Pattern> positive =
      PatternsOfClass(data, kPositive.label, w8a.optimal_point);
  const std::vector<Pattern> negative =
      PatternsOfClass(data, kNegative.label, w8a.optimal_point);
  SurrogateModel best;
  SurrogateQuality best_quality;
  for (int restart = 0; restart < kRestarts; ++restart) {
    SurrogateModel model;
    model.num_features = num_features;
    for (const auto& [patterns, settings] :
         {std::pair(&positive, &kPositive), std::pair(&negative, &kNegative)}) {
      for (SurrogateComponent& component :
           FitClass(*patterns, num_features, *settings, restart)) {
        model.components.push_back(std::move(component));
      }
    }
    SurrogateQuality quality = MeasureQuality(DrawSurrogate(model));
    std::cout << absl::StrFormat("restart %d of %d: misfit %.6f\n", restart + 1,
                                 kRestarts, Misfit(quality, w8a))
              << std::flush;
    if (restart == 0 || Misfit(quality, w8a) < Misfit(best_quality, w8a)) {
      best = std::move(model);
      best_quality = std::move(quality);
    }
  }
  PrintComparison(best_quality, w8a);

  ASSIGN_OR_RETURN(const std::string bytes, SerializeSurrogate(best));
  RETURN_IF_ERROR(WriteFileAtomically(model_path, bytes));
  std::cout << PrintableText(model_path) << ": " << bytes.size() << " bytes\n";
  return absl::OkStatus();
}

}  // namespace local_sgd
