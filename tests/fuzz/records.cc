// The records of the results. The first byte says of which kind, the rest is
// the lines behind the one with the columns: what is read can be written and
// read back to the same text, and shown in every format.

#include "experiments/measured_speedup/records.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "experiments/asynchronous/records.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/cluster_speedup/records.h"
#include "experiments/communication_period/records.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/theoretical_speedup/records.h"
#include "experiments/variance_reduction/records.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/schema.h"
#include "lib/records/table.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {
namespace {

template <class Record>
absl::StatusOr<std::vector<Record>> Read(const Schema<Record>& schema,
                                         const std::string& text) {
  const absl::StatusOr<CsvFile> file = ParseCsv(text, "input");
  if (!file.ok()) return file.status();
  return ParseRecords(schema, *file);
}

// The records, none where they are not accepted.
template <class Record>
std::vector<Record> Check(const Schema<Record>& schema,
                          absl::string_view lines) {
  const std::string header = ToCsv(ToTable(schema, {})).value();
  absl::StatusOr<std::vector<Record>> records =
      Read(schema, absl::StrCat(header, lines));
  if (!records.ok()) {
    Require(absl::StartsWith(records.status().message(), "input:"),
            "an error that names file and line", records.status().ToString());
    return {};
  }
  const Table table = ToTable(schema, *records);
  const absl::StatusOr<std::string> written = ToCsv(table);
  Require(written.ok(), "a table", written.status().ToString());
  const absl::StatusOr<std::vector<Record>> again = Read(schema, *written);
  Require(again.ok(), "what is written can be read", again.status().ToString());
  Require(ToCsv(ToTable(schema, *again)).value() == *written,
          "the same records", *written);
  for (const bool shown :
       {ToText(table).ok(), ToTextList(table).ok(), ToJson(table).ok(),
        ToMarkdown(table).ok(), ToLatex(table, "label").ok()}) {
    Require(shown, "every format");
  }
  return *std::move(records);
}

}  // namespace

void FuzzOneInput(absl::string_view bytes) {
  if (bytes.empty()) return;
  const char kind = bytes[0];
  bytes.remove_prefix(1);
  switch (static_cast<unsigned char>(kind) % 14) {
    case 0:
      Check(AsynchronousSchema(), bytes);
      return;
    case 1:
      Check(ConvergenceBoundSchema(), bytes);
      return;
    case 2:
      Check(FindingSchema(), bytes);
      return;
    case 3:
      Check(IterationsSchema(), bytes);
      return;
    case 4:
      for (const PeriodRecord& record : Check(PeriodSchema(), bytes)) {
        (void)ArmSetting(record);
        (void)CellSetting(record);
      }
      return;
    case 5:
      for (const ScheduleRecord& record : Check(ScheduleSchema(), bytes)) {
        (void)ScheduleSetting(record);
      }
      return;
    case 6:
      Check(SpeedupSchema(), bytes);
      return;
    case 7:
      Check(TuningSchema(), bytes);
      return;
    case 8:
      for (const VarianceSeries& series :
           SeriesOf(Check(VarianceSchema(), bytes))) {
        Require(series.cells.size() >= 2, "series of two cells or more");
      }
      return;
    case 9:
      Check(GradientVarianceSchema(), bytes);
      return;
    case 10:
      Check(ClusterSchema(), bytes);
      return;
    case 11:
      Check(ExtrapolationSchema(), bytes);
      return;
    case 12:
      Check(RunLineSchema(), bytes);
      return;
    case 13:
      Check(ModelledSpeedupSchema(), bytes);
      return;
  }
}

}  // namespace local_sgd
