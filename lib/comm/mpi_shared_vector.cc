#include "lib/comm/mpi_shared_vector.h"

#include <mpi.h>

#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"

namespace local_sgd {

MpiSharedVector::MpiSharedVector(int64_t size) : size_(size) {
  int ranks = 1;
  int rank = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  block_ = std::max<int64_t>(1, (size + ranks - 1) / ranks);
  const int64_t here = std::clamp<int64_t>(size - rank * block_, 0, block_);
  double* entries = nullptr;
  MPI_Win_allocate(here * static_cast<MPI_Aint>(sizeof(double)), sizeof(double),
                   MPI_INFO_NULL, MPI_COMM_WORLD, &entries, &window_);
  MPI_Win_lock_all(MPI_MODE_NOCHECK, window_);
  std::fill_n(entries, here, 0.0);
  MPI_Win_sync(window_);
  MPI_Barrier(MPI_COMM_WORLD);
}

MpiSharedVector::~MpiSharedVector() {
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

template <class Access>
void MpiSharedVector::ForEachPiece(int64_t begin, int64_t length,
                                   const Access& access) {
  constexpr int64_t kMaxPiece = int64_t{1} << 28;  // MPI counts in int
  const int64_t end = begin + length;
  for (int64_t i = begin; i < end;) {
    const int64_t rank = i / block_;
    const int64_t next = std::min({end, (rank + 1) * block_, i + kMaxPiece});
    access(i - begin, static_cast<int>(next - i), static_cast<int>(rank),
           static_cast<MPI_Aint>(i - rank * block_));
    i = next;
  }
  if (length == 0) return;
  for (int64_t rank = begin / block_; rank <= (end - 1) / block_; ++rank) {
    MPI_Win_flush(static_cast<int>(rank), window_);
  }
}

void MpiSharedVector::Add(int64_t begin, absl::Span<const double> update) {
  ForEachPiece(begin, static_cast<int64_t>(update.size()),
               [&](int64_t offset, int count, int rank, MPI_Aint place) {
                 MPI_Accumulate(update.data() + offset, count, MPI_DOUBLE, rank,
                                place, count, MPI_DOUBLE, MPI_SUM, window_);
               });
}

void MpiSharedVector::Read(int64_t begin, absl::Span<double> entries) {
  ForEachPiece(begin, static_cast<int64_t>(entries.size()),
               [&](int64_t offset, int count, int rank, MPI_Aint place) {
                 double* into = entries.data() + offset;
                 MPI_Get_accumulate(nullptr, 0, MPI_DOUBLE, into, count,
                                    MPI_DOUBLE, rank, place, count, MPI_DOUBLE,
                                    MPI_NO_OP, window_);
               });
}

void MpiSharedVector::LetOthersGoOn() {
  int arrived = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &arrived,
             MPI_STATUS_IGNORE);
}

}  // namespace local_sgd
