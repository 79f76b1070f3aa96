#include "experiments/asynchronous/findings.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/asynchronous/records.h"
#include "lib/records/finding_list.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/statistics/jackknife.h"

namespace local_sgd {
namespace {

using Family = AsynchronousFamily;
using Pair = AsynchronousPair;

double MeanOver(const Family& family, Kept kept,
                const std::function<double(const AsynchronousRecord&)>& of) {
  double sum = 0.0;
  for (const int64_t i : kept) sum += of(family[i]);
  return sum / static_cast<double>(kept.size());
}

double Seconds(const AsynchronousRecord& r) { return *r.seconds; }
double Iterations(const AsynchronousRecord& r) { return *r.iterations; }
// Infinite where the run diverged.
double Gap(const AsynchronousRecord& r) {
  return r.gap.value_or(std::numeric_limits<double>::infinity());
}

bool AllReached(const Family& family) {
  return std::all_of(
      family.begin(), family.end(),
      [](const AsynchronousRecord& r) { return r.iterations.has_value(); });
}

std::string SettingOf(const AsynchronousRecord& r) {
  std::string text = absl::StrCat("K=", r.workers, ", H=", r.period);
  if (r.arm == "straggler") {
    absl::StrAppend(&text, ", s=", ShortestText(r.slowdown));
  } else {
    absl::StrAppend(&text, ", compute=", r.compute, ", message=", r.message,
                    " ", ShortestText(r.message_seconds));
  }
  return absl::StrCat(text, ", eps=", ShortestText(*r.epsilon));
}

// Whether every seed of both methods is there and reached its epsilon.
bool IsWhole(const Pair& pair) {
  return pair.synchronous.size() == pair.asynchronous.size() &&
         AllReached(pair.synchronous) && AllReached(pair.asynchronous);
}

double TimeRatio(const Pair& pair, Kept kept) {
  return MeanOver(pair.synchronous, kept, Seconds) /
         MeanOver(pair.asynchronous, kept, Seconds);
}

void AddRatios(const std::vector<AsynchronousRecord>& records,
               const std::string& arm, FindingList& findings) {
  std::vector<Pair> pairs = PairsOf(records, arm);
  std::erase_if(pairs, std::not_fn(IsWhole));
  // By epsilon; pairs come by ascending slowdown.
  std::map<double, std::optional<const Pair*>> pays_from;
  for (const Pair& pair : pairs) {
    const AsynchronousRecord& of = pair.asynchronous[0];
    const int64_t seeds = static_cast<int64_t>(pair.asynchronous.size());
    findings.Begin(of.dataset);
    findings.AddEstimate("time_ratio", SettingOf(of), seeds,
                         [&pair](Kept kept) { return TimeRatio(pair, kept); });
    findings.AddEstimate(
        "iterations_ratio", SettingOf(of), seeds, [&pair](Kept kept) {
          return MeanOver(pair.asynchronous, kept, Iterations) /
                 MeanOver(pair.synchronous, kept, Iterations);
        });
    findings.AddNumber("tau", SettingOf(of), seeds,
                       static_cast<double>(LargestTau(pair.asynchronous)));
    std::vector<int64_t> foreign;
    for (const AsynchronousRecord& r : pair.asynchronous) {
      foreign.push_back(r.foreign_steps_median);
    }
    std::sort(foreign.begin(), foreign.end());
    findings.AddNumber("foreign_steps", SettingOf(of), seeds,
                       static_cast<double>(foreign[foreign.size() / 2]));
    if (arm != "straggler" || seeds < 2) continue;
    const auto ratio =
        Jackknife(seeds, [&pair](Kept kept) { return TimeRatio(pair, kept); });
    if (!ratio.ok()) continue;
    std::optional<const Pair*>& from = pays_from[*of.epsilon];
    if (ratio->low <= 1.0) {
      from.reset();
    } else if (!from) {
      from = &pair;
    }
  }
  for (const auto& [epsilon, from] : pays_from) {
    if (!from) continue;
    const AsynchronousRecord& of = (*from)->asynchronous[0];
    findings.AddNumber("pays_from",
                       absl::StrCat("K=", of.workers, ", H=", of.period,
                                    ", eps=", ShortestText(epsilon)),
                       static_cast<int64_t>((*from)->asynchronous.size()),
                       of.slowdown);
  }
}

// The arm delay with one lambda.
struct Delays {
  std::vector<Family> all;
  std::vector<Family> later;       // by head start, none first
  std::vector<Family> stragglers;  // by T

  const Family& none() const { return later[0]; }
  int64_t seeds() const { return static_cast<int64_t>(all[0].size()); }

  // What a delay costs.
  double Loss(const Family& family, Kept kept) const {
    return MeanOver(family, kept, Gap) - MeanOver(none(), kept, Gap);
  }
};

void AddLosses(const Delays& delays, FindingList& findings) {
  const std::optional<double> without = delays.none()[0].drift_term;
  std::vector<double> lengths;  // H + tau
  for (size_t i = 1; i < delays.later.size(); ++i) {
    const Family& family = delays.later[i];
    const AsynchronousRecord& first = family[0];
    const std::string here =
        absl::StrCat("later=", ShortestText(first.head_start));
    findings.AddNumber("tau", here, delays.seeds(),
                       static_cast<double>(LargestTau(family)));
    findings.AddEstimate("delay_loss", here, delays.seeds(),
                         [&](Kept kept) { return delays.Loss(family, kept); });
    if (first.drift_term && without) {
      const double predicted = *first.drift_term - *without;
      findings.AddEstimate(
          "loss_over_drift", here, delays.seeds(),
          [&](Kept kept) { return delays.Loss(family, kept) / predicted; });
    }
    lengths.push_back(static_cast<double>(first.period + LargestTau(family)));
  }
  findings.AddExponent("loss_exponent", "", delays.seeds(), {lengths},
                       [&](Kept kept) {
                         std::vector<double> losses;
                         for (size_t i = 1; i < delays.later.size(); ++i) {
                           losses.push_back(delays.Loss(delays.later[i], kept));
                         }
                         return losses;
                       });
}

void AddStragglers(const Delays& delays, FindingList& findings) {
  if (delays.stragglers.empty()) return;
  std::vector<double> ends;
  for (const Family& family : delays.stragglers) {
    ends.push_back(*family[0].iterations);
  }
  findings.AddExponent(
      "straggler_tau_exponent", "", delays.seeds(), {ends}, [&](Kept kept) {
        std::vector<double> taus;
        for (const Family& family : delays.stragglers) {
          taus.push_back(
              MeanOver(family, kept, [](const AsynchronousRecord& r) {
                return static_cast<double>(r.tau);
              }));
        }
        return taus;
      });
  const Family& longest = delays.stragglers.back();
  findings.AddNumber("tau",
                     absl::StrCat("s=", ShortestText(longest[0].slowdown)),
                     delays.seeds(), static_cast<double>(LargestTau(longest)));
  findings.AddEstimate("straggler_loss", "", delays.seeds(),
                       [&](Kept kept) { return delays.Loss(longest, kept); });
}

// In the scope of the lambda.
void AddDelays(const Delays& delays, FindingList& findings) {
  findings.AddEstimate("error_over_bound", "", delays.seeds(), [&](Kept kept) {
    double largest = 0.0;
    for (const Family& family : delays.all) {
      if (!family[0].bound) continue;
      largest =
          std::max(largest, MeanOver(family, kept, Gap) / *family[0].bound);
    }
    return largest;
  });
  if (delays.later.empty() || delays.none()[0].head_start != 0.0) return;
  AddLosses(delays, findings);
  AddStragglers(delays, findings);
  const auto error = [&](Kept kept) {
    return MeanOver(delays.none(), kept, Gap);
  };
  findings.AddEstimate("error_without_delay", "", delays.seeds(), error);
  if (const auto& bias = delays.none()[0].bias_term) {
    findings.AddEstimate("error_over_bias", "", delays.seeds(),
                         [&](Kept kept) { return error(kept) / *bias; });
  }
}

void AddAllDelays(const std::vector<AsynchronousRecord>& records,
                  FindingList& findings) {
  std::map<std::string, Delays> by_lambda;
  for (const Family& family : FamiliesOf(records, "delay")) {
    const AsynchronousRecord& first = family[0];
    Delays& delays = by_lambda[first.regularization];
    delays.all.push_back(family);
    (first.slowdown > 1.0 ? delays.stragglers : delays.later).push_back(family);
  }
  for (const auto& [lambda, delays] : by_lambda) {
    findings.Begin(delays.all[0][0].dataset, absl::StrCat("lambda=", lambda));
    AddDelays(delays, findings);
  }
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> AsynchronousFindings(
    const std::vector<AsynchronousRecord>& records) {
  FindingList findings("asynchronous");
  AddRatios(records, "speed", findings);
  AddRatios(records, "straggler", findings);
  AddAllDelays(records, findings);
  return std::move(findings).Take();
}

}  // namespace local_sgd
