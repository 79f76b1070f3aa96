// How the settings of two runs differ, for a user.

#ifndef LIB_PROGRAM_SETTING_DIFFERENCES_H_
#define LIB_PROGRAM_SETTING_DIFFERENCES_H_

#include <string>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// "flags.seeds was 3, is 5" for each value that differs, objects key by key,
// whatever their order; anything else as a whole. Empty when nothing does.
std::vector<std::string> SettingDifferences(const nlohmann::ordered_json& was,
                                            const nlohmann::ordered_json& is);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_SETTING_DIFFERENCES_H_
