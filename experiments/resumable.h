// What makes a long experiment safe to kill: its finished pieces are in a
// journal until its results are written, and whoever kills it is told so.

#ifndef EXPERIMENTS_RESUMABLE_H_
#define EXPERIMENTS_RESUMABLE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/program/journal.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// PROGRAM.journal in the folder, which exists: that of an earlier run of the
// same settings, or a new one. From now on a signal ends the process with a
// word on how to go on. Errors: those of Journal::Open, which refuses a journal
// of other settings; they should name the data and the version too.
absl::StatusOr<Journal> BeginResumable(const std::string& program,
                                       const std::string& folder,
                                       const nlohmann::ordered_json& settings);

// When the results are written: removes the journal, and on a signal no longer
// says that it can be gone on from.
absl::Status EndResumable(Journal& journal);

}  // namespace local_sgd

#endif  // EXPERIMENTS_RESUMABLE_H_
