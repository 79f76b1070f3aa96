// bazel run //data:download

#include <iostream>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/download.h"
#include "data/open_dataset.h"
#include "data/w8a.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/records/outside_text.h"

ABSL_FLAG(std::string, data_url, "",
          "where to download w8a; empty: the LIBSVM data page");

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const absl::Status parsed = ParseCommandLine(
      argc, argv,
      "Downloads w8a, checks its size and sha256, and only then puts it where "
      "the experiments look for it.");
  if (!parsed.ok()) return FailUsage(parsed);
  const DataEnvironment environment = DataEnvironment::FromProcess();
  if (const std::optional<std::string> path = FindW8a(environment)) {
    const absl::StatusOr<NamedDataset> opened = OpenDataset("w8a", environment);
    if (!opened.ok()) return Fail(opened.status());
    std::cout << PrintableText(*path) << " is w8a already\n";
    return 0;
  }
  const absl::StatusOr<NamedDataset> opened =
      OpenOrDownloadW8a(environment, absl::GetFlag(FLAGS_data_url));
  if (!opened.ok()) return Fail(opened.status());
  std::cout << "w8a is in " << PrintableText(W8aDestination(environment))
            << "\n";
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"download", local_sgd::kVersion},
                               local_sgd::Main);
}
