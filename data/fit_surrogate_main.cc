// bazel run //data:fit_surrogate -- PATH/TO/w8a data/w8a_surrogate.model

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "data/fit_surrogate.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/version.h"

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const absl::StatusOr<std::vector<std::string>> files =
      ParseCommandLineWithArguments(
          argc, argv,
          "fit_surrogate W8A_FILE MODEL_FILE\n\nFits the embedded stand-in for "
          "w8a and writes its model file.");
  if (!files.ok()) return FailUsage(files.status());
  if (files->size() != 2) {
    return FailUsage(absl::InvalidArgumentError(absl::StrCat(
        "found ", files->size(), " files, expected W8A_FILE MODEL_FILE")));
  }
  const auto w8a = PathFromUser(/*flag=*/"", (*files)[0]);
  if (!w8a.ok()) return FailUsage(w8a.status());
  const auto model = PathFromUser(/*flag=*/"", (*files)[1]);
  if (!model.ok()) return FailUsage(model.status());
  const absl::Status status = FitSurrogate(*w8a, *model);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"fit_surrogate", local_sgd::kVersion}, local_sgd::Main);
}
