// Replays a corpus under any compiler: each file of the folders named on the
// command line, then each of its beginnings, as a killed writer leaves them.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {
namespace {

constexpr size_t kMostBeginnings = 64;  // of one file, evenly spaced

std::string Bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int Replay(const std::vector<std::string>& folders) {
  std::vector<std::filesystem::path> paths;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  if (paths.empty()) {
    std::fprintf(stderr, "no inputs\n");
    return 1;
  }
  size_t inputs = 0;
  for (const std::filesystem::path& path : paths) {
    std::printf("%s\n", path.c_str());  // the last one is the one that stops us
    std::fflush(stdout);
    const std::string bytes = Bytes(path);
    const size_t stride = bytes.size() / kMostBeginnings + 1;
    for (size_t cut = 0; cut <= bytes.size(); cut += stride) {
      FuzzOneInput(absl::string_view(bytes).substr(0, bytes.size() - cut));
      ++inputs;
    }
  }
  std::printf("%zu files, %zu inputs\n", paths.size(), inputs);
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::Replay(std::vector<std::string>(argv + 1, argv + argc));
}
