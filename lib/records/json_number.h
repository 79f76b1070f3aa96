// Numbers in JSON, which has none that are not finite.

#ifndef LIB_RECORDS_JSON_NUMBER_H_
#define LIB_RECORDS_JSON_NUMBER_H_

#include <cmath>

#include "nlohmann/json.hpp"

namespace local_sgd {

inline nlohmann::ordered_json FiniteOrNull(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value)
                              : nlohmann::ordered_json();
}

}  // namespace local_sgd

#endif  // LIB_RECORDS_JSON_NUMBER_H_
