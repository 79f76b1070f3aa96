#include "lib/program/build_info.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/files/output_file.h"
#include "lib/program/threads.h"
#include "lib/records/outside_text.h"

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

std::string CpuModel(const std::string& cpuinfo) {
  size_t begin = 0;
  while (begin < cpuinfo.size()) {
    const size_t end = std::min(cpuinfo.find('\n', begin), cpuinfo.size());
    const std::string line = cpuinfo.substr(begin, end - begin);
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return PrintableText(line.substr(colon + 2));
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
