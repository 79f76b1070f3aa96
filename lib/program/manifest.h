// manifest.json: what made the files of a results folder, so that every number
// in them can be made again.

#ifndef LIB_PROGRAM_MANIFEST_H_
#define LIB_PROGRAM_MANIFEST_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/program/build_info.h"

namespace local_sgd {

struct Manifest {
  std::vector<std::pair<std::string, std::string>> flags;  // name, value
  std::vector<uint64_t> seeds;
  std::string dataset;
  std::string dataset_sha256;
  BuildInfo build;
  // Path inside the results folder, to sha256 in hexadecimal.
  std::map<std::string, std::string> files;

  // What no rerun repeats; under "run" in the file.
  std::string started_at;  // UTC, "2024-01-31T12:00:00Z"
  double elapsed_seconds = 0;
};

// The contents of manifest.json. With surrogate data it opens with a notice.
std::string ManifestJson(const Manifest& manifest);

// Now, as `started_at` wants it.
std::string UtcNow();

}  // namespace local_sgd

#endif  // LIB_PROGRAM_MANIFEST_H_
