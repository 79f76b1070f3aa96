#include "lib/program/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "lib/files/output_file.h"
#include "lib/program/setting_differences.h"
#include "lib/records/json_text.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kHeaderStart[] = R"({"journal":"local_sgd")";
constexpr char kChecksumStart[] = R"(,"checksum":")";
constexpr size_t kChecksumSize = sizeof(kChecksumStart) - 1 + 16 + 2;  // "}

absl::Status ErrnoError(const std::string& what, const std::string& path,
                        int error) {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
}

absl::Status DamageAt(const std::string& path, int64_t line,
                      const std::string& what) {
  return absl::DataLossError(absl::StrCat(
      path, ":", line, ": ", what, "; delete the file to start the run anew"));
}

// On one line, whatever is in it.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// FNV-1a. Every step is a bijection of the sum so far, so two texts of one
// length that differ in a single byte never agree.
std::string Checksum(absl::string_view text) {
  uint64_t sum = 0xcbf29ce484222325;
  for (const char c : text) {
    sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return absl::StrFormat("%016x", sum);
}

// The object as a line, without its end; ParseLine is the inverse.
std::string ToLine(const Json& object) {
  std::string text = Dump(object);
  text.pop_back();  // the brace
  const std::string checksum = Checksum(text);
  return absl::StrCat(text, kChecksumStart, checksum, "\"}");
}

// Nothing unless this is a whole line with the right checksum.
std::optional<Json> ParseLine(absl::string_view line) {
  if (line.size() < kChecksumSize) return std::nullopt;
  const absl::string_view text = line.substr(0, line.size() - kChecksumSize);
  if (line.substr(text.size()) !=
      absl::StrCat(kChecksumStart, Checksum(text), "\"}")) {
    return std::nullopt;
  }
  absl::StatusOr<Json> object = ParseJson(line);
  if (!object.ok() || !object->is_object()) return std::nullopt;
  return *std::move(object);
}

// A file of which only the beginning of the header, or its length, arrived.
bool IsTornHeader(absl::string_view contents) {
  if (absl::StrContains(contents, '\n')) return false;
  const absl::string_view start = kHeaderStart;
  return absl::StartsWith(start, contents) ||
         absl::StartsWith(contents, start) ||
         contents.find_first_not_of('\0') == contents.npos;
}

absl::Status CheckSettings(const std::string& path, const Json& was,
                           const Json& is) {
  const std::vector<std::string> differences = SettingDifferences(was, is);
  if (differences.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      path, " is of an unfinished run with other settings: ",
      absl::StrJoin(differences, "; "),
      "; give the old settings to finish that run, or delete the file to "
      "start anew"));
}

// What a file holds.
struct Contents {
  size_t whole_size = 0;  // bytes of the whole lines; 0: start anew
  std::map<std::string, Json> results;
};

absl::StatusOr<Contents> ParseContents(const std::string& path,
                                       absl::string_view text,
                                       const Json& settings) {
  Contents contents;
  if (IsTornHeader(text)) return contents;
  for (int64_t line = 1; contents.whole_size < text.size(); ++line) {
    const absl::string_view rest = text.substr(contents.whole_size);
    const size_t length = rest.find('\n');
    std::optional<Json> object;
    if (length != rest.npos) object = ParseLine(rest.substr(0, length));
    if (line == 1) {
      if (!object || !object->contains("journal") ||
          !object->contains("settings")) {
        return DamageAt(path, line, "not the first line of a journal");
      }
      RETURN_IF_ERROR(CheckSettings(path, (*object)["settings"], settings));
    } else if (!object) {
      const bool last = length == rest.npos || length + 1 == rest.size();
      if (last) break;
      return DamageAt(path, line, "a damaged line");
    } else {
      if (!object->contains("key") || !(*object)["key"].is_string() ||
          !object->contains("result")) {
        return DamageAt(path, line, "found no \"key\" and \"result\"");
      }
      const std::string key = (*object)["key"];
      if (!contents.results.emplace(key, std::move((*object)["result"]))
               .second) {
        return DamageAt(path, line,
                        absl::StrCat("the key \"", key, "\" stands twice"));
      }
    }
    contents.whole_size += length + 1;
  }
  return contents;
}

// Whether the open file is still the one at `path`.
bool IsAt(int descriptor, const std::string& path) {
  struct stat open_file, named_file;
  return fstat(descriptor, &open_file) == 0 &&
         stat(path.c_str(), &named_file) == 0 &&
         open_file.st_dev == named_file.st_dev &&
         open_file.st_ino == named_file.st_ino;
}

}  // namespace

struct Journal::State {
  ~State() {
    if (descriptor >= 0) close(descriptor);
  }

  // Appends text and syncs it, or leaves the file as it was.
  absl::Status Write(absl::string_view text);

  std::string path;
  int descriptor = -1;  // holds the lock
  off_t size = 0;       // bytes of the whole lines
  bool is_broken = false;
  std::map<std::string, Json> recovered;
  std::set<std::string> appended;
  std::mutex mutex;
};

absl::Status Journal::State::Write(absl::string_view text) {
  size_t written = 0;
  int error = 0;
  while (written < text.size() && error == 0) {  // once, unless cut short
    const ssize_t count =
        write(descriptor, text.data() + written, text.size() - written);
    if (count >= 0) {
      written += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && fsync(descriptor) != 0) {
    // What the system failed to write it may have forgotten: a later sync that
    // succeeds would mean nothing.
    error = errno;
    is_broken = true;
  }
  if (error != 0) {
    if (ftruncate(descriptor, size) != 0) is_broken = true;
    return ErrnoError("cannot write", path, error);
  }
  size += static_cast<off_t>(text.size());
  return absl::OkStatus();
}

absl::StatusOr<Journal> Journal::Open(const std::string& path,
                                      const Json& settings) {
  auto state = std::make_unique<State>();
  state->path = path;
  do {  // again if another process removed the file before it was locked
    if (state->descriptor >= 0) close(state->descriptor);
    state->descriptor =
        open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (state->descriptor < 0) return ErrnoError("cannot open", path, errno);
    if (flock(state->descriptor, LOCK_EX | LOCK_NB) == 0) continue;
    if (errno == EWOULDBLOCK) {
      return absl::AlreadyExistsError(
          absl::StrCat("another run is at work on ", path,
                       "; wait until it has ended or write to another folder"));
    }
    // Some file systems of clusters have no locks; they are no reason to stop.
    if (errno != EOPNOTSUPP && errno != ENOSYS) {
      return ErrnoError("cannot lock", path, errno);
    }
  } while (!IsAt(state->descriptor, path));

  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  ASSIGN_OR_RETURN(Contents contents, ParseContents(path, text, settings));
  state->recovered = std::move(contents.results);
  state->size = static_cast<off_t>(contents.whole_size);
  if (contents.whole_size < text.size() &&
      ftruncate(state->descriptor, state->size) != 0) {
    return ErrnoError("cannot shorten", path, errno);
  }
  if (state->size == 0) {
    RETURN_IF_ERROR(state->Write(
        ToLine({{"journal", "local_sgd"}, {"settings", settings}}) + "\n"));
    RETURN_IF_ERROR(SyncFolderOf(path));
  }
  return Journal(std::move(state));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

const Json* Journal::Find(const std::string& key) const {
  const auto found = state_->recovered.find(key);
  return found == state_->recovered.end() ? nullptr : &found->second;
}

int64_t Journal::num_recovered() const {
  return static_cast<int64_t>(state_->recovered.size());
}

absl::Status Journal::Append(const std::string& key, const Json& result) {
  const Json object = {{"key", key}, {"result", result}};
  const std::string line = ToLine(object);
  std::optional<Json> read_back = ParseLine(line);
  if (read_back) read_back->erase("checksum");
  if (!read_back || *read_back != object) {
    return absl::InvalidArgumentError(absl::StrCat(
        state_->path, ": the result of \"", key,
        "\" has a NaN, an infinity, text that is not UTF-8 or more than ",
        kMostJsonLevels, " levels"));
  }
  std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->is_broken || state_->descriptor < 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot write ", state_->path,
        state_->is_broken ? ": an earlier write failed" : ": it was removed"));
  }
  if (state_->recovered.count(key) + state_->appended.count(key) > 0) {
    return absl::AlreadyExistsError(
        absl::StrCat(state_->path, ": the key \"", key, "\" is there already"));
  }
  absl::Status status = state_->Write(line + "\n");
  if (status.ok()) state_->appended.insert(key);
  return status;
}

absl::Status Journal::Remove() {
  std::lock_guard<std::mutex> lock(state_->mutex);
  if (unlink(state_->path.c_str()) != 0) {
    return ErrnoError("cannot remove", state_->path, errno);
  }
  close(state_->descriptor);
  state_->descriptor = -1;
  return absl::OkStatus();
}

}  // namespace local_sgd
