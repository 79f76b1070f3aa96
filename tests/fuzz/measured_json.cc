// What the journal keeps of runs and of searches for step sizes: JSON that is
// accepted has values in range, and is the same after a way to JSON and back.

#include "experiments/measured_speedup/measured_json.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/theory/step_size_grid.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

template <class Record>
void RequireSame(
    const std::vector<Record>& records,
    absl::StatusOr<std::vector<Record>> (*from_json)(const Json&)) {
  const std::string text = ToJson(records).dump();
  const absl::StatusOr<std::vector<Record>> again =
      from_json(Json::parse(text));
  Require(again.ok(), "what is written can be read", again.status().ToString());
  Require(ToJson(*again).dump() == text, "the same records", text);
}

}  // namespace

void FuzzOneInput(absl::string_view bytes) {
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr,
                                /*allow_exceptions=*/false);
  if (json.is_discarded()) return;
  if (const auto summaries = SummariesFromJson(json); summaries.ok()) {
    for (const RunSummary& summary : *summaries) {
      for (const Reached& reached : summary.reached) {
        Require(!IterateName(reached.iterate).empty(), "an iterate");
      }
    }
    RequireSame(*summaries, SummariesFromJson);
  }
  if (const auto searches = SearchesFromJson(json); searches.ok()) {
    for (const StepSizeSearch& search : *searches) {
      for (const CandidateResult& result : search.ledger) {
        Require(!IterateName(result.iterate).empty(), "an iterate");
        Require(std::string(OutcomeName(result.outcome)) != "", "an outcome");
        const auto family = static_cast<int>(result.candidate.family);
        Require(family == 0 || family == 1, "a family");
      }
    }
    RequireSame(*searches, SearchesFromJson);
  }
}

}  // namespace local_sgd
