#include "lib/solver/rank_values.h"

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/local_sgd.h"

namespace local_sgd {

std::array<double, 4> ValuesOnRanks(const LogisticRegression& problem,
                                    const LocalSgdOptions& options,
                                    absl::Span<const double> points) {
  if (options.exchange == nullptr) {
    return ValuesAtFour(problem, points, options.threads);
  }
  Exchange& exchange = *options.exchange;
  const int64_t chunks = NumChunks(problem);
  int64_t num_samples = problem.num_samples();
  int64_t begin = 0;
  int64_t end = chunks;
  if (options.sharded_data) {
    const double here = static_cast<double>(num_samples);
    num_samples = 0;
    for (const double samples :
         exchange.Gather(absl::MakeConstSpan(&here, 1))) {
      num_samples += static_cast<int64_t>(samples);
    }
  } else {
    begin = exchange.rank() * chunks / exchange.ranks();
    end = (exchange.rank() + 1) * chunks / exchange.ranks();
  }
  const std::vector<double> losses = exchange.Gather(
      ChunkLossesAtFour(problem, points, begin, end, options.threads));
  return ValuesFromChunkLosses(losses, num_samples, problem.lambda, points);
}

}  // namespace local_sgd
