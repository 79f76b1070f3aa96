// A study, as whoever reads a results folder sees it, is a value: the files of
// records that it has there and what is made of them. D is a plain struct with
// a vector of records for each file:
//
//   struct VarianceReduction {
//     std::vector<VarianceRecord> iterates;
//     std::vector<FindingRecord> findings;
//   };
//
// How a study is run is another value: experiments/experiment.h.

#ifndef EXPERIMENTS_STUDY_H_
#define EXPERIMENTS_STUDY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/report_files.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/schema.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {

// One file of records, and how they go there and come back.
template <class D>
struct RecordFile {
  std::string name;
  bool is_shown = true;  // tables and figures are made of it
  std::function<Table(const D&)> table;
  // Adds the records of the file; errors as ParseRecords.
  std::function<absl::Status(const CsvFile&, D&)> add;
  bool may_be_empty = false;  // it is shown all the same
  bool is_written = true;     // else only the journal has the records
};

// What a report is made of, and what is not: kIfAny may have no records, and
// those of kInJournal are only for later stages of the run, in no folder.
enum class Shown { kYes, kIfAny, kNo, kInJournal };

template <class D, class R>
RecordFile<D> FileOf(const std::string& name, const Schema<R>& schema,
                     std::vector<R> D::*records, Shown shown = Shown::kYes) {
  return {name,
          shown == Shown::kYes || shown == Shown::kIfAny,
          [&schema, records](const D& data) {
            return ToTable(schema, data.*records);
          },
          [&schema, records](const CsvFile& file, D& data) -> absl::Status {
            ASSIGN_OR_RETURN(const auto added, ParseRecords(schema, file));
            std::vector<R>& all = data.*records;
            all.insert(all.end(), added.begin(), added.end());
            return absl::OkStatus();
          },
          shown == Shown::kIfAny,
          shown != Shown::kInJournal};
}

template <class D>
struct Study {
  std::string name;  // of its program, and how its files' names begin
  std::vector<RecordFile<D>> files;
  // The tables and figures of records of every file that is shown. Of a study
  // that shows its findings these are among the records.
  ExperimentReport (*report)(const D&) = nullptr;
  // Adds what the report takes from other files of the folder. May be null.
  void (*read_beside)(const std::string& folder, D&) = nullptr;
};

// The records of the study's files that are shown. NotFound, naming the file,
// for one that is missing or empty; otherwise errors as ReadRecords.
template <class D>
absl::StatusOr<D> ReadStudy(const Study<D>& study, const std::string& folder) {
  D data;
  for (const RecordFile<D>& file : study.files) {
    if (!file.is_shown) continue;
    ASSIGN_OR_RETURN(const CsvFile csv,
                     ReadCsv(absl::StrCat(folder, "/", file.name)));
    RETURN_IF_ERROR(file.add(csv, data));
    if (csv.records.empty() && !file.may_be_empty) {
      return absl::NotFoundError(absl::StrCat(csv.path, ": no records"));
    }
  }
  if (study.read_beside != nullptr) study.read_beside(folder, data);
  return data;
}

// What is made of the records in a folder; errors as ReadStudy.
template <class D>
absl::StatusOr<ExperimentReport> ReadReport(const Study<D>& study,
                                            const std::string& folder) {
  ASSIGN_OR_RETURN(const D data, ReadStudy(study, folder));
  return study.report(data);
}

}  // namespace local_sgd

#endif  // EXPERIMENTS_STUDY_H_
