// A long experiment as independent pieces: run on several threads, the most
// expensive first so that no core is left with a long one at the end, and kept
// in a journal as they finish.

#ifndef EXPERIMENTS_PIECES_H_
#define EXPERIMENTS_PIECES_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

struct Piece {
  std::string key;  // unique; says what it is to a reader of the progress
  double cost = 1;  // expected, in any unit
  // Must give the same result whatever else runs; called on one thread.
  std::function<absl::StatusOr<nlohmann::ordered_json>()> run;
};

// Where pieces report to; both may be null.
struct PieceReports {
  Journal* journal = nullptr;
  Progress* progress = nullptr;  // by cost
};

// The result of every piece by its key: those in the journal are not run again.
// Internal, before anything runs, when two have the same key; otherwise the
// first error in the order of the pieces; those that finished are in the
// journal all the same.
absl::StatusOr<std::map<std::string, nlohmann::ordered_json>> RunPieces(
    const std::vector<Piece>& pieces, int threads, const PieceReports& reports);

}  // namespace local_sgd

#endif  // EXPERIMENTS_PIECES_H_
