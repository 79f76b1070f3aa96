#include "lib/results/speedup_record.h"

#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns =
      *new std::vector<Column>{{"dataset", ""},
                               {"dataset_sha256", ""},
                               {"step_size", ""},
                               {"epsilon", ""},
                               {"batch", ""},
                               {"workers", ""},
                               {"period", ""},
                               {"seeds", ""},
                               {"iterations", "", Decimals(0)},
                               {"iterations_stderr", "", Decimals(0)},
                               {"iterate", ""},
                               {"speedup_free", "", Decimals(2)},
                               {"speedup_star", "", Decimals(2)},
                               {"speedup_ring", "", Decimals(2)},
                               {"rho", ""}};
  return columns;
}

// Reads the fields of one record; keeps the first error.
class FieldReader {
 public:
  FieldReader(const CsvFile& file, const CsvRecord& record)
      : file_(file), record_(record) {}

  std::string Text(const char* column) {
    return Take(TextField(file_, record_, column));
  }
  std::optional<std::string> OptionalText(const char* column) {
    return Take(OptionalTextField(file_, record_, column));
  }
  int64_t Count(const char* column) {
    const int64_t value = Take(IntegerField(file_, record_, column));
    Expect(value >= 1, column, value, "at least 1");
    return value;
  }
  double Number(const char* column) {
    return Take(NumberField(file_, record_, column));
  }
  std::optional<double> OptionalNumber(const char* column) {
    return Take(OptionalNumberField(file_, record_, column));
  }

  template <typename T>
  void Expect(bool right, const char* column, const T& value,
              const char* expected) {
    if (right || !status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_.path, ":", record_.line, ": column '", column,
                     "' is '", value, "', expected ", expected));
  }

  const absl::Status& status() const { return status_; }

 private:
  template <typename T>
  T Take(absl::StatusOr<T> value) {
    if (value.ok()) return *std::move(value);
    if (status_.ok()) status_ = value.status();
    return T();
  }

  const CsvFile& file_;
  const CsvRecord& record_;
  absl::Status status_;
};

}  // namespace

Table SpeedupRecordTable(const std::vector<SpeedupRecord>& records) {
  Table table;
  table.title = "Measured speedups";
  table.columns = Columns();
  for (const SpeedupRecord& r : records) {
    table.rows.push_back(
        {r.dataset, r.dataset_sha256, r.step_size, r.epsilon, r.batch,
         r.workers, r.period, r.seeds, ToCell(r.iterations),
         ToCell(r.iterations_stderr), ToCell(r.iterate), ToCell(r.speedup_free),
         ToCell(r.speedup_star), ToCell(r.speedup_ring), r.rho});
  }
  return table;
}

absl::StatusOr<std::vector<SpeedupRecord>> ParseSpeedupRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  if (absl::Status status = ExpectColumns(file, names); !status.ok()) {
    return status;
  }
  std::vector<SpeedupRecord> records;
  std::set<std::tuple<std::string, std::string, std::string, double, int64_t,
                      int64_t, int64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    SpeedupRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.step_size = reader.Text("step_size");
    r.epsilon = reader.Number("epsilon");
    reader.Expect(r.epsilon > 0, "epsilon", r.epsilon, "above 0");
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.period = reader.Count("period");
    r.seeds = reader.Count("seeds");
    for (auto [column, field] : {std::pair("iterations", &r.iterations),
                                 std::pair("speedup_free", &r.speedup_free),
                                 std::pair("speedup_star", &r.speedup_star),
                                 std::pair("speedup_ring", &r.speedup_ring)}) {
      *field = reader.OptionalNumber(column);
      if (*field) reader.Expect(**field > 0, column, **field, "above 0");
    }
    r.iterations_stderr = reader.OptionalNumber("iterations_stderr");
    if (r.iterations_stderr) {
      reader.Expect(*r.iterations_stderr >= 0, "iterations_stderr",
                    *r.iterations_stderr, "at least 0");
    }
    r.iterate = reader.OptionalText("iterate");
    if (r.iterate) {
      reader.Expect(*r.iterate == "last" || *r.iterate == "uniform" ||
                        *r.iterate == "linear" || *r.iterate == "quadratic",
                    "iterate", *r.iterate,
                    "last, uniform, linear or quadratic");
    }
    r.rho = reader.Number("rho");
    reader.Expect(r.rho >= 0, "rho", r.rho, "at least 0");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.dataset_sha256, r.step_size, r.epsilon,
                      r.batch, r.workers, r.period})
             .second) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.path, ":", csv.line, ": these settings stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
