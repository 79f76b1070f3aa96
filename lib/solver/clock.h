// What the solver measures its own time with.

#ifndef LIB_SOLVER_CLOCK_H_
#define LIB_SOLVER_CLOCK_H_

#include <chrono>

namespace local_sgd {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_CLOCK_H_
