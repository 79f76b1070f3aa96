// The vector that the ranks of an MPI job share, through one-sided MPI: each
// rank holds a block of it in an MPI window, so that no rank carries all the
// traffic, and all may access all blocks from the start to the end.
//
// An add is MPI_Accumulate with MPI_SUM. A read is MPI_Get_accumulate with
// MPI_NO_OP, an MPI_Get that is atomic for each entry: what a plain MPI_Get
// fetches during somebody's MPI_Accumulate is undefined (MPI 3.1, 11.7.1).

#ifndef LIB_COMM_MPI_SHARED_VECTOR_H_
#define LIB_COMM_MPI_SHARED_VECTOR_H_

#include <mpi.h>

#include <cstdint>

#include "absl/types/span.h"
#include "lib/comm/shared_vector.h"

namespace local_sgd {

class MpiSharedVector : public SharedVector {
 public:
  // Collective; so is the end. size >= 0 entries, the same on all ranks.
  explicit MpiSharedVector(int64_t size);
  ~MpiSharedVector() override;
  MpiSharedVector(const MpiSharedVector&) = delete;
  MpiSharedVector& operator=(const MpiSharedVector&) = delete;

  int64_t size() const override { return size_; }
  void Add(int64_t begin, absl::Span<const double> update) override;
  void Read(int64_t begin, absl::Span<double> entries) override;

  // Open MPI has no thread of its own for what arrives through a network: an
  // access of this rank's block goes on only while this rank is inside MPI.
  // (Within one machine the window is shared memory and needs no help.)
  void LetOthersGoOn() override;

 private:
  // Calls access(offset in the range, count, rank, offset in its block) for
  // every piece of the range that lies in one block, then waits until all that
  // was begun has been done there.
  template <class Access>
  void ForEachPiece(int64_t begin, int64_t length, const Access& access);

  const int64_t size_;
  int64_t block_;  // entries of a rank; the last ranks may have fewer
  MPI_Win window_;
};

}  // namespace local_sgd

#endif  // LIB_COMM_MPI_SHARED_VECTOR_H_
