#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "lib/comm/exchange.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/comm/mpi_shared_vector.h"
#include "tests/comm/on_ranks.h"

namespace local_sgd {

void OnRanks(const std::vector<int64_t>& sizes,
             const std::function<void(Exchange&, const SharedVectors&)>& run) {
  MpiExchange exchange(Reduction::kTree);
  SharedVectors shared;
  for (const int64_t size : sizes) {
    shared.push_back(std::make_unique<MpiSharedVector>(size));
  }
  run(exchange, shared);
}

}  // namespace local_sgd
