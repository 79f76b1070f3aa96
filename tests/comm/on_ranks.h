// A test on ranks, written once: linked with on_thread_ranks they are threads
// of the test, several numbers of them in turn; with on_mpi_ranks those of the
// MPI job that runs it.

#ifndef TESTS_COMM_ON_RANKS_H_
#define TESTS_COMM_ON_RANKS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "lib/comm/exchange.h"
#include "lib/comm/shared_vector.h"

namespace local_sgd {

using SharedVectors = std::vector<std::unique_ptr<SharedVector>>;

// Calls run(exchange, shared) on every rank, where shared are vectors of the
// given sizes that the ranks share. Only EXPECT in it, never ASSERT: a rank
// that leaves lets the others wait.
void OnRanks(const std::vector<int64_t>& sizes,
             const std::function<void(Exchange&, const SharedVectors&)>& run);

}  // namespace local_sgd

#endif  // TESTS_COMM_ON_RANKS_H_
