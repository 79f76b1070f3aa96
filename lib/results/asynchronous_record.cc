#include "lib/results/asynchronous_record.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/results/csv_reader.h"
#include "lib/results/diverged_column.h"
#include "lib/results/field_reader.h"
#include "lib/results/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns =
      *new std::vector<Column>{{"dataset", ""},
                               {"dataset_sha256", ""},
                               {"arm", ""},
                               {"regularization", ""},
                               {"step_size", ""},
                               {"method", ""},
                               {"batch", ""},
                               {"workers", ""},
                               {"period", ""},
                               {"seed", ""},
                               {"compute", ""},
                               {"message", ""},
                               {"message_seconds", ""},
                               {"slowdown", ""},
                               {"head_start", ""},
                               {"epsilon", ""},
                               {"iterations", ""},
                               {"seconds", ""},
                               {"gap", ""},
                               {"bound", ""},
                               {"bias_term", ""},
                               {"drift_term", ""},
                               {"tau", ""},
                               {"tau_median", ""},
                               {"foreign_steps_median", ""},
                               {kDivergedColumn, ""}};
  return columns;
}

}  // namespace

Table AsynchronousRecordTable(const std::vector<AsynchronousRecord>& records) {
  Table table;
  table.title = "Runs in modelled clusters";
  table.columns = Columns();
  for (const AsynchronousRecord& r : records) {
    table.rows.push_back({r.dataset,
                          r.dataset_sha256,
                          r.arm,
                          r.regularization,
                          r.step_size,
                          r.method,
                          r.batch,
                          r.workers,
                          r.period,
                          static_cast<int64_t>(r.seed),
                          r.compute,
                          r.message,
                          r.message_seconds,
                          r.slowdown,
                          r.head_start,
                          ToCell(r.epsilon),
                          ToCell(r.iterations),
                          ToCell(r.seconds),
                          ToCell(r.gap),
                          ToCell(r.bound),
                          ToCell(r.bias_term),
                          ToCell(r.drift_term),
                          r.tau,
                          r.tau_median,
                          r.foreign_steps_median,
                          DivergedCell(r.diverged)});
  }
  return table;
}

absl::StatusOr<std::vector<AsynchronousRecord>> ParseAsynchronousRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  const std::vector<std::string> kinds = {"constant", "uniform", "exponential",
                                          "pareto"};
  std::vector<AsynchronousRecord> records;
  std::set<std::tuple<std::string, std::string, std::string, std::string,
                      std::string, int64_t, int64_t, int64_t, uint64_t,
                      std::string, std::string, double, double, double,
                      std::optional<double>, std::optional<double>>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    AsynchronousRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.arm = reader.OneOf("arm", {"speed", "straggler", "delay"});
    r.regularization = reader.Text("regularization");
    r.step_size = reader.Text("step_size");
    r.method = reader.OneOf("method", {"synchronous", "asynchronous"});
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.period = reader.Count("period");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.compute = reader.OneOf("compute", kinds);
    r.message = reader.OneOf("message", kinds);
    r.message_seconds = reader.NumberFromZero("message_seconds");
    r.slowdown = reader.NumberAboveZero("slowdown");
    r.head_start = reader.NumberFromZero("head_start");
    r.epsilon = reader.OptionalNumberAboveZero("epsilon");
    r.iterations = reader.OptionalNumberAboveZero("iterations");
    r.seconds = reader.OptionalNumberAboveZero("seconds");
    r.gap = reader.OptionalNumber("gap");
    r.bound = reader.OptionalNumberFromZero("bound");
    r.bias_term = reader.OptionalNumberFromZero("bias_term");
    r.drift_term = reader.OptionalNumberFromZero("drift_term");
    r.tau = reader.IntegerFrom(0, "tau");
    r.tau_median = reader.IntegerFrom(0, "tau_median");
    r.foreign_steps_median = reader.IntegerFrom(0, "foreign_steps_median");
    r.diverged = reader.Diverged();
    if (!reader.status().ok()) return reader.status();
    // Where an arm stops at T, T is a setting.
    const std::optional<double> end = r.epsilon ? std::nullopt : r.iterations;
    if (!settings
             .insert({r.dataset, r.arm, r.regularization, r.step_size, r.method,
                      r.batch, r.workers, r.period, r.seed, r.compute,
                      r.message, r.message_seconds, r.slowdown, r.head_start,
                      r.epsilon, end})
             .second) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path, ":", csv.line,
                       ": these settings and this seed stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
