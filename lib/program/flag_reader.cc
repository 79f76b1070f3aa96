#include "lib/program/flag_reader.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "lib/program/command_line.h"

namespace local_sgd {

// `parse` gives the value of a name and a text, or an error.
template <class Parse, class T>
void FlagReader::Take(const TextFlag& flag, const Parse& parse, T& value) {
  const auto& reflection = absl::GetFlagReflectionHandle(flag);
  const std::string text = absl::GetFlag(flag);
  if (text.empty() && reflection.DefaultValue().empty()) return;
  auto parsed = parse(std::string(reflection.Name()), text);
  if (parsed.ok()) {
    value = *std::move(parsed);
  } else {
    status_.Update(parsed.status());
  }
}

void FlagReader::Read(const TextFlag& flag, int64_t minimum, int64_t maximum,
                      int64_t& value) {
  Take(
      flag,
      [=](const std::string& name, const std::string& text) {
        return ParseInteger(name, text, minimum, maximum);
      },
      value);
}

void FlagReader::Read(const TextFlag& flag, int64_t minimum, int64_t maximum,
                      std::vector<int64_t>& values) {
  Take(
      flag,
      [=](const std::string& name, const std::string& text) {
        return ParseIntegers(name, text, minimum, maximum);
      },
      values);
}

void FlagReader::Read(const TextFlag& flag, double minimum, double& value) {
  Take(
      flag,
      [=](const std::string& name, const std::string& text) {
        return ParseNumber(name, text, minimum);
      },
      value);
}

void FlagReader::Read(const TextFlag& flag, double minimum,
                      std::vector<double>& values) {
  Take(
      flag,
      [=](const std::string& name, const std::string& text) {
        return ParseNumbers(name, text, minimum);
      },
      values);
}

}  // namespace local_sgd
