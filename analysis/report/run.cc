#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/report/html.h"
#include "analysis/report/sections.h"
#include "lib/program/file_checksum.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

// The field if it is there and of that type, else null.
const Json* Find(const Json& object, const char* name, Json::value_t type) {
  const auto field = object.find(name);
  return field != object.end() && field->type() == type ? &*field : nullptr;
}

// The command that wrote the manifest.
std::string CommandText(const Json& manifest) {
  std::string command = "bazel run //:reproduce --";
  const Json* flags = Find(manifest, "flags", Json::value_t::object);
  if (flags == nullptr) return command;
  for (const auto& [name, value] : flags->items()) {
    const std::string text = JsonValueText(value);
    if (text.empty()) continue;
    absl::StrAppend(&command, " ",
                    ShellQuoted(absl::StrCat("--", name, "=", text)));
  }
  return command;
}

// What the manifest says of the run.
Json FactsOf(const Json& manifest) {
  Json facts = {{"is_recorded", !manifest.empty()},
                {"command", CommandText(manifest)}};
  for (const char* name :
       {"dataset", "dataset_sha256", "version", "compiler", "cpu", "cores"}) {
    facts[name] = JsonFieldText(manifest, name);
  }
  std::vector<std::string> texts;
  if (const Json* seeds = Find(manifest, "seeds", Json::value_t::array)) {
    for (const Json& seed : *seeds) texts.push_back(JsonValueText(seed));
  }
  facts["seeds"] = absl::StrJoin(texts, ", ");
  if (const Json* run = Find(manifest, "run", Json::value_t::object)) {
    facts["started"] = JsonFieldText(*run, "started_at");
    const auto seconds = run->find("elapsed_seconds");
    if (seconds != run->end() && seconds->is_number()) {
      facts["took"] = CellText(seconds->get<double>(), Decimals(0));
    }
  }
  return facts;
}

// The files that the manifest lists; a note on those that have changed since.
Table FilesTable(const std::string& folder, const Json& listed) {
  Table table;
  table.title = "Files of this folder and their checksums";
  table.columns = {{"file", ""}, {"sha256", ""}};
  std::vector<std::string> changed;
  for (const auto& [name, sha256] : listed.items()) {
    table.rows.push_back({name, JsonValueText(sha256)});
    // A name that leads out of the folder may lead anywhere.
    if (absl::StrContains(name, '/')) continue;
    const auto now = FileChecksum(absl::StrCat(folder, "/", name));
    if (!now.ok() || *now != JsonValueText(sha256)) changed.push_back(name);
  }
  if (!changed.empty()) {
    table.notes_above.push_back(absl::StrCat(
        "manifest.json and the command above are older than these files, "
        "which have changed since or are gone: ",
        absl::StrJoin(changed, ", "), "."));
  }
  return table;
}

absl::StatusOr<Json> TablesOf(const PageContents& page) {
  Json tables = Json::array();
  if (!page.constants.empty()) {
    Table table;
    table.title = "The problem and its constants";
    table.columns = {{"name", "quantity"}, {"value", "value"}};
    for (const auto& [name, value] : page.constants.items()) {
      table.rows.push_back({name, JsonValueText(value)});
    }
    ASSIGN_OR_RETURN(const auto html,
                     ToHtml(table, {"problem-constants",
                                    "bazel run //experiments:problem_constants",
                                    /*open=*/true}));
    tables.push_back(html);
  }
  if (const Json* listed =
          Find(page.manifest, "files", Json::value_t::object)) {
    ASSIGN_OR_RETURN(const auto html,
                     ToHtml(FilesTable(page.folder, *listed),
                            {"files", "bazel run //:reproduce"}));
    tables.push_back(html);
  }
  return tables;
}

// The files that are not there, with the commands that make them.
Json MissingFiles(const PageContents& page) {
  Json missing = Json::array();
  const auto miss = [&](const std::string& file, const std::string& command) {
    if (page.files.count(file) > 0) return;
    missing.push_back({{"file", file}, {"made_by", command}});
  };
  for (const AnyStudy& study : page.studies) {
    for (const RecordsTable& known : study.tables) {
      miss(known.file, CommandOf(study, known));
    }
  }
  miss("manifest.json", "bazel run //:reproduce");
  miss("problem_constants.json", "bazel run //:reproduce");
  return missing;
}

}  // namespace

std::string CommandOf(const AnyStudy& study, const RecordsTable& table) {
  return absl::StrCat("bazel run //experiments:", study.name,
                      table.flags.empty() ? "" : " -- ", table.flags);
}

std::string JsonValueText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string JsonFieldText(const Json& object, const char* name) {
  const auto field = object.find(name);
  return field == object.end() ? "" : JsonValueText(*field);
}

std::string ShellQuoted(const std::string& text) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

absl::StatusOr<std::string> RunHtml(const PageContents& page) {
  Json values = FactsOf(page.manifest);
  ASSIGN_OR_RETURN(values["tables"], TablesOf(page));
  values["missing"] = MissingFiles(page);
  values["is_missing"] = !values["missing"].empty();
  return Render("run.mustache", values);
}

}  // namespace local_sgd
