#include "lib/results/variance_record.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/results/field_reader.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns =
      *new std::vector<Column>{{"dataset", ""},
                               {"dataset_sha256", ""},
                               {"regularization", ""},
                               {"step_size", ""},
                               {"synchronisation", ""},
                               {"batch", ""},
                               {"workers", ""},
                               {"iterations", ""},
                               {"iterate", ""},
                               {"seed", ""},
                               {"squared_distance", ""},
                               {"squared_deviation", ""},
                               {"variance_of_others", ""},
                               {"gap", ""},
                               {"gap_of_others", ""},
                               {"gap_of_mean", ""}};
  return columns;
}

const std::vector<Column>& GradientColumns() {
  static const auto& columns =
      *new std::vector<Column>{{"dataset", ""},
                               {"dataset_sha256", ""},
                               {"point", ""},
                               {"regularization", ""},
                               {"step_size", ""},
                               {"synchronisation", ""},
                               {"batch", ""},
                               {"workers", ""},
                               {"iterations", ""},
                               {"seed", ""},
                               {"draws", ""},
                               {"variance", ""},
                               {"gradient_variance", ""}};
  return columns;
}

absl::Status ExpectTheseColumns(const CsvFile& file,
                                const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  return ExpectColumns(file, names);
}

absl::Status StandsTwice(const CsvFile& file, const CsvRecord& csv) {
  return absl::InvalidArgumentError(absl::StrCat(
      file.path, ":", csv.line, ": these settings and this seed stand twice"));
}

VarianceMethod ReadMethod(FieldReader& reader) {
  VarianceMethod method;
  method.regularization = reader.Text("regularization");
  method.step_size = reader.Text("step_size");
  method.synchronisation = reader.Text("synchronisation");
  return method;
}

}  // namespace

Table VarianceRecordTable(const std::vector<VarianceRecord>& records) {
  Table table;
  table.title = "Errors of every seed";
  table.columns = Columns();
  for (const VarianceRecord& r : records) {
    table.rows.push_back({r.dataset, r.dataset_sha256, r.method.regularization,
                          r.method.step_size, r.method.synchronisation, r.batch,
                          r.workers, r.iterations, r.iterate,
                          static_cast<int64_t>(r.seed),
                          r.error.squared_distance, r.error.squared_deviation,
                          r.error.variance_of_others, r.error.gap,
                          r.error.gap_of_others, r.error.gap_of_mean});
  }
  return table;
}

Table GradientVarianceRecordTable(
    const std::vector<GradientVarianceRecord>& records) {
  Table table;
  table.title = "Variance of the averaged gradient";
  table.columns = GradientColumns();
  for (const GradientVarianceRecord& r : records) {
    table.rows.push_back({r.dataset, r.dataset_sha256, r.point,
                          r.method.regularization, r.method.step_size,
                          r.method.synchronisation, r.batch, r.workers,
                          r.iterations, static_cast<int64_t>(r.seed), r.draws,
                          r.variance, r.gradient_variance});
  }
  return table;
}

absl::StatusOr<std::vector<VarianceRecord>> ParseVarianceRecords(
    const CsvFile& file) {
  RETURN_IF_ERROR(ExpectTheseColumns(file, Columns()));
  std::vector<VarianceRecord> records;
  std::set<std::tuple<std::string, VarianceMethod, int64_t, int64_t, int64_t,
                      std::string, uint64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    VarianceRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.method = ReadMethod(reader);
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.iterations = reader.Count("iterations");
    reader.ExpectCountable(r.iterations, r.workers, r.batch);
    r.iterate = reader.OneOf("iterate", IterateChoices());
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.error.squared_distance = reader.NumberFromZero("squared_distance");
    r.error.squared_deviation = reader.NumberFromZero("squared_deviation");
    r.error.variance_of_others = reader.NumberFromZero("variance_of_others");
    r.error.gap = reader.Number("gap");
    r.error.gap_of_others = reader.Number("gap_of_others");
    r.error.gap_of_mean = reader.Number("gap_of_mean");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.method, r.batch, r.workers, r.iterations,
                      r.iterate, r.seed})
             .second) {
      return StandsTwice(file, csv);
    }
    records.push_back(std::move(r));
  }
  return records;
}

absl::StatusOr<std::vector<GradientVarianceRecord>>
ParseGradientVarianceRecords(const CsvFile& file) {
  RETURN_IF_ERROR(ExpectTheseColumns(file, GradientColumns()));
  std::vector<GradientVarianceRecord> records;
  std::set<std::tuple<std::string, std::string, VarianceMethod, int64_t,
                      int64_t, int64_t, uint64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    GradientVarianceRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.point = reader.OneOf("point", {"start", "optimum", "path"});
    r.method = ReadMethod(reader);
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.iterations = reader.IntegerFrom(0, "iterations");
    r.seed = static_cast<uint64_t>(reader.IntegerFrom(0, "seed"));
    r.draws = reader.Count("draws");
    r.variance = reader.NumberFromZero("variance");
    r.gradient_variance = reader.NumberFromZero("gradient_variance");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.point, r.method, r.batch, r.workers,
                      r.iterations, r.seed})
             .second) {
      return StandsTwice(file, csv);
    }
    records.push_back(std::move(r));
  }
  return records;
}

std::vector<VarianceSeries> SeriesOf(
    const std::vector<VarianceRecord>& records) {
  // The series that a record may be in, without its cells.
  struct Key {
    std::string dataset;
    VarianceMethod method;
    std::string iterate;
    int64_t batch;
    bool equal_iterations;
    int64_t equal;
    auto operator<=>(const Key&) const = default;
  };
  std::vector<Key> order;
  std::map<Key, std::map<int64_t, std::map<uint64_t, const VarianceRecord*>>>
      cells;
  std::vector<VarianceMethod> methods;
  for (const VarianceRecord& r : records) {
    if (std::find(methods.begin(), methods.end(), r.method) == methods.end()) {
      methods.push_back(r.method);
    }
  }
  for (const bool equal_iterations : {true, false}) {
    for (const VarianceRecord& r : records) {
      for (const VarianceMethod& method : methods) {
        const bool same = r.method == method;
        const bool shared = r.workers == 1 &&
                            r.method.regularization == method.regularization &&
                            r.method.step_size == method.step_size;
        if (!same && !shared) continue;
        const Key key = {r.dataset,
                         method,
                         r.iterate,
                         r.batch,
                         equal_iterations,
                         equal_iterations ? r.iterations
                                          : r.iterations * r.workers * r.batch};
        if (cells.find(key) == cells.end()) order.push_back(key);
        cells[key][r.workers][r.seed] = &r;
      }
    }
  }
  std::vector<VarianceSeries> all;
  for (const Key& key : order) {
    VarianceSeries series = {key.dataset, key.method,           key.iterate,
                             key.batch,   key.equal_iterations, key.equal,
                             {}};
    size_t most_seeds = 0;
    for (const auto& [workers, seeds] : cells[key]) {
      most_seeds = std::max(most_seeds, seeds.size());
    }
    for (const auto& [workers, seeds] : cells[key]) {
      if (seeds.size() < most_seeds) continue;
      VarianceCell cell;
      cell.workers = workers;
      cell.iterations = seeds.begin()->second->iterations;
      for (const auto& [seed, record] : seeds) {
        cell.seeds.push_back(record->error);
      }
      series.cells.push_back(std::move(cell));
    }
    if (series.cells.size() >= 2) all.push_back(std::move(series));
  }
  return all;
}

}  // namespace local_sgd
