#include "lib/results/cluster_record.h"

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
      *new std::vector<Column>{{"dataset", ""},
                               {"dataset_sha256", ""},
                               {"step_size", ""},
                               {"epsilon", ""},
                               {"batch", ""},
                               {"seed", ""},
                               {"network", ""},
                               {"nodes", ""},
                               {"cpu", ""},
                               {"cores", ""},
                               {"ranks", ""},
                               {"period", ""},
                               {"iterations", ""},
                               {"gradient_seconds", ""},
                               {"exchange_seconds", ""},
                               {"iteration_seconds", ""},
                               {"iteration_seconds_low", ""},
                               {"iteration_seconds_high", ""}};
  return columns;
}

}  // namespace

Table ClusterRecordTable(const std::vector<ClusterRecord>& records) {
  Table table;
  table.title = "Times of ranks";
  table.columns = Columns();
  for (const ClusterRecord& r : records) {
    table.rows.push_back(
        {r.dataset, r.dataset_sha256, r.step_size, r.epsilon, r.batch,
         static_cast<int64_t>(r.seed), r.network, r.nodes, r.cpu, r.cores,
         r.ranks, r.period, r.iterations ? Cell(*r.iterations) : Cell(),
         r.gradient_seconds, ToCell(r.exchange_seconds), r.iteration_seconds,
         r.iteration_seconds_low, r.iteration_seconds_high});
  }
  return table;
}

absl::StatusOr<std::vector<ClusterRecord>> ParseClusterRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<ClusterRecord> records;
  std::set<std::tuple<std::string, int64_t, int64_t>> settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    ClusterRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.step_size = reader.Text("step_size");
    r.epsilon = reader.NumberAboveZero("epsilon");
    r.batch = reader.Count("batch");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.network = reader.Text("network");
    r.nodes = reader.Count("nodes");
    r.cpu = reader.Text("cpu");
    r.cores = reader.Count("cores");
    r.ranks = reader.Count("ranks");
    r.period = reader.Count("period");
    r.iterations = reader.OptionalCount("iterations");
    r.gradient_seconds = reader.NumberAboveZero("gradient_seconds");
    r.exchange_seconds = reader.OptionalNumberAboveZero("exchange_seconds");
    r.iteration_seconds = reader.NumberAboveZero("iteration_seconds");
    r.iteration_seconds_low = reader.NumberAboveZero("iteration_seconds_low");
    r.iteration_seconds_high = reader.NumberAboveZero("iteration_seconds_high");
    if (!reader.status().ok()) return reader.status();
    if (!settings.insert({r.network, r.ranks, r.period}).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.path, ":", csv.line,
                       ": this network, ranks and period stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
