// Which program made a result, and on what machine.

#ifndef LIB_PROGRAM_BUILD_INFO_H_
#define LIB_PROGRAM_BUILD_INFO_H_

#include <string>

namespace local_sgd {

// Of the suite; CITATION.cff has the same.
inline constexpr char kSuiteVersion[] = "2.0.0";

struct BuildInfo {
  std::string version;   // see lib/program/version.h
  std::string compiler;  // name and version
  std::string cpu;       // model; "unknown" where the system does not say
  int cores = 0;         // that this process may use
};

// `version` is kVersion of lib/program/version.h, which only the main file of a
// program includes: it changes with every commit.
BuildInfo GetBuildInfo(const std::string& version);

// What --version says: name, version, commit and compiler, in one line.
// `version` as above.
std::string VersionText(const std::string& program, const std::string& version);

// The first "model name" in the text of /proc/cpuinfo, or "unknown".
std::string CpuModel(const std::string& cpuinfo);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_BUILD_INFO_H_
