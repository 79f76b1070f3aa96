// Counts the memory that is allocated: whether it follows from the size of the
// input, or from a number that stands in it. Under AddressSanitizer that is all
// of malloc, otherwise operator new, which is replaced wherever this is linked.

#ifndef TESTS_FUZZ_ALLOCATIONS_H_
#define TESTS_FUZZ_ALLOCATIONS_H_

#include <cstdint>

namespace local_sgd {

// The most bytes that were allocated at one time, by any thread, since the
// construction and beyond what was allocated then. One at a time.
class PeakAllocation {
 public:
  PeakAllocation();
  int64_t bytes() const;

 private:
  int64_t before_;
};

}  // namespace local_sgd

#endif  // TESTS_FUZZ_ALLOCATIONS_H_
