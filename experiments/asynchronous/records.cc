#include "experiments/asynchronous/records.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "lib/records/diverged_column.h"
#include "lib/records/field_reader.h"
#include "lib/records/group_by.h"
#include "lib/records/schema.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

Accepted ATime() {
  return OneOf({"constant", "uniform", "exponential", "pareto"});
}

// All that the runs of a setting have in common but the method; where an arm
// stops at T, T is a setting.
auto SettingOf(const AsynchronousRecord& r) {
  return std::tuple(r.regularization, r.workers, r.period, r.compute, r.message,
                    r.message_seconds, r.slowdown, r.head_start, r.epsilon,
                    r.epsilon ? std::nullopt : r.iterations);
}

}  // namespace

const Schema<AsynchronousRecord>& AsynchronousSchema() {
  using R = AsynchronousRecord;
  static const auto& schema = *new Schema<R>{
      .title = "Runs in modelled clusters",
      .fields = {Key("dataset", &R::dataset),
                 Value("dataset_sha256", &R::dataset_sha256),
                 Key("arm", &R::arm, OneOf({"speed", "straggler", "delay"})),
                 Key("regularization", &R::regularization),
                 Key("step_size", &R::step_size),
                 Key("method", &R::method,
                     OneOf({"synchronous", "asynchronous"})),
                 Key("batch", &R::batch, AtLeast(1)),
                 Key("workers", &R::workers, AtLeast(1)),
                 Key("period", &R::period, AtLeast(1)),
                 Key("seed", &R::seed),
                 Key("compute", &R::compute, ATime()),
                 Key("message", &R::message, ATime()),
                 Key("message_seconds", &R::message_seconds, AtLeast(0)),
                 Key("slowdown", &R::slowdown, Above(0)),
                 Key("head_start", &R::head_start, AtLeast(0)),
                 Key("epsilon", &R::epsilon, Above(0)),
                 Value("iterations", &R::iterations, Above(0)),
                 Value("seconds", &R::seconds, Above(0)),
                 Value("gap", &R::gap),
                 Value("bound", &R::bound, AtLeast(0)),
                 Value("bias_term", &R::bias_term, AtLeast(0)),
                 Value("drift_term", &R::drift_term, AtLeast(0)),
                 Value("tau", &R::tau, AtLeast(0)),
                 Value("tau_median", &R::tau_median, AtLeast(0)),
                 Value("foreign_steps_median", &R::foreign_steps_median,
                       AtLeast(0)),
                 Value(kDivergedColumn, &R::diverged)},
      // Where an arm stops at T, T is a setting.
      .derived_key = [](const R& r) {
        return r.epsilon ? Cell() : ToCell(r.iterations);
      }};
  return schema;
}

std::vector<AsynchronousFamily> FamiliesOf(
    const std::vector<AsynchronousRecord>& records, const std::string& arm) {
  std::vector<AsynchronousRecord> runs;
  std::copy_if(records.begin(), records.end(), std::back_inserter(runs),
               [&arm](const AsynchronousRecord& r) { return r.arm == arm; });
  auto families = GroupBy(runs, [](const AsynchronousRecord& r) {
    return std::pair(SettingOf(r), r.method);
  });
  for (AsynchronousFamily& family : families) {
    std::sort(family.begin(), family.end(),
              [](const AsynchronousRecord& a, const AsynchronousRecord& b) {
                return a.seed < b.seed;
              });
  }
  return families;
}

std::vector<AsynchronousPair> PairsOf(
    const std::vector<AsynchronousRecord>& records, const std::string& arm) {
  std::vector<AsynchronousPair> pairs;
  for (auto& both : GroupBy(
           FamiliesOf(records, arm),
           [](const AsynchronousFamily& f) { return SettingOf(f.front()); })) {
    if (both.size() < 2) continue;
    if (both[0].front().method != "synchronous") std::swap(both[0], both[1]);
    pairs.push_back({std::move(both[0]), std::move(both[1])});
  }
  return pairs;
}

int64_t LargestTau(const AsynchronousFamily& family) {
  int64_t tau = 0;
  for (const AsynchronousRecord& r : family) tau = std::max(tau, r.tau);
  return tau;
}

}  // namespace local_sgd
