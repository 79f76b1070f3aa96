#include "lib/results/extrapolation_record.h"

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/results/csv_reader.h"
#include "lib/results/field_reader.h"
#include "lib/results/table.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns =
      *new std::vector<Column>{{"network", ""},
                               {"network_source", ""},
                               {"latency_seconds", ""},
                               {"message_seconds", ""},
                               {"bytes_per_second", ""},
                               {"features", ""},
                               {"gradient_seconds", ""},
                               {"gradient_source", ""},
                               {"batch", ""},
                               {"noise_seconds", ""},
                               {"epsilon", ""},
                               {"exchange", ""},
                               {"period", ""},
                               {"workers", ""},
                               {"compute_seconds", ""},
                               {"waiting_seconds", ""},
                               {"exchange_seconds", ""},
                               {"iteration_factor", ""},
                               {"speedup", ""},
                               {"limit", ""}};
  return columns;
}

}  // namespace

Table ExtrapolationRecordTable(
    const std::vector<ExtrapolationRecord>& records) {
  Table table;
  table.title = "A model of large clusters";
  table.columns = Columns();
  for (const ExtrapolationRecord& r : records) {
    table.rows.push_back(
        {r.network,          r.network_source,   r.latency_seconds,
         r.message_seconds,  r.bytes_per_second, r.features,
         r.gradient_seconds, r.gradient_source,  r.batch,
         r.noise_seconds,    r.epsilon,          r.exchange,
         r.period,           r.workers,          r.compute_seconds,
         r.waiting_seconds,  r.exchange_seconds, r.iteration_factor,
         r.speedup,          ToCell(r.limit)});
  }
  return table;
}

absl::StatusOr<std::vector<ExtrapolationRecord>> ParseExtrapolationRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<ExtrapolationRecord> records;
  std::set<std::tuple<std::string, int64_t, double, int64_t, double, double,
                      std::string, int64_t, int64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    ExtrapolationRecord r;
    r.network = reader.Text("network");
    r.network_source = reader.Text("network_source");
    r.latency_seconds = reader.NumberFromZero("latency_seconds");
    r.message_seconds = reader.NumberFromZero("message_seconds");
    r.bytes_per_second = reader.NumberAboveZero("bytes_per_second");
    r.features = reader.Count("features");
    r.gradient_seconds = reader.NumberAboveZero("gradient_seconds");
    r.gradient_source = reader.Text("gradient_source");
    r.batch = reader.Count("batch");
    r.noise_seconds = reader.NumberFromZero("noise_seconds");
    r.epsilon = reader.NumberFromZero("epsilon");
    r.exchange = reader.OneOf("exchange", {"tree", "ring", "server"});
    r.period = reader.Count("period");
    r.workers = reader.Count("workers");
    r.compute_seconds = reader.NumberAboveZero("compute_seconds");
    r.waiting_seconds = reader.NumberFromZero("waiting_seconds");
    r.exchange_seconds = reader.NumberFromZero("exchange_seconds");
    r.iteration_factor = reader.NumberAboveZero("iteration_factor");
    r.speedup = reader.NumberAboveZero("speedup");
    r.limit = reader.OptionalNumberAboveZero("limit");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.network, r.features, r.gradient_seconds, r.batch,
                      r.noise_seconds, r.epsilon, r.exchange, r.period,
                      r.workers})
             .second) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.path, ":", csv.line, ": these settings stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
