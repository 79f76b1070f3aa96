#include "lib/program/derived_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/files/output_file.h"
#include "lib/program/file_checksum.h"
#include "lib/records/json_text.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;
using DerivedFiles = std::map<std::string, DerivedFile>;

// Two programs that note files at the same time do so one after the other. A
// file system without locks loses at the worst a note.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ >= 0) flock(descriptor_, LOCK_EX);
  }
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  const int descriptor_;
};

std::string PathIn(const std::string& folder, const std::string& name) {
  return absl::StrCat(folder, "/", name);
}

absl::Status Write(const DerivedFiles& files, const std::string& folder) {
  Json json = Json::object();
  for (const auto& [name, file] : files) {
    Json& entry = json[name] = Json::object();
    entry["sha256"] = file.sha256;
    entry["made_from"] = Json(file.made_from);
    if (file.is_elsewhere) entry["elsewhere"] = true;
  }
  return WriteFileAtomically(
      PathIn(folder, kDerivedFilesName),
      json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

DerivedFiles ReadDerivedFiles(const std::string& folder) {
  DerivedFiles files;
  const auto text = ReadFile(PathIn(folder, kDerivedFilesName));
  if (!text.ok()) return files;
  const auto json = ParseJson(*text);
  if (!json.ok() || !json->is_object()) return files;
  for (const auto& [name, entry] : json->items()) {
    const auto sha256 = entry.find("sha256");
    const auto made_from = entry.find("made_from");
    // A name that leads out of the folder may lead anywhere.
    if (absl::StrContains(name, '/') || !entry.is_object() ||
        sha256 == entry.end() || !sha256->is_string() ||
        made_from == entry.end() || !made_from->is_object()) {
      continue;
    }
    DerivedFile file = {sha256->get<std::string>(), {}};
    for (const auto& [record, checksum] : made_from->items()) {
      if (checksum.is_string() && !absl::StrContains(record, '/')) {
        file.made_from[record] = checksum.get<std::string>();
      }
    }
    const auto elsewhere = entry.find("elsewhere");
    file.is_elsewhere = elsewhere != entry.end() && *elsewhere == true;
    files[name] = file;
  }
  return files;
}

absl::Status NoteDerivedFiles(const std::vector<std::string>& paths,
                              const std::string& records_folder,
                              const std::vector<std::string>& records,
                              const std::string& folder) {
  std::error_code error;
  DerivedFile made;
  made.is_elsewhere =
      !std::filesystem::equivalent(folder, records_folder, error);
  for (const std::string& record : records) {
    const auto checksum = FileChecksum(PathIn(records_folder, record));
    if (checksum.ok()) made.made_from[record] = *checksum;
  }
  DerivedFiles fresh;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(made.sha256, FileChecksum(path));
    fresh[std::filesystem::path(path).filename().string()] = made;
  }
  const FolderLock lock(folder);
  DerivedFiles all = ReadDerivedFiles(folder);
  for (const auto& [name, file] : fresh) all[PrintableName(name)] = file;
  return Write(all, folder);
}

bool IsStale(const DerivedFile& file, const std::string& records_folder) {
  for (const auto& [record, then] : file.made_from) {
    const auto now = FileChecksum(PathIn(records_folder, record));
    if (!now.ok() || *now != then) return true;
  }
  return false;
}

std::vector<std::string> RemoveStaleFiles(const std::string& folder) {
  const FolderLock lock(folder);
  DerivedFiles files = ReadDerivedFiles(folder);
  std::vector<std::string> removed;
  bool changed = false;
  for (auto file = files.begin(); file != files.end();) {
    if (file->second.is_elsewhere || !IsStale(file->second, folder)) {
      ++file;
      continue;
    }
    const std::string path = PathIn(folder, file->first);
    const auto now = FileChecksum(path);
    if (now.ok() && *now == file->second.sha256 && unlink(path.c_str()) == 0) {
      removed.push_back(file->first);
    }
    file = files.erase(file);
    changed = true;
  }
  // What is not noted is not shown as stale: nothing is lost with it.
  if (changed) Write(files, folder).IgnoreError();
  return removed;
}

}  // namespace local_sgd
