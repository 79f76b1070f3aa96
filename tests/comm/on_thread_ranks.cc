#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "lib/comm/shared_vector.h"
#include "tests/comm/on_ranks.h"
#include "tests/comm/thread_ranks.h"

namespace local_sgd {

void OnRanks(const std::vector<int64_t>& sizes,
             const std::function<void(Exchange&, const SharedVectors&)>& run) {
  for (const int ranks : {1, 2, 3, 4}) {
    SCOPED_TRACE(ranks);
    std::vector<std::vector<double>> entries;
    for (const int64_t size : sizes) entries.emplace_back(size, 0.0);
    RunOnThreadRanks(ranks, [&](Exchange& exchange) {
      SharedVectors shared;
      for (std::vector<double>& vector : entries) {
        shared.push_back(
            std::make_unique<ThreadSharedVector>(absl::MakeSpan(vector)));
      }
      run(exchange, shared);
    });
  }
}

}  // namespace local_sgd
