// The records of the results. The first byte says of which kind, the rest is
// the lines behind the one with the columns: what is read can be written and
// read back to the same text, and shown in every format.

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/results/asynchronous_record.h"
#include "lib/results/cluster_record.h"
#include "lib/results/convergence_bound_record.h"
#include "lib/results/csv_reader.h"
#include "lib/results/extrapolation_record.h"
#include "lib/results/finding_record.h"
#include "lib/results/iterations_record.h"
#include "lib/results/period_record.h"
#include "lib/results/speedup_record.h"
#include "lib/results/table.h"
#include "lib/results/tuning_record.h"
#include "lib/results/variance_record.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {
namespace {

template <class Record>
using ToTable = Table (*)(const std::vector<Record>&);
template <class Record>
using FromCsv = absl::StatusOr<std::vector<Record>> (*)(const CsvFile&);

template <class Record>
absl::StatusOr<std::vector<Record>> Read(const std::string& text,
                                         FromCsv<Record> from_csv) {
  const absl::StatusOr<CsvFile> file = ParseCsv(text, "input");
  if (!file.ok()) return file.status();
  return from_csv(*file);
}

// The records, none where they are not accepted.
template <class Record>
std::vector<Record> Check(absl::string_view lines, ToTable<Record> to_table,
                          FromCsv<Record> from_csv) {
  const std::string header = ToCsv(to_table({})).value();
  absl::StatusOr<std::vector<Record>> records =
      Read(absl::StrCat(header, lines), from_csv);
  if (!records.ok()) {
    Require(absl::StartsWith(records.status().message(), "input:"),
            "an error that names file and line", records.status().ToString());
    return {};
  }
  const Table table = to_table(*records);
  const absl::StatusOr<std::string> written = ToCsv(table);
  Require(written.ok(), "a table", written.status().ToString());
  const absl::StatusOr<std::vector<Record>> again = Read(*written, from_csv);
  Require(again.ok(), "what is written can be read", again.status().ToString());
  Require(ToCsv(to_table(*again)).value() == *written, "the same records",
          *written);
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
  switch (static_cast<unsigned char>(kind) % 12) {
    case 0:
      Check<AsynchronousRecord>(bytes, AsynchronousRecordTable,
                                ParseAsynchronousRecords);
      return;
    case 1:
      Check<ConvergenceBoundRecord>(bytes, ConvergenceBoundRecordTable,
                                    ParseConvergenceBoundRecords);
      return;
    case 2:
      Check<FindingRecord>(bytes, FindingRecordTable, ParseFindingRecords);
      return;
    case 3:
      Check<IterationsRecord>(bytes, IterationsRecordTable,
                              ParseIterationsRecords);
      return;
    case 4:
      for (const PeriodRecord& record :
           Check<PeriodRecord>(bytes, PeriodRecordTable, ParsePeriodRecords)) {
        (void)ArmSetting(record);
        (void)CellSetting(record);
      }
      return;
    case 5:
      for (const ScheduleRecord& record : Check<ScheduleRecord>(
               bytes, ScheduleRecordTable, ParseScheduleRecords)) {
        (void)ScheduleSetting(record);
      }
      return;
    case 6:
      Check<SpeedupRecord>(bytes, SpeedupRecordTable, ParseSpeedupRecords);
      return;
    case 7:
      Check<TuningRecord>(bytes, TuningRecordTable, ParseTuningRecords);
      return;
    case 8:
      for (const VarianceSeries& series : SeriesOf(Check<VarianceRecord>(
               bytes, VarianceRecordTable, ParseVarianceRecords))) {
        Require(series.cells.size() >= 2, "series of two cells or more");
      }
      return;
    case 9:
      Check<GradientVarianceRecord>(bytes, GradientVarianceRecordTable,
                                    ParseGradientVarianceRecords);
      return;
    case 10:
      Check<ClusterRecord>(bytes, ClusterRecordTable, ParseClusterRecords);
      return;
    case 11:
      Check<ExtrapolationRecord>(bytes, ExtrapolationRecordTable,
                                 ParseExtrapolationRecords);
      return;
  }
}

}  // namespace local_sgd
