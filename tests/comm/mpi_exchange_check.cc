// Run as an MPI job by mpi_exchange_test.sh: sums over the ranks are those of
// one process, to the bit, and what is gathered is in the order of the ranks.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/comm/worker_tree.h"

namespace local_sgd {
namespace {

int failures = 0;

void Expect(bool holds, const std::string& what, int rank) {
  if (holds) return;
  ++failures;
  std::fprintf(stderr, "FAILED on rank %d: %s\n", rank, what.c_str());
}

// Entry j of worker k's vector; sums depend on their order.
double EntryOf(int64_t k, int64_t j) { return std::sin(1.0 + 7.0 * k + 3 * j); }

// Over workers [begin, end) of the tree.
std::vector<double> TreeSum(int64_t begin, int64_t end, int64_t length) {
  std::vector<double> sum;
  for (int64_t j = 0; j < length; ++j) {
    sum.push_back(
        SumOverWorkers(begin, end, [j](int64_t k) { return EntryOf(k, j); }));
  }
  return sum;
}

void CheckSums(MpiExchange& exchange, bool same_bits) {
  int64_t sums_taken = 0;
  for (const int64_t workers : {4, 5, 8, 13, 16, 31}) {
    for (const int64_t length : {1, 301, 20'000}) {
      const RankPlan plan =
          MakeRankPlan(workers, exchange.ranks(), exchange.rank());
      std::vector<double> sums;
      for (const WorkerRange& node : plan.nodes) {
        const std::vector<double> sum = TreeSum(node.begin, node.end, length);
        sums.insert(sums.end(), sum.begin(), sum.end());
      }
      std::vector<double> total(length);
      exchange.Sum(plan, absl::MakeSpan(sums), absl::MakeSpan(total));
      const std::vector<double> expected = TreeSum(0, workers, length);
      double largest_error = 0.0;
      for (int64_t j = 0; j < length; ++j) {
        largest_error =
            std::max(largest_error, std::abs(total[j] - expected[j]));
      }
      Expect(same_bits ? total == expected : largest_error < 1e-13,
             "sum over " + std::to_string(workers) + " workers, off by " +
                 std::to_string(largest_error),
             exchange.rank());
      Expect(exchange.counts().sums == ++sums_taken, "count of sums",
             exchange.rank());
    }
  }
}

void CheckGather(MpiExchange& exchange) {
  // Rank r gives r numbers: none, 1, 2 2, 3 3 3.
  std::vector<double> here(exchange.rank(), exchange.rank());
  std::vector<double> expected;
  for (int r = 0; r < exchange.ranks(); ++r)
    expected.insert(expected.end(), r, r);
  Expect(exchange.Gather(here) == expected, "gathered numbers",
         exchange.rank());
}

int Main(int argc, char** argv) {
  const MpiJob job(&argc, &argv);
  if (argc != 2 || job.ranks() != std::stoi(argv[1])) {
    std::fprintf(stderr, "FAILED: %d ranks\n", job.ranks());
    return 1;
  }
  Expect(job.nodes() == 1, "one machine", job.rank());
  MpiExchange tree(Reduction::kTree);
  CheckSums(tree, /*same_bits=*/true);
  CheckGather(tree);
  MpiExchange fast(Reduction::kFast);
  CheckSums(fast, /*same_bits=*/false);
  if (failures == 0 && job.rank() == 0) {
    std::printf("%d ranks passed\n", job.ranks());
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
