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
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/finding_sentences.h"
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
  std::string title;     // of its table on the page; empty: it is not there
  bool is_shown = true;  // tables and figures are made of it
  std::function<Table(const D&)> table;
  // Adds the records of the file; errors as ParseRecords.
  std::function<absl::Status(const CsvFile&, D&)> add;
  // What the file holds; null: the table as CSV.
  std::function<std::string(const D&)> contents = nullptr;
  // There is none without records, and that of an earlier run goes.
  bool is_optional = false;
  bool may_be_empty = false;  // it is shown all the same
  bool is_written = true;     // else only the journal has the records
  std::string columns = "";   // of that table, by commas; empty: all
};

// What a report is made of, and what is not.
enum class Shown { kYes, kNo };

template <class D, class R>
RecordFile<D> FileOf(const std::string& name, const Schema<R>& schema,
                     std::vector<R> D::*records, Shown shown = Shown::kYes,
                     const std::string& title = "") {
  return {name, title, shown == Shown::kYes,
          [&schema, records](const D& data) {
            return ToTable(schema, data.*records);
          },
          [&schema, records](const CsvFile& file, D& data) -> absl::Status {
            ASSIGN_OR_RETURN(const auto added, ParseRecords(schema, file));
            std::vector<R>& all = data.*records;
            all.insert(all.end(), added.begin(), added.end());
            return absl::OkStatus();
          }};
}

// Figures that stand together on the page.
struct FigureKind {
  std::string beginning;  // of the names of their files
  std::string title;
  // What they are drawn from, where it is not all that the study shows.
  std::vector<std::string> records = {};
  // The paper's figures come first, by their numbers.
  int number_in_paper = std::numeric_limits<int>::max();
};

// Each record a line of text, which no table is made of.
template <class D, class R>
RecordFile<D> LinesOf(const std::string& name, const Schema<R>& schema,
                      std::vector<R> D::*records, std::string R::*line) {
  RecordFile<D> file = FileOf(name, schema, records, Shown::kNo);
  file.contents = [records, line](const D& data) {
    std::string text;
    for (const R& record : data.*records) {
      absl::StrAppend(&text, record.*line, "\n");
    }
    return text;
  };
  return file;
}

template <class D>
RecordFile<D> MayBeAbsent(RecordFile<D> file) {
  file.is_optional = true;
  return file;
}

// Shown even where there are no records.
template <class D>
RecordFile<D> MayBeEmpty(RecordFile<D> file) {
  file.may_be_empty = true;
  return file;
}

// Records for later stages of the run, which no folder of results has.
template <class D>
RecordFile<D> InJournal(RecordFile<D> file) {
  file.is_shown = false;
  file.is_written = false;
  return file;
}

// With these columns on the page.
template <class D>
RecordFile<D> WithColumns(RecordFile<D> file, const std::string& columns) {
  file.columns = columns;
  return file;
}

template <class D>
struct Study {
  std::string name;  // of its program, and how its files' names begin
  std::vector<RecordFile<D>> files;
  // The tables and figures of records of every file that is shown. Of a study
  // that shows its findings these are among the records. Null: others make
  // what is made of them.
  ExperimentReport (*report)(const D&) = nullptr;
  std::vector<FigureKind> figures = {};  // the first names its tables, too
  // What the findings say, the most important first; null: nothing.
  Sentences (*sentences)(const Evidence&) = nullptr;
  // Adds what the report takes from other files of the folder. May be null.
  void (*read_beside)(const std::string& folder, D&) = nullptr;
};

// The names of the files that are shown.
template <class D>
std::vector<std::string> ShownRecords(const Study<D>& study) {
  std::vector<std::string> names;
  for (const RecordFile<D>& file : study.files) {
    if (file.is_shown) names.push_back(file.name);
  }
  return names;
}

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
  return MadeFrom(ShownRecords(study), study.report(data));
}

// A file of records as the page shows it.
struct RecordsTable {
  std::string file;
  std::string title;
  std::string columns = "";  // shown, separated by commas; empty: all
  std::string flags = "";    // with which the study's program writes it
};

// A study whatever its records are: what those walk who read any folder.
struct AnyStudy {
  std::string name;
  // The files that it shows, without the first of which it has no report.
  std::vector<std::string> records;
  // Null: its tables and figures have a price; who makes them asks for it.
  std::function<absl::StatusOr<ExperimentReport>(const std::string& folder)>
      read_report = nullptr;
  std::vector<RecordsTable> tables = {};
  std::vector<FigureKind> figures = {};
  Sentences (*sentences)(const Evidence&) = nullptr;
  // Tables of the evidence, at its price. Null: none has a price.
  std::vector<LabelledTable> (*priced_tables)(const Evidence&) = nullptr;
};

template <class D>
AnyStudy Erased(const Study<D>& study) {
  AnyStudy any = {
      study.name,
      ShownRecords(study),
      [&study](const std::string& folder) { return ReadReport(study, folder); },
      {},
      study.figures,
      study.sentences};
  for (const RecordFile<D>& file : study.files) {
    if (file.title.empty()) continue;
    any.tables.push_back({file.name, file.title, file.columns});
  }
  return any;
}

// The names of all records that are shown.
std::vector<std::string> ShownRecords(const std::vector<AnyStudy>& studies);

// The reports that the folder has records for; those without a price only.
absl::StatusOr<std::vector<ExperimentReport>> ReadReports(
    const std::vector<AnyStudy>& studies, const std::string& folder);

// Their tables and figures, into the output folder. Returns the paths of the
// files written.
absl::StatusOr<std::vector<std::string>> WriteReports(
    const std::vector<AnyStudy>& studies, const std::string& input_dir,
    const std::string& output_dir);

// What all of them say, one study after another.
Sentences SentencesOf(const std::vector<AnyStudy>& studies,
                      const Evidence& evidence);

}  // namespace local_sgd

#endif  // EXPERIMENTS_STUDY_H_
