#include "lib/results/build_info.h"

#include <errno.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "lib/results/output_file.h"

namespace local_sgd {
namespace {

std::string Compiler() {
#if defined(__clang__)
  return absl::StrCat("Clang ", __clang_version__);
#elif defined(__GNUC__)
  return absl::StrCat("GCC ", __VERSION__);
#else
  return "unknown";
#endif
}

}  // namespace

int AvailableCores() {
  // The kernel refuses a set with room for fewer CPUs than it may have.
  for (int cpus = CPU_SETSIZE; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* const allowed = CPU_ALLOC(cpus);
    if (allowed == nullptr) break;
    const size_t size = CPU_ALLOC_SIZE(cpus);
    const bool is_known = sched_getaffinity(0, size, allowed) == 0;
    const bool is_too_small = !is_known && errno == EINVAL;
    const int count = is_known ? CPU_COUNT_S(size, allowed) : 0;
    CPU_FREE(allowed);
    if (is_known) return count;
    if (!is_too_small) break;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string CpuModel(const std::string& cpuinfo) {
  size_t begin = 0;
  while (begin < cpuinfo.size()) {
    const size_t end = std::min(cpuinfo.find('\n', begin), cpuinfo.size());
    const std::string line = cpuinfo.substr(begin, end - begin);
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
    begin = end + 1;
  }
  return "unknown";
}

std::string VersionText(const std::string& program,
                        const std::string& version) {
  return absl::StrCat(program, " ", kSuiteVersion, " (commit ", version, ", ",
                      Compiler(), ")");
}

BuildInfo GetBuildInfo(const std::string& version) {
  BuildInfo info;
  info.version = version;
  info.compiler = Compiler();
  info.cpu = CpuModel(ReadFile("/proc/cpuinfo").value_or(""));
  info.cores = AvailableCores();
  return info;
}

}  // namespace local_sgd
