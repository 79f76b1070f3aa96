#include "lib/program/manifest.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

std::string ManifestJson(const Manifest& manifest) {
  using Json = nlohmann::ordered_json;
  Json json = Json::object();
  for (const std::string& notice : DatasetNotice(manifest.dataset)) {
    json["notice"] = notice;
  }
  json["dataset"] = manifest.dataset;
  json["dataset_sha256"] = manifest.dataset_sha256;
  Json& flags = json["flags"] = Json::object();
  for (const auto& [name, value] : manifest.flags) flags[name] = value;
  json["seeds"] = manifest.seeds;
  json["version"] = manifest.build.version;
  json["compiler"] = manifest.build.compiler;
  json["cpu"] = manifest.build.cpu;
  json["cores"] = manifest.build.cores;
  Json& files = json["files"] = Json::object();
  for (const auto& [path, sha256] : manifest.files) files[path] = sha256;
  Json& run = json["run"] = Json::object();
  run["started_at"] = manifest.started_at;
  run["elapsed_seconds"] = manifest.elapsed_seconds;
  return JsonText(json);
}

std::string UtcNow() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(),
                          absl::UTCTimeZone());
}

}  // namespace local_sgd
