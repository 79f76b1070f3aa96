// bazel run //analysis:compare -- OLD/ NEW/: exit code 0 if the folders agree,
// 1 if they differ, 2 if that cannot be said.

#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/compare.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"

ABSL_FLAG(std::string, tolerance, "0",
          "numbers agree up to this relative difference; 0: the same text");

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const auto folders = ParseCommandLineWithArguments(
      argc, argv,
      "compare OLD/ NEW/ [--tolerance=R]\n\nCompares two results folders. "
      "Exit code 0: they agree, 1: they differ, 2: that cannot be said.");
  if (!folders.ok()) return FailUsage(folders.status());
  if (folders->size() != 2) {
    return FailUsage(absl::InvalidArgumentError(
        absl::StrCat("found ", folders->size(),
                     " folders, expected OLD/ NEW/ [--tolerance=R]")));
  }
  const auto tolerance =
      ParseNumber("tolerance", absl::GetFlag(FLAGS_tolerance), 0);
  if (!tolerance.ok()) return FailUsage(tolerance.status());
  const auto before = PathFromUser(/*flag=*/"", (*folders)[0]);
  if (!before.ok()) return FailUsage(before.status());
  const auto after = PathFromUser(/*flag=*/"", (*folders)[1]);
  if (!after.ok()) return FailUsage(after.status());
  for (const std::string& folder : {*before, *after}) {
    if (absl::Status status = CheckOneOrigin(folder); !status.ok()) {
      return FailUsage(status);
    }
  }
  const auto comparison = CompareFolders(*before, *after, *tolerance);
  if (!comparison.ok()) return FailUsage(comparison.status());
  std::cout << ComparisonText(*comparison, *tolerance);
  return comparison->differences.empty() ? 0 : 1;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"compare", local_sgd::kVersion, /*failure=*/2},
                               local_sgd::Main);
}
