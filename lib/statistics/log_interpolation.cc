#include "lib/statistics/log_interpolation.h"

#include <cmath>
#include <limits>

#include "absl/types/span.h"
#include "lib/check.h"
#include "lib/math/portable_exp.h"
#include "lib/math/portable_log.h"

namespace local_sgd {

double InterpolateLogs(double x0, double y0, double x1, double y1, double x) {
  for (const double value : {x0, y0, x1, y1}) {
    if (!(value > 0.0)) return std::numeric_limits<double>::quiet_NaN();
  }
  const double share = PortableLog(x / x0) / PortableLog(x1 / x0);
  return y0 * PortableExp(share * PortableLog(y1 / y0));
}

PeriodEstimate LargestPeriodWithin(absl::Span<const LossPoint> curve,
                                   double limit) {
  LOCAL_SGD_CHECK(!curve.empty());
  for (size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].ratio <= limit) continue;
    if (i == 0) {
      return {static_cast<double>(curve[0].period), Censoring::kBelow};
    }
    const double before = static_cast<double>(curve[i - 1].period);
    if (!std::isfinite(curve[i].ratio) || !(curve[i - 1].ratio > 0.0)) {
      return {before, Censoring::kNone};
    }
    return {InterpolateLogs(curve[i - 1].ratio, before, curve[i].ratio,
                            static_cast<double>(curve[i].period), limit),
            Censoring::kNone};
  }
  return {static_cast<double>(curve.back().period), Censoring::kAbove};
}

}  // namespace local_sgd
