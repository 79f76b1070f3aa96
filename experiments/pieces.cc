#include "experiments/pieces.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

absl::StatusOr<std::map<std::string, nlohmann::ordered_json>> RunPieces(
    const std::vector<Piece>& pieces, int threads,
    const PieceReports& reports) {
  std::set<std::string> keys;
  for (const Piece& piece : pieces) {
    if (keys.insert(piece.key).second) continue;
    return absl::InternalError(
        absl::StrCat("two pieces of work are called '", piece.key, "'"));
  }
  std::vector<size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&pieces](size_t i, size_t j) {
    return pieces[i].cost > pieces[j].cost;
  });
  std::vector<nlohmann::ordered_json> results(pieces.size());
  std::vector<absl::Status> statuses(pieces.size());
  std::atomic<bool> failed = false;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (size_t p = 0; p < order.size(); ++p) {
    if (failed) continue;
    const Piece& piece = pieces[order[p]];
    const nlohmann::ordered_json* const before =
        reports.journal == nullptr ? nullptr : reports.journal->Find(piece.key);
    if (before != nullptr) {
      results[order[p]] = *before;
    } else {
      absl::StatusOr<nlohmann::ordered_json> result = piece.run();
      absl::Status status = result.status();
      if (status.ok() && reports.journal != nullptr) {
        status = reports.journal->Append(piece.key, *result);
      }
      if (!status.ok()) {
        statuses[order[p]] = status;
        failed = true;
        continue;
      }
      results[order[p]] = *std::move(result);
    }
    if (reports.progress != nullptr) {
      reports.progress->Add(piece.cost, piece.key);
    }
  }
  std::map<std::string, nlohmann::ordered_json> by_key;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (!statuses[i].ok()) return statuses[i];
    by_key[pieces[i].key] = std::move(results[i]);
  }
  return by_key;
}

}  // namespace local_sgd
