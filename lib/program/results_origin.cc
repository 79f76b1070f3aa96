#include "lib/program/results_origin.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/files/output_file.h"
#include "lib/program/derived_files.h"
#include "lib/program/file_checksum.h"
#include "lib/program/setting_differences.h"
#include "lib/records/csv_reader.h"
#include "lib/records/json_text.h"
#include "lib/records/outside_text.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kOriginEnd[] = ".origin.json";
constexpr char kManifest[] = "manifest.json";

// Records that name their data in a column or a key, and are shown by the
// programs of analysis/. (Those of single runs are not.)
constexpr const char* kShownRecords[] = {
    "problem_constants.json",
    "measured_speedup.csv",
    "convergence_bound.csv",
    "convergence_bound_findings.csv",
    "variance_reduction.csv",
    "variance_reduction_gradients.csv",
    "variance_reduction_findings.csv",
    "communication_period.csv",
    "communication_schedules.csv",
    "communication_period_findings.csv",
    "asynchronous.csv",
    "asynchronous_findings.csv",
    "cluster_speedup.csv",
    kManifest,
};
bool IsShown(const std::string& name) {
  return std::find(std::begin(kShownRecords), std::end(kShownRecords), name) !=
         std::end(kShownRecords);
}

std::string PathIn(const std::string& folder, const std::string& name) {
  return absl::StrCat(folder, "/", name);
}

struct Data {
  std::string name;
  std::string sha256;  // empty: not known
};

bool AreSame(const Data& a, const Data& b) {
  if (a.sha256.empty() || b.sha256.empty()) return a.name == b.name;
  return a.sha256 == b.sha256;
}

std::string DataText(const Data& data) {
  return data.sha256.empty() ? data.name
                             : absl::StrCat(data.name, " (sha256 ",
                                            data.sha256.substr(0, 12), ")");
}

// A file and what it is of.
struct Fact {
  std::string file;
  Data data;
  std::string checksum = "";  // of the file, where it was recorded
};

struct Origin {
  std::string study;
  Data data;  // no name: a model
  Json settings;
  std::map<std::string, std::string> files;
};

absl::StatusOr<Json> ReadObject(const std::string& path) {
  ASSIGN_OR_RETURN(const auto text, ReadFile(path));
  auto json = ParseJson(text);
  if (!json.ok() || !json->is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a JSON object"));
  }
  return json;
}

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return "";
  return PrintableText(found->get<std::string>());
}

Data DataOfObject(const Json& object) {
  return {TextOf(object, "dataset"), TextOf(object, "dataset_sha256")};
}

std::map<std::string, std::string> FilesOf(const Json& object) {
  std::map<std::string, std::string> files;
  const auto found = object.find("files");
  if (found == object.end() || !found->is_object()) return files;
  for (const auto& [name, sha256] : found->items()) {
    // A name that leads out of the folder may lead anywhere.
    if (absl::StrContains(name, '/') || !sha256.is_string()) continue;
    files[name] = sha256.get<std::string>();
  }
  return files;
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<Origin>> ReadOrigins(const std::string& folder) {
  std::vector<Origin> origins;
  for (const std::string& name : NamesIn(folder)) {
    absl::string_view study = name;
    if (!absl::ConsumeSuffix(&study, kOriginEnd)) continue;
    ASSIGN_OR_RETURN(const auto object, ReadObject(PathIn(folder, name)));
    const auto settings = object.find("settings");
    origins.push_back({std::string(study), DataOfObject(object),
                       settings == object.end() ? Json() : *settings,
                       FilesOf(object)});
  }
  return origins;
}

// The data that a CSV file's columns name.
absl::StatusOr<std::vector<Data>> DataOfCsv(const std::string& path) {
  std::vector<Data> all;
  const auto file = ReadCsv(path);
  if (!file.ok()) return file.status();
  const auto column = [&file](const char* name) {
    return std::find(file->columns.begin(), file->columns.end(), name) -
           file->columns.begin();
  };
  const size_t name = column("dataset");
  const size_t sha256 = column("dataset_sha256");
  if (name == file->columns.size()) return all;
  for (const CsvRecord& record : file->records) {
    Data data = {record.fields[name].value_or(""), ""};
    if (sha256 < file->columns.size()) {
      data.sha256 = record.fields[sha256].value_or("");
    }
    // A formula's findings have none.
    if (data.name.empty() ||
        std::any_of(all.begin(), all.end(), [&data](const Data& other) {
          return AreSame(data, other);
        })) {
      continue;
    }
    all.push_back(data);
  }
  return all;
}

// What the folder says of the data of its files, one fact for each file or, for
// a file of several data sets, more.
absl::StatusOr<std::vector<Fact>> FactsOf(const std::string& folder,
                                          const std::vector<Origin>& origins) {
  std::vector<Fact> facts;
  std::set<std::string> known;
  for (const Origin& origin : origins) {
    for (const auto& [name, sha256] : origin.files) {
      const auto now = FileChecksum(PathIn(folder, name));
      // What took its place, as an earlier version does, tells itself.
      const bool is_other = now.ok() && *now != sha256 && IsShown(name);
      if (!is_other) known.insert(name);
      if (origin.data.name.empty() || !now.ok() || is_other) continue;
      facts.push_back({name, origin.data, sha256});
    }
  }
  for (const char* const record : kShownRecords) {
    const std::string name = record;
    const std::string path = PathIn(folder, name);
    std::error_code error;
    if (known.count(name) > 0 ||
        !std::filesystem::is_regular_file(path, error)) {
      continue;
    }
    if (absl::EndsWith(name, ".csv")) {
      const auto data = DataOfCsv(path);
      if (absl::IsNotFound(data.status())) continue;
      if (!data.ok()) return data.status();
      for (const Data& one : *data) facts.push_back({name, one});
      continue;
    }
    const auto object = ReadObject(path);
    if (absl::IsNotFound(object.status())) continue;
    if (!object.ok()) return object.status();
    const Data data = DataOfObject(*object);
    if (!data.name.empty()) facts.push_back({name, data});
  }
  return facts;
}

// "a, b, c and 5 more"
std::string Listed(const std::vector<std::string>& names, size_t most) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() < most) shown.push_back(PrintableText(name));
  }
  std::string text = absl::StrJoin(shown, ", ");
  if (names.size() > most) {
    absl::StrAppend(&text, " and ", names.size() - most, " more");
  }
  return text;
}

std::vector<std::string> FilesOfData(const std::vector<Fact>& facts,
                                     const Data& data, bool same) {
  std::vector<std::string> files;
  for (const Fact& fact : facts) {
    if (AreSame(fact.data, data) == same &&
        std::find(files.begin(), files.end(), fact.file) == files.end()) {
      files.push_back(fact.file);
    }
  }
  return files;
}

bool ShareData(const std::vector<Fact>& facts, const std::string& file,
               const std::string& other) {
  for (const Fact& a : facts) {
    for (const Fact& b : facts) {
      if (a.file == file && b.file == other && AreSame(a.data, b.data)) {
        return true;
      }
    }
  }
  return false;
}

constexpr size_t kShownFiles = 4;
constexpr size_t kShownDifferences = 3;

// The checksums of data that a journal's settings hold.
void AddChecksums(const Json& settings, std::set<std::string>& checksums) {
  for (const auto& [key, value] : settings.items()) {
    if (value.is_object()) AddChecksums(value, checksums);
    if (key == "dataset_sha256" && value.is_string()) {
      checksums.insert(value.get<std::string>());
    }
  }
}

std::set<std::string> ChecksumsOfJournal(const std::string& path) {
  std::set<std::string> checksums;
  const auto text = ReadFile(path);
  if (!text.ok()) return checksums;
  const auto line = ParseJson(text->substr(0, text->find('\n')));
  if (!line.ok() || !line->is_object()) return checksums;
  const auto settings = line->find("settings");
  if (settings != line->end() && settings->is_object()) {
    AddChecksums(*settings, checksums);
  }
  return checksums;
}

std::vector<std::string> JournalsIn(const std::string& folder) {
  std::vector<std::string> journals = NamesIn(folder);
  journals.erase(std::remove_if(journals.begin(), journals.end(),
                                [](const std::string& name) {
                                  return !absl::EndsWith(name, ".journal");
                                }),
                 journals.end());
  return journals;
}

absl::Status CheckJournals(const std::vector<ResultsOrigin>& origins,
                           const std::string& folder) {
  for (const ResultsOrigin& origin : origins) {
    if (origin.dataset.empty()) continue;
    for (const std::string& journal : JournalsIn(folder)) {
      // Its own it will refuse itself, setting by setting.
      if (journal == absl::StrCat(origin.study, ".journal")) continue;
      const auto checksums = ChecksumsOfJournal(PathIn(folder, journal));
      if (checksums.empty() || checksums.count(origin.dataset_sha256) > 0) {
        continue;
      }
      return absl::FailedPreconditionError(absl::StrCat(
          PathIn(folder, journal), " is of an unfinished run on other data (",
          "sha256 ", checksums.begin()->substr(0, 12), "), not on ",
          DataText({origin.dataset, origin.dataset_sha256}),
          ": finish that run, remove the file, or take another "
          "--output_dir"));
    }
  }
  return absl::OkStatus();
}

// The settings that the folder's results of the study have: null where it has
// none, an empty list where it does not say.
absl::StatusOr<Json> SettingsThere(const ResultsOrigin& origin,
                                   const Json& settings,
                                   const std::vector<Origin>& origins,
                                   const std::string& folder) {
  for (const Origin& there : origins) {
    if (there.study == origin.study) return there.settings;
  }
  std::error_code error;
  const auto is_there = [&](const char* ending) {
    return std::filesystem::is_regular_file(
        PathIn(folder, absl::StrCat(origin.study, ending)), error);
  };
  if (is_there(".json")) {
    ASSIGN_OR_RETURN(
        const auto record,
        ReadObject(PathIn(folder, absl::StrCat(origin.study, ".json"))));
    Json same_keys = Json::object();
    for (const auto& [key, value] : settings.items()) {
      const auto found = record.find(key);
      same_keys[key] = found == record.end() ? value : *found;
    }
    return same_keys;
  }
  return is_there(".csv") ? Json::array() : Json();
}

// Of the same study: an error, or a word to `out`, for other settings.
absl::Status CheckSettings(const ResultsOrigin& origin,
                           const std::vector<Origin>& origins, bool has_journal,
                           const std::string& folder, bool overwrite,
                           std::ostream& out) {
  ASSIGN_OR_RETURN(auto settings, ParseJson(origin.settings));
  // Its record holds its data, too.
  if (origin.is_quick && !origin.dataset.empty()) {
    settings["dataset"] = origin.dataset;
    settings["dataset_sha256"] = origin.dataset_sha256;
  }
  ASSIGN_OR_RETURN(const auto there,
                   SettingsThere(origin, settings, origins, folder));
  if (there.is_null()) return absl::OkStatus();
  if (there.is_array()) {
    if (origin.is_quick || overwrite || has_journal) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(PathIn(folder, origin.study), ".csv is there, and no ",
                     origin.study, kOriginEnd,
                     " that says with which flags it was made: take another "
                     "--output_dir, or --overwrite to replace it"));
  }
  const std::vector<std::string> differences =
      SettingDifferences(there, settings);
  if (differences.empty()) return absl::OkStatus();
  std::vector<std::string> shown(
      differences.begin(),
      differences.begin() + std::min(differences.size(), kShownDifferences));
  std::string text = absl::StrJoin(shown, "; ");
  if (differences.size() > shown.size()) {
    absl::StrAppend(&text, "; and ", differences.size() - shown.size(),
                    " more");
  }
  if (origin.is_quick || overwrite) {
    out << "replacing the results of " << origin.study << " in "
        << PrintableText(folder) << ", which are of other flags: " << text
        << "\n";
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      folder, " has finished results of ", origin.study, " with other flags: ",
      text, "; take another --output_dir, or --overwrite to replace them"));
}

}  // namespace

absl::Status WriteOrigin(const ResultsOrigin& origin,
                         const std::vector<std::string>& paths,
                         const std::string& version,
                         const std::string& folder) {
  ASSIGN_OR_RETURN(auto settings, ParseJson(origin.settings));
  Json json = Json::object();
  json["study"] = origin.study;
  if (!origin.dataset.empty()) {
    json["dataset"] = origin.dataset;
    json["dataset_sha256"] = origin.dataset_sha256;
  }
  json["settings"] = std::move(settings);
  json["version"] = version;
  Json& files = json["files"] = Json::object();
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const auto checksum, FileChecksum(path));
    files[std::filesystem::path(path).filename().string()] = checksum;
  }
  const std::string path =
      PathIn(folder, absl::StrCat(origin.study, kOriginEnd));
  return WriteFileAtomically(path, JsonText(json));
}

absl::StatusOr<ReplacedResults> MayReplace(
    const std::vector<ResultsOrigin>& origins, const std::string& folder,
    bool overwrite, std::ostream& out) {
  ReplacedResults replaced;
  // What cannot be read is nothing that --overwrite need keep.
  auto there = ReadOrigins(folder);
  if (!there.ok() && overwrite) there = std::vector<Origin>();
  if (!there.ok()) return there.status();
  Data data;
  for (const ResultsOrigin& origin : origins) {
    replaced.studies.push_back(origin.study);
    if (!origin.dataset.empty()) data = {origin.dataset, origin.dataset_sha256};
  }
  if (!data.name.empty()) {
    auto facts = FactsOf(folder, *there);
    if (!facts.ok() && overwrite) facts = std::vector<Fact>();
    if (!facts.ok()) return facts.status();
    // Their own records are only announced.
    std::set<std::string> quick;
    for (const ResultsOrigin& origin : origins) {
      if (!origin.is_quick) continue;
      quick.insert(absl::StrCat(origin.study, ".json"));
    }
    facts->erase(std::remove_if(facts->begin(), facts->end(),
                                [&quick](const Fact& fact) {
                                  return quick.count(fact.file) > 0;
                                }),
                 facts->end());
    const std::vector<std::string> others =
        FilesOfData(*facts, data, /*same=*/false);
    for (const Fact& fact : *facts) {
      if (AreSame(fact.data, data)) continue;
      replaced.description = DataText(fact.data);
      replaced.files[fact.file] = fact.checksum;
    }
    if (!others.empty() && !overwrite) {
      return absl::FailedPreconditionError(absl::StrCat(
          folder, " has results of other data, ", replaced.description, ": ",
          Listed(others, kShownFiles), "; this run is on ", DataText(data),
          ": take another --output_dir, or --overwrite to remove them when it "
          "is done"));
    }
    RETURN_IF_ERROR(CheckJournals(origins, folder));
    // What was made of them, and what describes them, goes as well.
    if (!others.empty()) {
      for (const Origin& origin : *there) {
        if (!origin.data.name.empty() && !AreSame(origin.data, data)) {
          replaced.files[absl::StrCat(origin.study, kOriginEnd)] = "";
        }
      }
      if (replaced.files.count(kManifest) > 0) {
        const auto manifest = ReadObject(PathIn(folder, kManifest));
        if (manifest.ok()) {
          for (const auto& file : FilesOf(*manifest)) {
            replaced.files.insert(file);
          }
        }
      }
    }
  }
  // Only the journal of this very study vouches for records that say nothing
  // of their settings: it checks them.
  const std::vector<std::string> journals = JournalsIn(folder);
  const auto has_journal = [&journals](const ResultsOrigin& origin) {
    return std::count(journals.begin(), journals.end(),
                      absl::StrCat(origin.study, ".journal")) > 0;
  };
  for (const ResultsOrigin& origin : origins) {
    const bool other_data =
        std::any_of(there->begin(), there->end(), [&](const Origin& old) {
          return old.study == origin.study && !old.data.name.empty() &&
                 !AreSame(old.data, data);
        });
    if (other_data) continue;  // said, and to be replaced as such
    RETURN_IF_ERROR(CheckSettings(origin, *there, has_journal(origin), folder,
                                  overwrite, out));
  }
  // What another program writes from now on is not what is replaced.
  for (auto& [name, sha256] : replaced.files) {
    if (!sha256.empty()) continue;
    sha256 = FileChecksum(PathIn(folder, name)).value_or("");
  }
  return replaced;
}

absl::Status RemoveReplaced(const ReplacedResults& replaced,
                            const std::string& folder, std::ostream& out) {
  std::set<std::string> fresh;
  ASSIGN_OR_RETURN(const auto there, ReadOrigins(folder));
  for (const std::string& study : replaced.studies) {
    for (const char* ending : {".json", ".csv", kOriginEnd}) {
      fresh.insert(absl::StrCat(study, ending));
    }
  }
  // Theirs, and those of models, which are of no data.
  for (const Origin& origin : there) {
    const std::string file = absl::StrCat(origin.study, kOriginEnd);
    const auto old = replaced.files.find(file);
    if (fresh.count(file) == 0 && old != replaced.files.end() &&
        FileChecksum(PathIn(folder, file)).value_or("") == old->second) {
      continue;
    }
    fresh.insert(file);
    for (const auto& [name, sha256] : origin.files) fresh.insert(name);
  }
  const auto derived = ReadDerivedFiles(folder);
  std::vector<std::string> removed;
  for (const auto& [name, sha256] : replaced.files) {
    if (derived.count(name) > 0) continue;  // as its records say, below
    const std::string path = PathIn(folder, name);
    const auto now = FileChecksum(path);
    const bool is_theirs = now.ok() && *now == sha256;
    if (fresh.count(name) > 0 || !is_theirs) continue;
    if (unlink(path.c_str()) == 0) removed.push_back(name);
  }
  if (!removed.empty()) {
    out << "removed from " << PrintableText(folder) << " what was of "
        << replaced.description << ": " << Listed(removed, kShownFiles) << "\n";
  }
  const std::vector<std::string> stale = RemoveStaleFiles(folder);
  if (!stale.empty()) {
    out << "removed from " << PrintableText(folder)
        << " what was made from records that are replaced: "
        << Listed(stale, kShownFiles) << "\n";
  }
  return absl::OkStatus();
}

absl::Status CheckOneOrigin(const std::string& folder) {
  ASSIGN_OR_RETURN(const auto origins, ReadOrigins(folder));
  ASSIGN_OR_RETURN(const auto facts, FactsOf(folder, origins));
  for (const Fact& fact : facts) {
    const Data& first = facts.front().data;
    // A file may have several data sets, each under its own name.
    if (ShareData(facts, facts.front().file, fact.file)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        folder, " mixes results of different data: ", DataText(first), " in ",
        Listed(FilesOfData(facts, first, /*same=*/true), kShownFiles), "; ",
        DataText(fact.data), " in ",
        Listed(FilesOfData(facts, fact.data, /*same=*/true), kShownFiles),
        "; keep those of one data set in a folder of its own"));
  }
  for (const Origin& origin : origins) {
    for (const auto& [name, sha256] : origin.files) {
      const auto now = FileChecksum(PathIn(folder, name));
      if (absl::IsNotFound(now.status())) continue;
      if (!now.ok()) return now.status();
      if (*now == sha256) continue;
      return absl::FailedPreconditionError(absl::StrCat(
          PathIn(folder, name), " (sha256 ", now->substr(0, 12),
          ") is not the file that ", origin.study, kOriginEnd,
          " describes (sha256 ", sha256.substr(0, 12),
          "): it was changed, or a run was stopped while it wrote; start the "
          "program that wrote the folder again"));
    }
  }
  return absl::OkStatus();
}

absl::Status MayShow(const std::string& input, const std::string& output) {
  RETURN_IF_ERROR(CheckOneOrigin(input));
  std::error_code error;
  if (output == input || std::filesystem::equivalent(input, output, error)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto origins, ReadOrigins(input));
  ASSIGN_OR_RETURN(const auto facts, FactsOf(input, origins));
  ASSIGN_OR_RETURN(const auto origins_there, ReadOrigins(output));
  ASSIGN_OR_RETURN(const auto facts_there, FactsOf(output, origins_there));
  if (facts.empty()) return absl::OkStatus();
  const Data& data = facts.front().data;
  const auto other = std::find_if(
      facts_there.begin(), facts_there.end(),
      [&data](const Fact& fact) { return !AreSame(fact.data, data); });
  if (other == facts_there.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      output, " has results of other data, ", DataText(other->data), ": ",
      Listed(FilesOfData(facts_there, data, /*same=*/false), kShownFiles),
      "; what is shown is of ", DataText(data), ": take another --output_dir"));
}

}  // namespace local_sgd
