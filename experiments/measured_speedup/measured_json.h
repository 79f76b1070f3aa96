// What the journal keeps of finished pieces, to JSON and back, bit for bit.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_MEASURED_JSON_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_MEASURED_JSON_H_

#include <vector>

#include "absl/status/statusor.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

nlohmann::ordered_json ToJson(const std::vector<RunSummary>& summaries);
nlohmann::ordered_json ToJson(const std::vector<StepSizeSearch>& searches);

// Internal error for JSON of another shape. A gap that is not finite comes back
// as infinity.
absl::StatusOr<std::vector<RunSummary>> SummariesFromJson(
    const nlohmann::ordered_json& json);
absl::StatusOr<std::vector<StepSizeSearch>> SearchesFromJson(
    const nlohmann::ordered_json& json);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_MEASURED_JSON_H_
