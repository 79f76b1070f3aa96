#include "experiments/experiment.h"

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "lib/program/journal.h"
#include "lib/program/results_origin.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

absl::StatusOr<FileTexts> TextsOf(const Json& json, const std::string& key) {
  FileTexts texts;
  bool right = json.is_object();
  for (const auto& [name, text] : json.items()) {
    right = right && text.is_string();
    if (right) texts[name] = text.get<std::string>();
  }
  if (right) return texts;
  return absl::InternalError(
      absl::StrCat("the journal's '", key, "' is no files of records"));
}

}  // namespace

absl::StatusOr<std::map<std::string, FileTexts>> RunTextPieces(
    const std::vector<TextPiece>& pieces, int threads,
    const PieceReports& reports) {
  std::vector<Piece> coded;
  for (const TextPiece& piece : pieces) {
    coded.push_back({piece.key, piece.cost, [&piece]() -> absl::StatusOr<Json> {
                       ASSIGN_OR_RETURN(const FileTexts texts, piece.run());
                       return Json(texts);
                     }});
  }
  ASSIGN_OR_RETURN(const auto done, RunPieces(coded, threads, reports));
  std::map<std::string, FileTexts> by_key;
  for (const auto& [key, json] : done) {
    ASSIGN_OR_RETURN(by_key[key], TextsOf(json, key));
  }
  return by_key;
}

ResultsOrigin OriginOf(const std::string& study, const Problem& problem,
                       const std::string& description) {
  Json settings;
  if (!absl::StrContains(description, "\"index_base\":")) {
    settings["index_base"] = problem.index_base;
  }
  settings.update(Json::parse(description));
  return {study, problem.dataset, problem.dataset_sha256, settings.dump()};
}

absl::StatusOr<Journal> BeginStudy(const ResultsOrigin& origin,
                                   const std::string& version,
                                   const std::string& folder) {
  Json identity = Json::parse(origin.settings);
  identity["program"] = origin.study;
  identity["version"] = version;
  // Its name, too, which records carry.
  identity["dataset"] = origin.dataset;
  identity["dataset_sha256"] = origin.dataset_sha256;
  return BeginResumable(origin.study, folder, identity);
}

}  // namespace local_sgd
