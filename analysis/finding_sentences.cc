#include "analysis/finding_sentences.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/speedup_groups.h"
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

// "163 [131, 180]".
std::string WithInterval(const FindingRecord& finding, Precision precision) {
  std::string text = CellText(finding.value, precision);
  if (finding.low && finding.high) {
    absl::StrAppend(&text, " [", CellText(*finding.low, precision), ", ",
                    CellText(*finding.high, precision), "]");
  }
  return text;
}

// The parts of a setting: {"K", "16"} of "K=16", {"theory", ""} of "theory".
std::vector<std::pair<std::string, std::string>> PartsOf(
    const FindingRecord& finding) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (absl::string_view part : absl::StrSplit(finding.setting, ", ")) {
    parts.push_back(absl::StrSplit(part, absl::MaxSplits('=', 1)));
  }
  return parts;
}

// The value of a part; empty where there is none.
std::string PartOf(const FindingRecord& finding, const std::string& name) {
  for (const auto& [part, value] : PartsOf(finding)) {
    if (part == name) return value;
  }
  return "";
}

double NumberOf(const FindingRecord& finding, const std::string& name) {
  double number = 0;
  (void)absl::SimpleAtod(PartOf(finding, name), &number);
  return number;
}

std::vector<const FindingRecord*> Named(
    const std::vector<FindingRecord>& findings, const std::string& experiment,
    const std::string& name) {
  std::vector<const FindingRecord*> named;
  for (const FindingRecord& finding : findings) {
    if (finding.experiment == experiment && finding.name == name) {
      named.push_back(&finding);
    }
  }
  return named;
}

// The finding of that name and setting, or null.
const FindingRecord* FindFinding(const std::vector<FindingRecord>& findings,
                                 const std::string& name,
                                 const std::string& setting) {
  for (const FindingRecord& finding : findings) {
    if (finding.name == name && finding.setting == setting) return &finding;
  }
  return nullptr;
}

// How far bound (5) is above the error.
void AddBound(const std::vector<FindingRecord>& findings,
              std::vector<std::string>& sentences) {
  std::vector<std::string> texts;
  for (const FindingRecord* finding :
       Named(findings, "convergence_bound", "smallest_bound_over_error")) {
    if (PartOf(*finding, "constants") != "path") continue;
    texts.push_back(absl::StrCat(
        WithInterval(*finding, Significant(3)),
        " times the error at lambda = ", PartOf(*finding, "lambda")));
  }
  if (texts.empty()) return;
  sentences.push_back(absl::StrCat(
      "The bound of Theorem 2.2, even with the constants that were measured "
      "along the path, is at least ",
      absl::StrJoin(texts, " and "), "."));
}

// How the variance of the last iterate falls with K, at the largest H.
void AddVariance(const std::vector<FindingRecord>& findings,
                 std::vector<std::string>& sentences) {
  const FindingRecord* shown = nullptr;
  for (const FindingRecord* finding :
       Named(findings, "variance_reduction", "variance_slope")) {
    if (!absl::StrContains(finding->setting, "theory, H=") ||
        !absl::EndsWith(finding->setting, ", last, equal T")) {
      continue;
    }
    if (shown == nullptr || NumberOf(*finding, "H") > NumberOf(*shown, "H")) {
      shown = finding;
    }
  }
  if (shown == nullptr) return;
  sentences.push_back(absl::StrCat(
      "With the step sizes of Theorem 2.2 the variance of the last iterate, "
      "the "
      "mean over the workers, falls like K^p, p = ",
      WithInterval(*shown, Decimals(2)),
      " (lambda = ", PartOf(*shown, "lambda"), ", H = ", PartOf(*shown, "H"),
      "); linear speedup has p = -1."));
}

// The exponents of the largest admissible period in the first arm that has
// them.
void AddPeriod(const std::vector<FindingRecord>& findings,
               std::vector<std::string>& sentences) {
  for (const FindingRecord* of_iterations :
       Named(findings, "communication_period", "exponent_of_iterations")) {
    const std::string& setting = of_iterations->setting;
    const FindingRecord* of_workers =
        FindFinding(findings, "exponent_of_workers", setting);
    absl::string_view arm = setting;
    if (of_workers == nullptr || !absl::ConsumeSuffix(&arm, ", error")) {
      continue;
    }
    std::string text = absl::StrCat(
        "The largest period that costs little error against H = 1 goes like "
        "T^p K^q, p = ",
        WithInterval(*of_iterations, Decimals(2)),
        ", q = ", WithInterval(*of_workers, Decimals(2)), " (", arm,
        "); H = O(sqrt(T/(K b))) has p = 0.5, q = -0.5.");
    sentences.push_back(std::move(text));
    return;
  }
}

// The schedule that is the cheapest under ring at rho = 25, for the smallest
// epsilon.
void AddSchedule(const std::vector<FindingRecord>& findings,
                 std::vector<std::string>& sentences) {
  std::vector<const FindingRecord*> times;
  double epsilon = 0;
  for (const FindingRecord* finding :
       Named(findings, "communication_period", "schedule_time")) {
    if (!absl::EndsWith(finding->setting, ", ring, rho=25")) continue;
    const double own = NumberOf(*finding, "epsilon");
    if (times.empty() || own < epsilon) {
      times.clear();
      epsilon = own;
    }
    if (own == epsilon) times.push_back(finding);
  }
  const FindingRecord* best = nullptr;
  const FindingRecord* every_step = nullptr;
  for (const FindingRecord* time : times) {
    if (best == nullptr || time->value < best->value) best = time;
    if (absl::StartsWith(time->setting, "period:1, ")) every_step = time;
  }
  if (best == nullptr || every_step == nullptr || best == every_step) return;
  sentences.push_back(absl::StrCat(
      "Of ", times.size(), " schedules of communication, ",
      PartsOf(*best).front().first, " reaches eps = ", ShortestText(epsilon),
      " with ", PartOf(*best, "K"),
      " workers first where a vector costs 25 gradients under ring: in the "
      "time of ",
      WithInterval(*best, Decimals(0)), " gradients; H = 1 takes ",
      CellText(every_step->value / best->value, Significant(3)),
      " times as long."));
}

// What the slowest straggler costs the synchronous method.
void AddAsynchrony(const std::vector<FindingRecord>& findings,
                   std::vector<std::string>& sentences) {
  const FindingRecord* shown = nullptr;
  for (const FindingRecord* finding :
       Named(findings, "asynchronous", "time_ratio")) {
    const auto key = [](const FindingRecord& r) {
      return std::pair(NumberOf(r, "s"), -NumberOf(r, "eps"));
    };
    if (NumberOf(*finding, "s") <= 1) continue;
    if (shown == nullptr || key(*finding) > key(*shown)) shown = finding;
  }
  if (shown == nullptr) return;
  sentences.push_back(absl::StrCat(
      "With one of ", PartOf(*shown, "K"), " workers ", PartOf(*shown, "s"),
      " times slower than the others the synchronous method takes ",
      WithInterval(*shown, Significant(3)),
      " times the modelled time of the asynchronous one (eps = ",
      PartOf(*shown, "eps"), ", H = ", PartOf(*shown, "H"), ")."));
}

}  // namespace

FindingSentences SentencesOf(const std::vector<SpeedupRecord>& records,
                             const std::vector<FindingRecord>& findings) {
  constexpr size_t kFirst = 3;
  FindingSentences told;
  std::vector<std::string> rest;  // about speedups
  for (const std::vector<SpeedupGroup>& family : SpeedupFamilies(records)) {
    std::vector<std::string> sentences = FamilySentences(family);
    for (size_t i = 0; i < sentences.size(); ++i) {
      std::vector<std::string>& where =
          i == 0 && told.first.size() < kFirst ? told.first : rest;
      where.push_back(std::move(sentences[i]));
    }
  }
  AddBound(findings, rest);
  AddVariance(findings, rest);
  AddPeriod(findings, rest);
  AddSchedule(findings, rest);
  AddAsynchrony(findings, rest);
  for (std::string& sentence : rest) {
    (told.first.size() < kFirst ? told.first : told.more)
        .push_back(std::move(sentence));
  }
  return told;
}

}  // namespace local_sgd
