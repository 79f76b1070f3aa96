#include "tests/benchmarks/sklearn.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

bool HasSklearn() {
  std::cout << std::flush;
  if (std::system(
          "/usr/bin/python3 -c 'import sklearn; print(\"scikit-learn\", "
          "sklearn.__version__)' 2>/dev/null") == 0) {
    return true;
  }
  std::cout << "scikit-learn: not measured, Debian's python3-sklearn is not "
               "installed (./setup.sh --with-sklearn)\n";
  return false;
}

std::optional<nlohmann::json> RunSklearn(
    const std::string& script, const std::vector<std::string>& arguments) {
  std::string command = absl::StrCat(
      "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 "
      "tests/benchmarks/",
      script);
  for (const std::string& argument : arguments) {
    absl::StrAppend(&command, " '", argument, "'");
  }
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"),
                                                   pclose);
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  char buffer[512];
  while (std::fgets(buffer, sizeof(buffer), pipe.get())) text += buffer;
  nlohmann::json json =
      nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

}  // namespace local_sgd
