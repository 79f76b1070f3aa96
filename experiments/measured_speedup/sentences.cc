#include "experiments/measured_speedup/sentences.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/finding_sentences.h"
#include "experiments/measured_speedup/groups.h"
#include "experiments/measured_speedup/records.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

// "25.3 ± 0.4", or without an error "25.3".
std::string Measured(double value, std::optional<double> error) {
  std::string text = CellText(value, Significant(3));
  if (error && *error > 0) {
    absl::StrAppend(&text, " ± ", CellText(*error, Significant(2)));
  }
  return text;
}

// "15 % more", or "3 % fewer".
std::string MoreOrFewer(double ratio) {
  return absl::StrCat(CellText(100 * std::abs(ratio - 1), Decimals(0)),
                      ratio < 1 ? " % fewer" : " % more");
}

std::string Periodically(int64_t period) {
  return period == 1 ? "every step" : absl::StrCat("every ", period, " steps");
}

std::string GroupText(const SpeedupGroup& group) {
  return absl::StrCat("eps = ", ShortestText(group.epsilon),
                      ", b = ", group.batch);
}

// How many times more iterations the largest H takes than the smallest, with
// the most workers; nothing where one of the two did not reach epsilon.
std::optional<double> CostOfPeriod(const SpeedupGroup& group) {
  const SpeedupRecord* often =
      group.Find(group.workers.back(), group.periods.front());
  const SpeedupRecord* seldom =
      group.Find(group.workers.back(), group.periods.back());
  if (often == nullptr || seldom == nullptr || often == seldom) return {};
  if (!often->iterations || !seldom->iterations) return {};
  return *seldom->iterations / *often->iterations;
}

// Sentences about one data set and step size, whose groups these are.
std::vector<std::string> FamilySentences(
    const std::vector<SpeedupGroup>& family) {
  // The finest and the coarsest accuracy, at the smallest batch.
  const auto less = [](const SpeedupGroup& a, const SpeedupGroup& b) {
    return std::pair(a.epsilon, a.batch) < std::pair(b.epsilon, b.batch);
  };
  const SpeedupGroup& fine =
      *std::min_element(family.begin(), family.end(), less);
  const SpeedupGroup* coarse = &fine;
  for (const SpeedupGroup& group : family) {
    if (group.batch == fine.batch && group.epsilon > coarse->epsilon) {
      coarse = &group;
    }
  }
  const std::string steps =
      fine.step_size == "theory" ? "With the step sizes of Theorem 2.2"
      : fine.step_size == kTunedStepSize
          ? "With tuned step sizes"
          : absl::StrCat("With step sizes ", fine.step_size);
  std::vector<std::string> sentences;
  const LargestSpeedup free = FindLargestSpeedup(fine, CostModel::kFree);
  if (free.record != nullptr && free.record->workers > 1) {
    std::string text = absl::StrCat(
        steps, ", ", free.record->workers, " workers that synchronise ",
        Periodically(free.record->period), " reach the target (",
        GroupText(fine), ") in ",
        Measured(free.speedup, SpeedupError(*free.record, CostModel::kFree)),
        " times fewer iterations than one worker.");
    if (fine.step_size == "theory" &&
        2 * free.speedup < static_cast<double>(free.record->workers)) {
      absl::StrAppend(&text, " That is less than half of linear speedup.");
    }
    if (const LargestSpeedup other =
            FindLargestSpeedup(*coarse, CostModel::kFree);
        coarse != &fine && other.record != nullptr) {
      absl::StrAppend(&text, " At eps = ", ShortestText(coarse->epsilon),
                      " it is ",
                      Measured(other.speedup,
                               SpeedupError(*other.record, CostModel::kFree)),
                      " with ", other.record->workers, " workers.");
    }
    sentences.push_back(std::move(text));
  }
  if (fine.step_size == "theory") return sentences;
  if (const std::optional<double> cost = CostOfPeriod(fine)) {
    std::string text = absl::StrCat(
        steps, ", ", fine.workers.back(), " workers that synchronise ",
        Periodically(fine.periods.back()), " instead of ",
        Periodically(fine.periods.front()), " take ", MoreOrFewer(*cost),
        " iterations (", GroupText(fine), ")");
    const std::optional<double> other = CostOfPeriod(*coarse);
    if (coarse != &fine && other) {
      absl::StrAppend(&text, "; at eps = ", ShortestText(coarse->epsilon),
                      " they take ", MoreOrFewer(*other));
    }
    sentences.push_back(text + ".");
  }
  const LargestSpeedup ring = FindLargestSpeedup(fine, CostModel::kRing);
  if (ring.record != nullptr && ring.record->workers > 1) {
    std::string text = absl::StrCat(
        "Where exchanging a vector costs ", ShortestText(ring.record->rho),
        " gradients, under ring, the best speedup is ",
        Measured(ring.speedup, SpeedupError(*ring.record, CostModel::kRing)),
        ", with K = ", ring.record->workers, " and H = ", ring.record->period,
        " (", GroupText(fine), ")");
    const SpeedupRecord* often =
        fine.Find(ring.record->workers, fine.periods.front());
    if (often != nullptr && often != ring.record &&
        Speedup(*often, CostModel::kRing)) {
      absl::StrAppend(&text, "; with H = ", often->period, " the same K has ",
                      Measured(*Speedup(*often, CostModel::kRing),
                               SpeedupError(*often, CostModel::kRing)));
    }
    sentences.push_back(text + ".");
  }
  return sentences;
}

}  // namespace

Sentences MeasuredSpeedupSentences(const Evidence& evidence) {
  // Of so many families a sentence each comes first.
  constexpr size_t kFirst = 3;
  Sentences first;
  Sentences more;
  for (const std::vector<SpeedupGroup>& family :
       SpeedupFamilies(evidence.speedups)) {
    Sentences sentences = FamilySentences(family);
    for (size_t i = 0; i < sentences.size(); ++i) {
      (i == 0 && first.size() < kFirst ? first : more)
          .push_back(std::move(sentences[i]));
    }
  }
  std::move(more.begin(), more.end(), std::back_inserter(first));
  return first;
}

}  // namespace local_sgd
