#include "experiments/cluster/checkpoint_files.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "lib/comm/agreement.h"
#include "lib/comm/exchange.h"
#include "lib/files/output_file.h"
#include "lib/solver/checkpoint.h"
#include "lib/solver/run.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

std::string CurrentFile(const std::string& folder) {
  return absl::StrCat(folder, "/current");
}

std::string RankFilePrefix(int rank) {
  return absl::StrCat("rank-", rank, "-at-");
}

std::string RankFile(const std::string& folder, int rank, int64_t t) {
  return absl::StrCat(folder, "/", RankFilePrefix(rank), t);
}

absl::Status RemoveFile(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot remove ", path, ": ", error.message()));
}

// Removes this rank's files but that of iteration `kept`.
void RemoveOtherFiles(const std::string& folder, int rank, int64_t kept) {
  std::error_code error;
  const std::string prefix = RankFilePrefix(rank);
  std::vector<std::string> others;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, prefix) &&
        entry.path() != RankFile(folder, rank, kept)) {
      others.push_back(entry.path().string());
    }
  }
  for (const std::string& path : others) {
    std::filesystem::remove(path, error);
  }
}

// The T that `current` names; 0 where there is no such file.
absl::StatusOr<int64_t> ReadCurrent(const std::string& folder) {
  const std::string path = CurrentFile(folder);
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (text.status().code() == absl::StatusCode::kNotFound) return 0;
  if (!text.ok()) return text.status();
  int64_t t = 0;
  if (!absl::EndsWith(*text, "\n") || !absl::SimpleAtoi(*text, &t) || t < 1) {
    return absl::DataLossError(
        absl::StrCat(path, ": expected one line with an iteration; remove ",
                     folder, " to start from the beginning"));
  }
  return t;
}

absl::StatusOr<RunPosition> ReadRankFile(const std::string& folder,
                                         const std::string& identity,
                                         int64_t num_workers,
                                         int64_t num_features, int rank,
                                         int64_t t) {
  const std::string path = RankFile(folder, rank, t);
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  absl::StatusOr<RunPosition> position =
      ReadCheckpoint(bytes, identity, num_workers, num_features);
  if (position.ok() && position->state.t == t) return position;
  const absl::Status status = position.ok()
                                  ? absl::DataLossError("is of another name")
                                  : position.status();
  return absl::Status(
      status.code(),
      absl::StrCat("the checkpoint ", path, " ", status.message(), "; remove ",
                   folder, " to start from the beginning"));
}

}  // namespace

absl::Status SaveCheckpoint(const std::string& folder,
                            const std::string& identity,
                            const RunPosition& position, Exchange& exchange,
                            int64_t& previous) {
  const int64_t t = position.state.t;
  const int rank = exchange.rank();
  absl::Status status = EnsureFolder(folder);
  if (status.ok()) {
    status = WriteFileAtomically(RankFile(folder, rank, t),
                                 WriteCheckpoint(identity, position));
  }
  RETURN_IF_ERROR(AgreeOn(exchange, status));
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&] {
    return WriteFileAtomically(CurrentFile(folder), absl::StrCat(t, "\n"));
  }));
  if (previous > 0 && previous != t) {
    status = RemoveFile(RankFile(folder, rank, previous));
  }
  previous = t;
  return AgreeOn(exchange, status);
}

absl::StatusOr<std::optional<RunPosition>> LoadCheckpoint(
    const std::string& folder, const std::string& identity, int64_t num_workers,
    int64_t num_features, Exchange& exchange) {
  std::vector<double> here;
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t current, ReadCurrent(folder));
    here.push_back(static_cast<double>(current));
    return absl::OkStatus();
  }));
  const int64_t t = static_cast<int64_t>(exchange.Gather(here)[0]);
  std::optional<RunPosition> found;
  absl::Status status;
  if (t > 0) {
    absl::StatusOr<RunPosition> position = ReadRankFile(
        folder, identity, num_workers, num_features, exchange.rank(), t);
    status = position.status();
    if (position.ok()) found = *std::move(position);
  }
  RETURN_IF_ERROR(AgreeOn(exchange, status));
  RemoveOtherFiles(folder, exchange.rank(), t);
  return found;
}

absl::Status RemoveCheckpoint(const std::string& folder, Exchange& exchange) {
  // `current` first: what it no longer names is as good as gone.
  RETURN_IF_ERROR(
      AgreeOnFirst(exchange, [&] { return RemoveFile(CurrentFile(folder)); }));
  RemoveOtherFiles(folder, exchange.rank(), 0);
  const absl::Status status = AgreeOn(exchange, absl::OkStatus());
  std::error_code error;  // others of the same machine may have been faster
  if (exchange.rank() == 0) std::filesystem::remove(folder, error);
  return status;
}

std::optional<int64_t> CheckpointIteration(const std::string& folder) {
  const absl::StatusOr<int64_t> t = ReadCurrent(folder);
  if (!t.ok() || *t == 0) return std::nullopt;
  return *t;
}

}  // namespace local_sgd
