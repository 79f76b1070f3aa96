#include "lib/program/setting_differences.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

void AddDifferences(const std::string& name, const Json* was, const Json* is,
                    std::vector<std::string>& differences) {
  if (was != nullptr && is != nullptr && was->is_object() && is->is_object()) {
    const std::string prefix = name.empty() ? name : name + ".";
    const auto value = [](const Json& object, const std::string& key) {
      const auto found = object.find(key);
      return found == object.end() ? nullptr : &*found;
    };
    for (const auto& [key, old_value] : was->items()) {
      AddDifferences(prefix + key, &old_value, value(*is, key), differences);
    }
    for (const auto& [key, new_value] : is->items()) {
      if (!was->contains(key)) {
        AddDifferences(prefix + key, nullptr, &new_value, differences);
      }
    }
    return;
  }
  const auto text = [](const Json* json) {
    std::string words = "not there";
    if (json != nullptr) {
      words = json->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return words;
  };
  if (text(was) != text(is)) {
    differences.push_back(
        absl::StrCat(name, " was ", text(was), ", is ", text(is)));
  }
}

}  // namespace

std::vector<std::string> SettingDifferences(const Json& was, const Json& is) {
  std::vector<std::string> differences;
  AddDifferences("", &was, &is, differences);
  return differences;
}

}  // namespace local_sgd
