// Journals. The first byte says what the rest is: 0, the bytes of the file; 1
// and 2, its lines without checksums, which are added here (only so do changed
// bytes get past them), opened with settings of ours or with its own. (Modulo
// 3.) What is recovered can be appended to another journal and recovered from
// there; what is appended to this one stays.

#include "lib/program/journal.h"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/allocations.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

// The line of an object's text without its brace; see lib/program/journal.h.
std::string Sealed(absl::string_view text) {
  uint64_t sum = 0xcbf29ce484222325;
  for (const char c : text) {
    sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return absl::StrFormat("%s,\"checksum\":\"%016x\"}\n", text, sum);
}

std::string AllSealed(absl::string_view lines) {
  std::string text;
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    text += Sealed(line);
  }
  return text;
}

// What stands on the lines of a file that a journal accepted.
struct Lines {
  Json settings;
  std::map<std::string, Json> results;
};

std::optional<Json> ParseLine(absl::string_view line) {
  Json json = Json::parse(line.begin(), line.end(), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

Lines LinesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Lines lines;
  std::string line;
  Require(static_cast<bool>(std::getline(file, line)), "a first line");
  lines.settings = ParseLine(line).value()["settings"];
  while (std::getline(file, line)) {
    Json object = ParseLine(line).value();
    lines.results[object["key"]] = object["result"];
  }
  return lines;
}

void RequireHolds(const Journal& journal,
                  const std::map<std::string, Json>& results) {
  Require(journal.num_recovered() == static_cast<int64_t>(results.size()),
          "as many results");
  for (const auto& [key, result] : results) {
    const Json* found = journal.Find(key);
    Require(found != nullptr && found->dump() == result.dump(),
            "the same result", result.dump());
  }
}

}  // namespace

void FuzzOneInput(absl::string_view bytes) {
  if (bytes.empty()) return;
  const int kind = static_cast<unsigned char>(bytes[0]) % 3;
  bytes.remove_prefix(1);
  Json settings = {{"seed", 1}, {"flags", {{"workers", "1,2"}}}};
  const std::string text = kind == 0 ? std::string(bytes) : AllSealed(bytes);
  if (kind == 2) {
    const std::optional<Json> header =
        ParseLine(text.substr(0, text.find('\n')));
    if (!header || !header->contains("settings")) return;
    settings = (*header)["settings"];
  }
  const MemoryFile file(text);
  const std::string path = file.path();
  {
    const PeakAllocation peak;
    const absl::StatusOr<Journal> journal = Journal::Open(path, settings);
    Require(peak.bytes() <= 65536 + 128 * static_cast<int64_t>(text.size()),
            "memory in proportion to the file",
            absl::StrCat(peak.bytes(), " bytes for ", text.size()));
    if (!journal.ok()) {
      Require(
          journal.status().code() == absl::StatusCode::kDataLoss ||
              journal.status().code() == absl::StatusCode::kFailedPrecondition,
          "an error of the contract", journal.status().ToString());
      Require(absl::StrContains(journal.status().message(), path),
              "an error that names the file", journal.status().ToString());
      return;
    }
  }
  Lines lines = LinesOf(path);
  const MemoryFile copy("");
  {
    absl::StatusOr<Journal> journal = Journal::Open(path, settings);
    Require(journal.ok(), "opens again", journal.status().ToString());
    RequireHolds(*journal, lines.results);
    absl::StatusOr<Journal> written = Journal::Open(copy.path(), settings);
    Require(written.ok(), "a new journal", written.status().ToString());
    for (const auto& [key, result] : lines.results) {
      const absl::Status status = written->Append(key, result);
      Require(status.ok(), "what was read can be written", status.ToString());
    }
    const bool is_new = lines.results.count("new") == 0;
    Require(journal->Append("new", {0.1}).ok() == is_new,
            "another piece, unless it is there");
  }
  RequireHolds(Journal::Open(copy.path(), settings).value(), lines.results);
  lines.results.emplace("new", Json{0.1});
  RequireHolds(Journal::Open(path, settings).value(), lines.results);
}

}  // namespace local_sgd
