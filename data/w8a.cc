#include "data/w8a.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace local_sgd {
namespace {

std::string Variable(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

}  // namespace

const DatasetFacts& W8aFacts() {
  static const DatasetFacts* const facts = new DatasetFacts{
      "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/w8a",
      3'478'238,
      "6a9fa8fd5f524303240a5db07d4b3d4a51e8b7b4b20a914105d8e3e8c81640f2"};
  return *facts;
}

DataEnvironment DataEnvironment::FromProcess() {
  DataEnvironment environment = {Variable("LOCAL_SGD_DATA_DIR", ""),
                                 Variable("BUILD_WORKSPACE_DIRECTORY", "."),
                                 Variable("BUILD_WORKING_DIRECTORY", "")};
  if (!environment.data_dir.empty() && environment.data_dir[0] != '/' &&
      !environment.working_directory.empty()) {
    environment.data_dir =
        environment.working_directory + "/" + environment.data_dir;
  }
  return environment;
}

std::vector<std::string> W8aPlaces(const DataEnvironment& environment) {
  if (!environment.data_dir.empty()) return {environment.data_dir + "/w8a"};
  return {environment.workspace + "/../shared/data/w8a",
          environment.workspace + "/data/w8a"};
}

std::optional<std::string> FindW8a(const DataEnvironment& environment) {
  const std::vector<std::string> places = W8aPlaces(environment);
  for (const int flags : {0, AT_SYMLINK_NOFOLLOW}) {
    for (const std::string& path : places) {
      if (faccessat(AT_FDCWD, path.c_str(), F_OK, flags) == 0) return path;
    }
  }
  return std::nullopt;
}

std::string W8aDestination(const DataEnvironment& environment) {
  return W8aPlaces(environment).back();
}

}  // namespace local_sgd
