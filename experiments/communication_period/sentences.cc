#include "experiments/communication_period/sentences.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/finding_sentences.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

// The finding of that name and setting, or null.
const FindingRecord* FindFinding(const std::vector<FindingRecord>& findings,
                                 const std::string& name,
                                 const std::string& setting) {
  for (const FindingRecord& finding : findings) {
    if (finding.name == name && finding.setting == setting) return &finding;
  }
  return nullptr;
}

// The exponents of the largest admissible period in the first arm that has
// them.
void AddPeriod(const Evidence& evidence, Sentences& sentences) {
  for (const FindingRecord* of_iterations :
       Named(evidence, "communication_period", "exponent_of_iterations")) {
    const std::string& setting = of_iterations->setting;
    const FindingRecord* of_workers =
        FindFinding(evidence.findings, "exponent_of_workers", setting);
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
void AddSchedule(const Evidence& evidence, Sentences& sentences) {
  std::vector<const FindingRecord*> times;
  double epsilon = 0;
  for (const FindingRecord* finding :
       Named(evidence, "communication_period", "schedule_time")) {
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

}  // namespace

Sentences CommunicationPeriodSentences(const Evidence& evidence) {
  Sentences sentences;
  AddPeriod(evidence, sentences);
  AddSchedule(evidence, sentences);
  return sentences;
}

}  // namespace local_sgd
