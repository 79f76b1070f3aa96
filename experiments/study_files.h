// What a program does with the records of a study, measured or modelled: their
// files in a results folder, what is made of them there, and stdout.

#ifndef EXPERIMENTS_STUDY_FILES_H_
#define EXPERIMENTS_STUDY_FILES_H_

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/report_files.h"
#include "experiments/study.h"
#include "lib/files/output_file.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {

// Writes the study's files there, in their order, and returns their paths.
template <class D>
absl::StatusOr<std::vector<std::string>> WriteStudyFiles(
    const Study<D>& study, const D& records, const std::string& folder) {
  std::vector<std::string> written;
  std::vector<std::string> replaced;
  for (const RecordFile<D>& file : study.files) {
    if (!file.is_written) continue;
    const std::string path = absl::StrCat(folder, "/", file.name);
    const Table table = file.table(records);
    if (file.is_optional && table.rows.empty()) {
      replaced.push_back(path);
      continue;
    }
    absl::StatusOr<std::string> text =
        file.contents ? file.contents(records) : ToCsv(table);
    RETURN_IF_ERROR(text.status());
    RETURN_IF_ERROR(WriteFileAtomically(path, *text));
    written.push_back(path);
  }
  // Those of an earlier run go when all that takes their place is there.
  for (const std::string& path : replaced) std::remove(path.c_str());
  return written;
}

// Makes the study's report, if it has one, of its files in the folder and
// writes it there.
template <class D>
absl::Status WriteReportOf(const Study<D>& study, const std::string& folder) {
  if (study.report == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto report, ReadReport(study, folder));
  return WriteReportFiles(report, folder, folder).status();
}

// For stdout: the tables of the report, or in other formats than that for a
// terminal the records of one of the study's files.
template <class D>
absl::StatusOr<std::string> TextOf(const Study<D>& study, const D& records,
                                   Format format, size_t printed_file = 0) {
  if (format == Format::kTable) return TablesText(study.report(records).tables);
  return ToFormat(study.files[printed_file].table(records), format);
}

}  // namespace local_sgd

#endif  // EXPERIMENTS_STUDY_FILES_H_
