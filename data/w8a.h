// w8a, the dataset of the paper's experiments: what it is, where it comes from,
// where this machine may have it.

#ifndef DATA_W8A_H_
#define DATA_W8A_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace local_sgd {

// A file that must be exactly this one.
struct DatasetFacts {
  std::string url;
  int64_t bytes = 0;
  std::string sha256;
};

const DatasetFacts& W8aFacts();

// The environment variables that decide where files are; empty when not set.
struct DataEnvironment {
  std::string data_dir;   // LOCAL_SGD_DATA_DIR, from where the user is
  std::string workspace;  // BUILD_WORKSPACE_DIRECTORY, or "." without it
  std::string working_directory;  // BUILD_WORKING_DIRECTORY

  static DataEnvironment FromProcess();
};

// The paths at which w8a is looked for, in this order: in LOCAL_SGD_DATA_DIR
// alone when that is set, otherwise in ../shared/data and data/ of the
// workspace.
std::vector<std::string> W8aPlaces(const DataEnvironment& environment);

// The first of W8aPlaces where a file is; where none is, the first with a
// symbolic link that leads nowhere.
std::optional<std::string> FindW8a(const DataEnvironment& environment);

// Where a download is put: LOCAL_SGD_DATA_DIR, otherwise data/ of the
// workspace.
std::string W8aDestination(const DataEnvironment& environment);

}  // namespace local_sgd

#endif  // DATA_W8A_H_
