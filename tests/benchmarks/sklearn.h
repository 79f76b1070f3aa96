// What we compare with: Debian's python3-sklearn, in a process of its own, on
// one core.

#ifndef TESTS_BENCHMARKS_SKLEARN_H_
#define TESTS_BENCHMARKS_SKLEARN_H_

#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// Whether it is installed; says on stdout which version, or that it is not.
bool HasSklearn();

// What the script of that name in this folder prints when given `arguments`, or
// nothing where that is not one JSON object.
std::optional<nlohmann::json> RunSklearn(
    const std::string& script, const std::vector<std::string>& arguments);

}  // namespace local_sgd

#endif  // TESTS_BENCHMARKS_SKLEARN_H_
