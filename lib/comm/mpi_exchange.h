// The exchange between ranks of an MPI job.

#ifndef LIB_COMM_MPI_EXCHANGE_H_
#define LIB_COMM_MPI_EXCHANGE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"

namespace local_sgd {

// MPI from its initialisation to its end: one in a process, made by its main
// thread, which alone calls MPI. An error inside MPI ends the whole job.
class MpiJob {
 public:
  MpiJob(int* argc, char*** argv);
  ~MpiJob();
  MpiJob(const MpiJob&) = delete;
  MpiJob& operator=(const MpiJob&) = delete;

  int ranks() const { return ranks_; }
  int rank() const { return rank_; }
  int nodes() const { return nodes_; }  // machines that the ranks run on

 private:
  int ranks_ = 1;
  int rank_ = 0;
  int nodes_ = 1;
};

enum class Reduction {
  kTree,  // the fixed tree: the bits of a run in one process
  kFast,  // MPI_Allreduce, whose order is MPI's choice: bits may differ
};

// What the exchanges of a rank amounted to. Waiting for the slower ranks is in
// the seconds.
struct ExchangeCounts {
  int64_t sums = 0;
  double seconds = 0.0;
};

// Between all ranks of the job.
class MpiExchange : public Exchange {
 public:
  explicit MpiExchange(Reduction reduction);

  int ranks() const override { return ranks_; }
  int rank() const override { return rank_; }
  void Sum(const RankPlan& plan, absl::Span<double> sums,
           absl::Span<double> total) override;
  std::vector<double> Gather(absl::Span<const double> values) override;

  // Of Sum since the start.
  const ExchangeCounts& counts() const { return counts_; }

 private:
  const Reduction reduction_;
  int ranks_ = 1;
  int rank_ = 0;
  std::vector<double> scratch_;
  ExchangeCounts counts_;
};

}  // namespace local_sgd

#endif  // LIB_COMM_MPI_EXCHANGE_H_
