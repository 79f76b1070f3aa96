// How long a step or a message takes in a simulated cluster: a distribution
// with a given mean, drawn through counter-based random numbers, so that a time
// depends on the seed, the worker and its place in the worker's sequence, and
// on no order of events. Own log and exp: the same bits on every machine.

#ifndef LIB_SIMULATION_TIME_MODEL_H_
#define LIB_SIMULATION_TIME_MODEL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace local_sgd {

struct TimeModel {
  enum Kind {
    kConstant,     // mean
    kUniform,      // on mean [1 - spread, 1 + spread]
    kExponential,  // with this mean
    kPareto,       // P(time > x) = (x_m / x)^tail for x >= x_m: heavy-tailed
  };
  Kind kind = kConstant;
  double mean = 0.0;    // seconds
  double spread = 0.0;  // of kUniform, between 0 and 1
  double tail = 0.0;    // of kPareto, above 1; at 2 or less no variance exists
};

TimeModel ConstantTime(double mean);
TimeModel UniformTime(double mean, double spread);
TimeModel ExponentialTime(double mean);
TimeModel ParetoTime(double mean, double tail);

// "constant", "uniform", "exponential", "pareto": as in every record.
absl::string_view Name(TimeModel::Kind kind);

// InvalidArgument for a mean that is negative or not finite, a spread or a tail
// out of range; the message begins with `what` ("compute time of worker 3") and
// quotes the value.
absl::Status ValidateTimeModel(absl::string_view what, const TimeModel& model);

// What a time is drawn for. Each is a stream of its own, and none is the one
// that rows are drawn from: the streams are the second word of Philox's key,
// where DrawRows has 0.
enum class TimeStream : uint64_t { kCompute = 1, kMessage = 2 };

// Time `number` >= 0 of `worker`, in seconds, at least 0 and finite.
double DrawTime(const TimeModel& model, uint64_t seed, TimeStream stream,
                int64_t worker, int64_t number);

}  // namespace local_sgd

#endif  // LIB_SIMULATION_TIME_MODEL_H_
