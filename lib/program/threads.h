// How many threads a run has, as --threads and OpenMP's environment say.

#ifndef LIB_PROGRAM_THREADS_H_
#define LIB_PROGRAM_THREADS_H_

#include <optional>

namespace local_sgd {

inline constexpr int kMostThreads = 1024;

// Cores that this process may use, at least 1: those of its affinity when it
// started, whatever OMP_PROC_BIND did to the first thread since.
int AvailableCores();

// The first number of OMP_NUM_THREADS, at most kMostThreads; nothing where that
// is not set or no list of positive whole numbers.
std::optional<int> ThreadsOfEnvironment();

// How many of `threads` a parallel region has: fewer where OMP_THREAD_LIMIT or
// OMP_MAX_ACTIVE_LEVELS=0 say so. From the first call on OpenMP never decides
// by itself to start fewer (OMP_DYNAMIC).
int ThreadsThatRun(int threads);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_THREADS_H_
