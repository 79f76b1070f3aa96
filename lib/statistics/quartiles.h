// The median of measured times and the middle half around it, which a few slow
// moments of the machine do not move.

#ifndef LIB_STATISTICS_QUARTILES_H_
#define LIB_STATISTICS_QUARTILES_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "lib/check.h"

namespace local_sgd {

struct Quartiles {
  double low = 0;
  double median = 0;
  double high = 0;
};

// Between neighbours, linearly (R's type 7, NumPy's default). At least one
// value.
inline Quartiles QuartilesOf(std::vector<double> values) {
  LOCAL_SGD_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const auto at = [&values](double fraction) {
    const double position = fraction * static_cast<double>(values.size() - 1);
    const size_t below = static_cast<size_t>(position);
    const size_t above = std::min(below + 1, values.size() - 1);
    const double rest = position - std::floor(position);
    return values[below] + rest * (values[above] - values[below]);
  };
  return {at(0.25), at(0.5), at(0.75)};
}

}  // namespace local_sgd

#endif  // LIB_STATISTICS_QUARTILES_H_
