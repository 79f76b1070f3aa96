#include "experiments/resumable.h"

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/program/interrupt.h"
#include "lib/program/journal.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

absl::StatusOr<Journal> BeginResumable(const std::string& program,
                                       const std::string& folder,
                                       const nlohmann::ordered_json& settings) {
  const std::string path = absl::StrCat(folder, "/", program, ".journal");
  ASSIGN_OR_RETURN(Journal journal, Journal::Open(path, settings));
  const std::string shown = PrintableText(path);
  if (journal.num_recovered() > 0) {
    std::cerr << "going on: " << journal.num_recovered()
              << " pieces were finished before, see " << shown << "\n";
  }
  SayOnInterrupt(
      absl::StrCat("interrupted; the same command goes on from ", shown));
  return journal;
}

absl::Status EndResumable(Journal& journal) {
  SayOnInterrupt("");
  return journal.Remove();
}

}  // namespace local_sgd
