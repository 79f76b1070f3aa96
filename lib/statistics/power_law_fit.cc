#include "lib/statistics/power_law_fit.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/math/portable_log.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/student_t.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// exp from +, -, *, /; see portable_log.h. 0 or infinity out of range.
double Exp(double x) {
  const double k = std::floor(x / 0x1.62e42fefa39efp-1 + 0.5);
  if (!(std::abs(k) < 1100.0)) return x < 0 ? 0.0 : HUGE_VAL;
  const double r = (x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
  double sum = 1.0;
  for (int i = 18; i >= 1; --i) sum = 1.0 + sum * r / i;
  return std::ldexp(sum, static_cast<int>(k));
}

double Dot(const std::vector<double>& u, const std::vector<double>& v) {
  double sum = 0;
  for (size_t i = 0; i < u.size(); ++i) sum += u[i] * v[i];
  return sum;
}

// y += factor x.
void AddTimes(double factor, const std::vector<double>& x,
              std::vector<double>& y) {
  for (size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

absl::StatusOr<std::vector<double>> Logs(const std::string& name,
                                         absl::Span<const double> numbers,
                                         size_t size) {
  if (numbers.size() != size) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has ", numbers.size(), " values, y has ", size));
  }
  std::vector<double> logs;
  for (size_t i = 0; i < size; ++i) {
    if (!(numbers[i] > 0) || !std::isfinite(numbers[i])) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, "[", i, "] is ", numbers[i], ", expected positive and finite"));
    }
    logs.push_back(PortableLog(numbers[i]));
  }
  return logs;
}

Interval Around(double value, double half_width) {
  return {value, value - half_width, value + half_width};
}

}  // namespace

absl::StatusOr<PowerLawFit> FitPowerLaw(
    const std::vector<std::vector<double>>& x, absl::Span<const double> y) {
  const size_t m = y.size();
  const size_t p = x.size();
  if (p < 1 || m <= p + 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("a fit of ", p, " exponents and a factor to ", m,
                     " points, expected at least one and more points"));
  }
  ASSIGN_OR_RETURN(std::vector<double> log_y, Logs("y", y, m));
  const double mean_y = Mean(log_y);
  std::vector<double> residual = std::move(log_y);
  for (double& value : residual) value -= mean_y;

  // Modified Gram-Schmidt on the centred logs: log x_j = sum_i q_i r_ij.
  std::vector<double> means(p);
  std::vector<std::vector<double>> q(p);
  std::vector<std::vector<double>> r(p, std::vector<double>(p));
  std::vector<double> coordinates(p);  // of log y
  for (size_t j = 0; j < p; ++j) {
    ASSIGN_OR_RETURN(std::vector<double> logs,
                     Logs(absl::StrCat("x[", j, "]"), x[j], m));
    q[j] = std::move(logs);
    const double norm_before = std::sqrt(Dot(q[j], q[j]));
    means[j] = Mean(q[j]);
    for (double& value : q[j]) value -= means[j];
    for (size_t i = 0; i < j; ++i) {
      r[i][j] = Dot(q[i], q[j]);
      AddTimes(-r[i][j], q[i], q[j]);
    }
    r[j][j] = std::sqrt(Dot(q[j], q[j]));
    if (!(r[j][j] > 1e-9 * norm_before)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "x[", j, "] is constant or a power law of the ones before it"));
    }
    for (double& value : q[j]) value /= r[j][j];
    coordinates[j] = Dot(q[j], residual);
    AddTimes(-coordinates[j], q[j], residual);
  }

  // Solves R u = v from the last row up.
  const auto solve = [&](std::vector<double> v) {
    for (size_t j = p; j-- > 0;) {
      for (size_t i = j + 1; i < p; ++i) v[j] -= r[j][i] * v[i];
      v[j] /= r[j][j];
    }
    return v;
  };
  PowerLawFit fit;
  fit.degrees_of_freedom = static_cast<int64_t>(m - p - 1);
  fit.residual_deviation =
      std::sqrt(Dot(residual, residual) / static_cast<double>(m - p - 1));
  const double width =
      StudentTQuantile975(fit.degrees_of_freedom) * fit.residual_deviation;
  // The covariance of the exponents is residual^2 R^-1 R^-T: column i of R^-1
  // contributes its squares. c_0 = mean log y - sum_j e_j mean log x_j.
  const std::vector<double> exponents = solve(coordinates);
  std::vector<double> variances(p);
  double factor_variance = 1.0 / static_cast<double>(m);
  for (size_t i = 0; i < p; ++i) {
    std::vector<double> unit(p);
    unit[i] = 1.0;
    const std::vector<double> column = solve(std::move(unit));
    for (size_t j = 0; j < p; ++j) variances[j] += column[j] * column[j];
    const double part = Dot(means, column);
    factor_variance += part * part;
  }
  for (size_t j = 0; j < p; ++j) {
    fit.exponents.push_back(
        Around(exponents[j], width * std::sqrt(variances[j])));
  }
  const Interval log_factor = Around(mean_y - Dot(means, exponents),
                                     width * std::sqrt(factor_variance));
  fit.factor = {Exp(log_factor.value), Exp(log_factor.low),
                Exp(log_factor.high)};
  return fit;
}

}  // namespace local_sgd
