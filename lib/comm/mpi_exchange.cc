#include "lib/comm/mpi_exchange.h"

#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/rank_plan.h"

namespace local_sgd {
namespace {

constexpr int kTag = 1;

// MPI counts in int: longer vectors go in pieces. Calls piece(offset, count).
template <class Piece>
void ForEachPiece(int64_t length, const Piece& piece) {
  constexpr int64_t kMaxPiece = int64_t{1} << 28;
  for (int64_t offset = 0; offset < length; offset += kMaxPiece) {
    piece(offset, static_cast<int>(std::min(kMaxPiece, length - offset)));
  }
}

}  // namespace

MpiJob::MpiJob(int* argc, char*** argv) {
  int provided = 0;
  MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
  if (provided < MPI_THREAD_FUNNELED) {
    std::fputs("error: this MPI allows no threads beside the main one\n",
               stderr);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm node;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_,
                      MPI_INFO_NULL, &node);
  int rank_in_node = 0;
  MPI_Comm_rank(node, &rank_in_node);
  MPI_Comm_free(&node);
  const int is_first = rank_in_node == 0 ? 1 : 0;
  MPI_Allreduce(&is_first, &nodes_, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
}

MpiJob::~MpiJob() { MPI_Finalize(); }

MpiExchange::MpiExchange(Reduction reduction) : reduction_(reduction) {
  MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
}

void MpiExchange::Sum(const RankPlan& plan, absl::Span<double> sums,
                      absl::Span<double> total) {
  const double start = MPI_Wtime();
  const int64_t length = static_cast<int64_t>(total.size());
  if (reduction_ == Reduction::kTree) {
    scratch_.resize(length);
    MergeRanks(
        plan, length, sums, absl::MakeSpan(scratch_),
        [](absl::Span<const double> sum, int peer) {
          ForEachPiece(sum.size(), [&](int64_t offset, int count) {
            MPI_Send(sum.data() + offset, count, MPI_DOUBLE, peer, kTag,
                     MPI_COMM_WORLD);
          });
        },
        [](absl::Span<double> sum, int peer) {
          ForEachPiece(sum.size(), [&](int64_t offset, int count) {
            MPI_Recv(sum.data() + offset, count, MPI_DOUBLE, peer, kTag,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
          });
        });
    if (rank_ == 0) std::copy_n(sums.begin(), length, total.begin());
    ForEachPiece(length, [&](int64_t offset, int count) {
      MPI_Bcast(total.data() + offset, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    });
  } else {
    for (size_t node = 1; node < plan.nodes.size(); ++node) {
      for (int64_t j = 0; j < length; ++j) sums[j] += sums[node * length + j];
    }
    ForEachPiece(length, [&](int64_t offset, int count) {
      MPI_Allreduce(sums.data() + offset, total.data() + offset, count,
                    MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    });
  }
  ++counts_.sums;
  counts_.seconds += MPI_Wtime() - start;
}

std::vector<double> MpiExchange::Gather(absl::Span<const double> values) {
  const int count = static_cast<int>(values.size());
  std::vector<int> counts(ranks_);
  MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, MPI_COMM_WORLD);
  std::vector<int> offsets(ranks_);
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), 0);
  std::vector<double> all(offsets.back() + counts.back());
  MPI_Allgatherv(values.data(), count, MPI_DOUBLE, all.data(), counts.data(),
                 offsets.data(), MPI_DOUBLE, MPI_COMM_WORLD);
  return all;
}

}  // namespace local_sgd
