// A vector that every rank adds to and reads when it likes, without any other
// rank's doing: what Algorithm 2 shares. Ranks of an MPI job have
// MpiSharedVector (mpi_shared_vector.h).

#ifndef LIB_COMM_SHARED_VECTOR_H_
#define LIB_COMM_SHARED_VECTOR_H_

#include <cstdint>

#include "absl/types/span.h"

namespace local_sgd {

class SharedVector {
 public:
  virtual ~SharedVector() = default;

  // Entries; all are 0 at first.
  virtual int64_t size() const = 0;

  // Entries [begin, begin + update.size()) += update. Every entry is added
  // atomically, so none is lost and none arrives twice; the update as a whole
  // is not, so a reader may see a part of it. It has been added when this
  // returns: whoever learns of that afterwards also reads it.
  virtual void Add(int64_t begin, absl::Span<const double> update) = 0;

  // entries = entries [begin, begin + entries.size()), each read atomically.
  virtual void Read(int64_t begin, absl::Span<double> entries) = 0;

  // Called now and then by a rank that does neither with any shared vector for
  // a while: the others' adds and reads may have to wait for it otherwise.
  virtual void LetOthersGoOn() = 0;
};

}  // namespace local_sgd

#endif  // LIB_COMM_SHARED_VECTOR_H_
