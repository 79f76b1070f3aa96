#include "lib/simulation/time_model.h"

#include <cmath>
#include <cstdint>

#include "Random123/philox.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/math/portable_exp.h"
#include "lib/math/portable_log.h"

namespace local_sgd {
namespace {

// Uniform on (0, 1], a multiple of 2^-53.
double UniformUpToOne(uint64_t seed, TimeStream stream, int64_t worker,
                      int64_t number) {
  const r123::Philox4x64::key_type key = {
      {seed, static_cast<uint64_t>(stream)}};
  const r123::Philox4x64::ctr_type counter = {
      {static_cast<uint64_t>(number), static_cast<uint64_t>(worker), 0, 0}};
  return static_cast<double>((r123::Philox4x64()(counter, key)[0] >> 11) + 1) *
         0x1p-53;
}

}  // namespace

TimeModel ConstantTime(double mean) {
  return {.kind = TimeModel::kConstant, .mean = mean};
}

TimeModel UniformTime(double mean, double spread) {
  return {.kind = TimeModel::kUniform, .mean = mean, .spread = spread};
}

TimeModel ExponentialTime(double mean) {
  return {.kind = TimeModel::kExponential, .mean = mean};
}

TimeModel ParetoTime(double mean, double tail) {
  return {.kind = TimeModel::kPareto, .mean = mean, .tail = tail};
}

absl::string_view Name(TimeModel::Kind kind) {
  switch (kind) {
    case TimeModel::kConstant:
      return "constant";
    case TimeModel::kUniform:
      return "uniform";
    case TimeModel::kExponential:
      return "exponential";
    case TimeModel::kPareto:
      return "pareto";
  }
  return "";
}

absl::Status ValidateTimeModel(absl::string_view what, const TimeModel& model) {
  const auto out_of_range = [what](absl::string_view name,
                                   absl::string_view range, double value) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": ", name, " must be ", range, ", but is ", value));
  };
  if (!(model.mean >= 0.0) || !std::isfinite(model.mean)) {
    return out_of_range("mean", "at least 0 and finite", model.mean);
  }
  if (model.kind == TimeModel::kUniform &&
      !(model.spread >= 0.0 && model.spread <= 1.0)) {
    return out_of_range("spread", "between 0 and 1", model.spread);
  }
  if (model.kind == TimeModel::kPareto &&
      (!(model.tail > 1.0) || !std::isfinite(model.tail))) {
    return out_of_range("tail", "above 1 and finite", model.tail);
  }
  return absl::OkStatus();
}

double DrawTime(const TimeModel& model, uint64_t seed, TimeStream stream,
                int64_t worker, int64_t number) {
  if (model.kind == TimeModel::kConstant) return model.mean;
  const double u = UniformUpToOne(seed, stream, worker, number);
  switch (model.kind) {
    case TimeModel::kConstant:
      break;
    case TimeModel::kUniform:
      return model.mean * (1.0 + model.spread * (2.0 * u - 1.0));
    case TimeModel::kExponential:
      return model.mean * -PortableLog(u);
    case TimeModel::kPareto:  // x_m u^(-1 / tail), x_m = mean (tail - 1) / tail
      return model.mean * ((model.tail - 1.0) / model.tail) *
             PortableExp(-PortableLog(u) / model.tail);
  }
  return model.mean;
}

}  // namespace local_sgd
