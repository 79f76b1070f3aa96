// The flags that every program of analysis/ takes.

#ifndef ANALYSIS_PROGRAMS_ANALYSIS_FLAGS_H_
#define ANALYSIS_PROGRAMS_ANALYSIS_FLAGS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace local_sgd {

struct AnalysisFlags {
  std::string input;   // folder with the records
  std::string output;  // folder for what is made from them; may not exist yet
  std::optional<double> rho;  // price of a vector; nothing: as recorded
};

// Parses the command line. With --rho the output goes into a folder of its own
// in the input folder unless --output_dir says otherwise, so that the files of
// the recorded price stay. Errors name flag and value.
absl::StatusOr<AnalysisFlags> ParseAnalysisFlags(int argc, char** argv,
                                                 const std::string& usage);

}  // namespace local_sgd

#endif  // ANALYSIS_PROGRAMS_ANALYSIS_FLAGS_H_
