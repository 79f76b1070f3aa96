#include "experiments/single/single_result.h"

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/files/output_file.h"
#include "lib/program/results_origin.h"
#include "lib/status_macros.h"

namespace local_sgd {

absl::Status WriteAndPrint(const std::string& study, const std::string& json,
                           const std::string& text,
                           const ReplacedResults& replaced,
                           const std::string& folder) {
  RETURN_IF_ERROR(EnsureFolder(folder));
  RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(folder, "/", study, ".json"), json));
  RETURN_IF_ERROR(RemoveReplaced(replaced, folder, std::cerr));
  std::cout << text;
  return absl::OkStatus();
}

}  // namespace local_sgd
