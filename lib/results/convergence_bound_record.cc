#include "lib/results/convergence_bound_record.h"

#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/results/field_reader.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns = *new std::vector<Column>{
      {"dataset", ""},        {"dataset_sha256", ""}, {"lambda", ""},
      {"workers", ""},        {"batch", ""},          {"period", ""},
      {"iterations", ""},     {"seeds", ""},          {"error", ""},
      {"error_stderr", ""},   {"bias", ""},           {"variance_a_priori", ""},
      {"drift_a_priori", ""}, {"total_a_priori", ""}, {"ratio_a_priori", ""},
      {"variance_path", ""},  {"drift_path", ""},     {"total_path", ""},
      {"ratio_path", ""}};
  return columns;
}

BoundColumns ReadBound(FieldReader& reader, const std::string& ending) {
  BoundColumns bound;
  bound.variance = reader.NumberFromZero(("variance" + ending).c_str());
  bound.drift = reader.NumberFromZero(("drift" + ending).c_str());
  bound.total = reader.NumberFromZero(("total" + ending).c_str());
  bound.ratio = reader.OptionalNumberFromZero(("ratio" + ending).c_str());
  return bound;
}

}  // namespace

Table ConvergenceBoundRecordTable(
    const std::vector<ConvergenceBoundRecord>& records) {
  Table table;
  table.title = "f(xhat_T) - f* and bound (5)";
  table.columns = Columns();
  for (const ConvergenceBoundRecord& r : records) {
    table.rows.push_back({r.dataset, r.dataset_sha256, r.lambda, r.workers,
                          r.batch, r.period, r.iterations, r.seeds, r.error,
                          ToCell(r.error_stderr), r.bias, r.a_priori.variance,
                          r.a_priori.drift, r.a_priori.total,
                          ToCell(r.a_priori.ratio), r.path.variance,
                          r.path.drift, r.path.total, ToCell(r.path.ratio)});
  }
  return table;
}

absl::StatusOr<std::vector<ConvergenceBoundRecord>>
ParseConvergenceBoundRecords(const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<ConvergenceBoundRecord> records;
  std::set<std::tuple<std::string, double, int64_t, int64_t, int64_t, int64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    ConvergenceBoundRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.lambda = reader.NumberAboveZero("lambda");
    r.workers = reader.Count("workers");
    r.batch = reader.Count("batch");
    r.period = reader.Count("period");
    r.iterations = reader.Count("iterations");
    r.seeds = reader.Count("seeds");
    r.error = reader.Number("error");
    r.error_stderr = reader.OptionalNumberFromZero("error_stderr");
    reader.ExpectPresence(r.seeds > 1, "error_stderr", "for several seeds");
    r.bias = reader.NumberFromZero("bias");
    r.a_priori = ReadBound(reader, "_a_priori");
    r.path = ReadBound(reader, "_path");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.lambda, r.workers, r.batch, r.period,
                      r.iterations})
             .second) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.path, ":", csv.line, ": these settings stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
