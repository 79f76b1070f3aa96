#include "lib/comm/agreement.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/comm/exchange.h"

namespace local_sgd {

absl::Status AgreeOn(Exchange& exchange, const absl::Status& here) {
  const double failed = here.ok() ? 0.0 : 1.0;
  const std::vector<double> all =
      exchange.Gather(absl::MakeConstSpan(&failed, 1));
  const auto first = std::find(all.begin(), all.end(), 1.0);
  if (first == all.end()) return absl::OkStatus();
  const int rank = static_cast<int>(first - all.begin());
  if (rank == exchange.rank()) return here;
  return absl::CancelledError(absl::StrCat("rank ", rank, " failed"));
}

}  // namespace local_sgd
