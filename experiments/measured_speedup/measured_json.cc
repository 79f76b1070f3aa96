#include "experiments/measured_speedup/measured_json.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/records/json_number.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/theory/step_size_grid.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

double NumberOrInfinity(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::infinity()
                        : json.get<double>();
}

// What get<int64_t>() and get<int>() would cut or round to fit.
int64_t Integer(const Json& json, int64_t minimum, int64_t maximum) {
  if (!json.is_number_integer() ||
      (json.is_number_unsigned() &&
       json.get<uint64_t>() > static_cast<uint64_t>(maximum)) ||
      json.get<int64_t>() < minimum || json.get<int64_t>() > maximum) {
    throw std::out_of_range(absl::StrCat("found ", json.dump(),
                                         ", expected an integer from ", minimum,
                                         " to ", maximum));
  }
  return json.get<int64_t>();
}

int64_t Integer(const Json& json) {
  return Integer(json, std::numeric_limits<int64_t>::min(),
                 std::numeric_limits<int64_t>::max());
}

// An enum of so many values, from 0.
template <class Enum>
Enum EnumFrom(const Json& json, int64_t values) {
  return static_cast<Enum>(Integer(json, 0, values - 1));
}

Iterate IterateFrom(const Json& json) {
  return EnumFrom<Iterate>(json, kNumIterates);
}

Json IndexOrNull(const std::optional<size_t>& index) {
  return index ? Json(*index) : Json();
}

std::optional<size_t> OptionalIndex(
    const Json& json, const std::vector<CandidateResult>& ledger) {
  if (json.is_null()) return std::nullopt;
  return static_cast<size_t>(
      Integer(json, 0, static_cast<int64_t>(ledger.size()) - 1));
}

Json CandidateJson(const StepSizeCandidate& candidate) {
  return {static_cast<int>(candidate.family), candidate.exponent};
}

StepSizeCandidate CandidateFrom(const Json& json) {
  constexpr int kFamilies = 2;
  return {EnumFrom<StepSizeFamily>(json.at(0), kFamilies),
          static_cast<int>(Integer(json.at(1), std::numeric_limits<int>::min(),
                                   std::numeric_limits<int>::max()))};
}

RunSummary SummaryFrom(const Json& json) {
  RunSummary summary;
  for (const Json& r : json.at("reached")) {
    summary.reached.push_back({.epsilon = r.at(0).get<double>(),
                               .iterations = Integer(r.at(1)),
                               .iterate = IterateFrom(r.at(2))});
  }
  summary.iterations = Integer(json.at("iterations"));
  for (int q = 0; q < kNumIterates; ++q) {
    summary.gaps[q] = NumberOrInfinity(json.at("gaps").at(q));
  }
  summary.diverged = json.at("diverged");
  summary.gradients = Integer(json.at("gradients"));
  summary.rounds = Integer(json.at("rounds"));
  summary.vectors = Integer(json.at("vectors"));
  summary.bytes = Integer(json.at("bytes"));
  summary.wall_seconds = json.at("wall_seconds");
  summary.step_seconds = json.at("step_seconds");
  summary.gradients_per_second =
      NumberOrInfinity(json.at("gradients_per_second"));
  summary.runs_side_by_side = Integer(json.at("runs_side_by_side"));
  return summary;
}

StepSizeSearch SearchFrom(const Json& json) {
  StepSizeSearch search;
  search.epsilon = json.at("epsilon");
  for (const Json& c : json.at("ledger")) {
    CandidateResult result;
    result.candidate = CandidateFrom(c.at("candidate"));
    result.outcome = EnumFrom<CandidateOutcome>(
        c.at("outcome"), static_cast<int>(CandidateOutcome::kNotTried) + 1);
    result.iterations = Integer(c.at("iterations"));
    result.iterate = IterateFrom(c.at("iterate"));
    result.gap = NumberOrInfinity(c.at("gap"));
    result.same_as = CandidateFrom(c.at("same_as"));
    search.ledger.push_back(result);
  }
  search.winner = OptionalIndex(json.at("winner"), search.ledger);
  search.runner_up = OptionalIndex(json.at("runner_up"), search.ledger);
  search.interior = json.at("interior");
  return search;
}

// nlohmann's library throws on JSON of another shape; nothing of ours does.
template <class T, class FromJson>
absl::StatusOr<std::vector<T>> ListFromJson(const Json& json,
                                            const FromJson& from_json) {
  if (!json.is_array()) return absl::InternalError("a record is not a list");
  try {
    std::vector<T> list;
    for (const Json& entry : json) list.push_back(from_json(entry));
    return list;
  } catch (const std::exception& error) {
    return absl::InternalError(
        absl::StrCat("a record of another shape: ", error.what()));
  }
}

}  // namespace

Json ToJson(const std::vector<RunSummary>& summaries) {
  Json list = Json::array();
  for (const RunSummary& summary : summaries) {
    Json json;
    json["reached"] = Json::array();
    for (const Reached& r : summary.reached) {
      json["reached"].push_back(
          {r.epsilon, r.iterations, static_cast<int>(r.iterate)});
    }
    json["iterations"] = summary.iterations;
    json["gaps"] = Json::array();
    for (const double gap : summary.gaps) {
      json["gaps"].push_back(FiniteOrNull(gap));
    }
    json["diverged"] = summary.diverged;
    json["gradients"] = summary.gradients;
    json["rounds"] = summary.rounds;
    json["vectors"] = summary.vectors;
    json["bytes"] = summary.bytes;
    json["wall_seconds"] = summary.wall_seconds;
    json["step_seconds"] = summary.step_seconds;
    json["gradients_per_second"] = FiniteOrNull(summary.gradients_per_second);
    json["runs_side_by_side"] = summary.runs_side_by_side;
    list.push_back(std::move(json));
  }
  return list;
}

Json ToJson(const std::vector<StepSizeSearch>& searches) {
  Json list = Json::array();
  for (const StepSizeSearch& search : searches) {
    Json json;
    json["epsilon"] = search.epsilon;
    json["ledger"] = Json::array();
    for (const CandidateResult& result : search.ledger) {
      json["ledger"].push_back({{"candidate", CandidateJson(result.candidate)},
                                {"outcome", static_cast<int>(result.outcome)},
                                {"iterations", result.iterations},
                                {"iterate", static_cast<int>(result.iterate)},
                                {"gap", FiniteOrNull(result.gap)},
                                {"same_as", CandidateJson(result.same_as)}});
    }
    json["winner"] = IndexOrNull(search.winner);
    json["runner_up"] = IndexOrNull(search.runner_up);
    json["interior"] = search.interior;
    list.push_back(std::move(json));
  }
  return list;
}

absl::StatusOr<std::vector<RunSummary>> SummariesFromJson(const Json& json) {
  return ListFromJson<RunSummary>(json, SummaryFrom);
}

absl::StatusOr<std::vector<StepSizeSearch>> SearchesFromJson(const Json& json) {
  return ListFromJson<StepSizeSearch>(json, SearchFrom);
}

}  // namespace local_sgd
