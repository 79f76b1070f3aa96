#include "lib/program/threads.h"

#include <omp.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace local_sgd {

int AvailableCores() { return std::max(1, omp_get_num_procs()); }

std::optional<int> ThreadsOfEnvironment() {
  const char* text = getenv("OMP_NUM_THREADS");
  if (text == nullptr) return std::nullopt;
  std::optional<int> first;
  for (const absl::string_view item : absl::StrSplit(text, ',')) {
    int64_t number = 0;
    if (!absl::SimpleAtoi(item, &number) || number < 1) return std::nullopt;
    if (!first) {
      first = static_cast<int>(std::min<int64_t>(number, kMostThreads));
    }
  }
  return first;
}

int ThreadsThatRun(int threads) {
  omp_set_dynamic(0);
  if (omp_get_max_active_levels() < 1) return 1;
  return std::max(1, std::min(threads, omp_get_thread_limit()));
}

}  // namespace local_sgd
