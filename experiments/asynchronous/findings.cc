#include "experiments/asynchronous/findings.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
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

// The runs of one setting, one a seed, ascending.
using Family = std::vector<AsynchronousRecord>;

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

int64_t LargestTau(const Family& family) {
  int64_t tau = 0;
  for (const AsynchronousRecord& r : family) tau = std::max(tau, r.tau);
  return tau;
}

// Families in the order of their first records; `key` tells them apart.
template <class Key>
std::vector<Family> FamiliesBy(const std::vector<AsynchronousRecord>& records,
                               const std::string& arm, const Key& key) {
  std::vector<Family> families;
  std::map<decltype(key(records[0])), size_t> places;
  for (const AsynchronousRecord& r : records) {
    if (r.arm != arm) continue;
    const auto [place, added] = places.insert({key(r), families.size()});
    if (added) families.emplace_back();
    families[place->second].push_back(r);
  }
  for (Family& family : families) {
    std::sort(family.begin(), family.end(),
              [](const AsynchronousRecord& a, const AsynchronousRecord& b) {
                return a.seed < b.seed;
              });
  }
  return families;
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

// A setting with both methods.
struct Pair {
  Family synchronous;
  Family asynchronous;
};

double TimeRatio(const Pair& pair, Kept kept) {
  return MeanOver(pair.synchronous, kept, Seconds) /
         MeanOver(pair.asynchronous, kept, Seconds);
}

std::vector<Pair> PairsOf(const std::vector<AsynchronousRecord>& records,
                          const std::string& arm) {
  std::vector<Pair> pairs;
  for (const Family& both :
       FamiliesBy(records, arm, [](const AsynchronousRecord& r) {
         return std::tuple(r.workers, r.period, r.compute, r.message,
                           r.message_seconds, r.slowdown, r.epsilon);
       })) {
    Pair pair;
    for (const AsynchronousRecord& r : both) {
      (r.method == "synchronous" ? pair.synchronous : pair.asynchronous)
          .push_back(r);
    }
    if (pair.synchronous.empty() ||
        pair.synchronous.size() != pair.asynchronous.size() ||
        !AllReached(both)) {
      continue;
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

void AddRatios(const std::vector<AsynchronousRecord>& records,
               const std::string& arm, FindingList& findings) {
  const std::vector<Pair> pairs = PairsOf(records, arm);
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

void AddDelays(const std::vector<AsynchronousRecord>& records,
               FindingList& findings) {
  const std::vector<Family> families =
      FamiliesBy(records, "delay", [](const AsynchronousRecord& r) {
        return std::tuple(r.regularization, r.slowdown, r.head_start,
                          r.iterations);
      });
  std::map<std::string, std::vector<const Family*>> by_lambda;
  for (const Family& family : families) {
    by_lambda[family[0].regularization].push_back(&family);
  }
  for (const auto& [lambda, all] : by_lambda) {
    const AsynchronousRecord& of = (*all[0])[0];
    const int64_t seeds = static_cast<int64_t>(all[0]->size());
    findings.Begin(of.dataset, absl::StrCat("lambda=", lambda));
    std::vector<const Family*> later;       // by head start, none first
    std::vector<const Family*> stragglers;  // by T
    for (const Family* family : all) {
      ((*family)[0].slowdown > 1.0 ? stragglers : later).push_back(family);
    }
    findings.AddEstimate("error_over_bound", "", seeds, [&all](Kept kept) {
      double largest = 0.0;
      for (const Family* family : all) {
        if (!(*family)[0].bound) continue;
        largest = std::max(largest,
                           MeanOver(*family, kept, Gap) / *(*family)[0].bound);
      }
      return largest;
    });
    const Family* none = later.empty() ? nullptr : later[0];
    if (none == nullptr || (*none)[0].head_start != 0.0) continue;
    const auto loss = [none](const Family& family, Kept kept) {
      return MeanOver(family, kept, Gap) - MeanOver(*none, kept, Gap);
    };
    std::vector<double> lengths;  // H + tau
    for (size_t i = 1; i < later.size(); ++i) {
      const Family& family = *later[i];
      const AsynchronousRecord& first = family[0];
      const std::string here =
          absl::StrCat("later=", ShortestText(first.head_start));
      findings.AddNumber("tau", here, seeds,
                         static_cast<double>(LargestTau(family)));
      findings.AddEstimate("delay_loss", here, seeds,
                           [&](Kept kept) { return loss(family, kept); });
      if (first.drift_term && (*none)[0].drift_term) {
        const double predicted = *first.drift_term - *(*none)[0].drift_term;
        findings.AddEstimate("loss_over_drift", here, seeds, [&](Kept kept) {
          return loss(family, kept) / predicted;
        });
      }
      lengths.push_back(static_cast<double>(first.period + LargestTau(family)));
    }
    const auto losses = [&](Kept kept) {
      std::vector<double> values;
      for (size_t i = 1; i < later.size(); ++i) {
        values.push_back(loss(*later[i], kept));
      }
      return values;
    };
    findings.AddExponent("loss_exponent", "", seeds, {lengths}, losses);
    std::vector<double> ends;
    for (const Family* family : stragglers) {
      ends.push_back(*(*family)[0].iterations);
    }
    findings.AddExponent(
        "straggler_tau_exponent", "", seeds, {ends}, [&](Kept kept) {
          std::vector<double> taus;
          for (const Family* family : stragglers) {
            taus.push_back(
                MeanOver(*family, kept, [](const AsynchronousRecord& r) {
                  return static_cast<double>(r.tau);
                }));
          }
          return taus;
        });
    if (!stragglers.empty()) {
      const Family& longest = *stragglers.back();
      findings.AddNumber("tau",
                         absl::StrCat("s=", ShortestText(longest[0].slowdown)),
                         seeds, static_cast<double>(LargestTau(longest)));
      findings.AddEstimate("straggler_loss", "", seeds,
                           [&](Kept kept) { return loss(longest, kept); });
    }
    findings.AddEstimate("error_without_delay", "", seeds,
                         [&](Kept kept) { return MeanOver(*none, kept, Gap); });
    if ((*none)[0].bias_term) {
      findings.AddEstimate("error_over_bias", "", seeds, [&](Kept kept) {
        return MeanOver(*none, kept, Gap) / *(*none)[0].bias_term;
      });
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<FindingRecord>> AsynchronousFindings(
    const std::vector<AsynchronousRecord>& records) {
  FindingList findings("asynchronous");
  AddRatios(records, "speed", findings);
  AddRatios(records, "straggler", findings);
  AddDelays(records, findings);
  return std::move(findings).Take();
}

}  // namespace local_sgd
