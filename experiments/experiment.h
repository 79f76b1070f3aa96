// An experiment is a value: a study, and how its records are measured. One
// RunExperiment owns what all have in common, from the first check of the
// settings over journal and progress to the last file; ExperimentMain is the
// program around it.
//
// S are the settings, with at least the members
//   uint64_t first_seed;  // seeds are this one and those after it
//   int threads;          // the numbers do not depend on them
// and D the records (experiments/study.h). Neither knows of flags or files.

#ifndef EXPERIMENTS_EXPERIMENT_H_
#define EXPERIMENTS_EXPERIMENT_H_

#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/study.h"
#include "experiments/study_files.h"
#include "lib/files/output_file.h"
#include "lib/program/command_line.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {

// A part of the work that no other part waits for. It returns its records,
// which the journal keeps as the rows of their files.
template <class D>
struct RecordPiece {
  std::string key;  // unique; says what it is to a reader of the progress
  double cost = 1;  // expected, in the unit of the other pieces
  // The same result whatever else runs; called on one thread.
  std::function<absl::StatusOr<D>()> run;
};

// Pieces that see the records of the stages before: first tune, then measure.
template <class D>
struct Stage {
  double cost = 0;  // expected, of all its pieces
  std::function<absl::StatusOr<std::vector<RecordPiece<D>>>(const D& before)>
      pieces;
};

template <class D>
using Stages = std::vector<Stage<D>>;

// All pieces at once.
template <class D>
Stages<D> OneStage(std::vector<RecordPiece<D>> pieces) {
  double cost = 0;
  for (const RecordPiece<D>& piece : pieces) cost += piece.cost;
  return {{cost, [pieces = std::move(pieces)](const D&) { return pieces; }}};
}

template <class S, class D>
struct Experiment {
  const Study<D>* study = nullptr;
  std::string usage = "";  // what --help says of its program

  // The default size; a quick one takes a second or two.
  S (*settings)(bool quick) = nullptr;

  // How many seeds it takes, from first_seed on.
  int64_t (*seeds)(const S&) = nullptr;

  // A JSON object: all that the numbers depend on but the data and the version.
  std::string (*describe)(const Problem&, const S&) = nullptr;
  // The same without what only `complete` depends on, so that a journal of
  // another such setting is gone on from. Null: there is no such thing.
  std::string (*describe_pieces)(const Problem&, const S&) = nullptr;

  // InvalidArgument, naming the flag and its value, or ResourceExhausted.
  absl::Status (*validate)(const Problem&, const S&) = nullptr;

  // The work. What it is given outlives the stages; what else they need they
  // own.
  absl::StatusOr<Stages<D>> (*stages)(const Problem&, const S&) = nullptr;

  // Makes of all pieces' records what needs more than one piece. May be null.
  absl::Status (*complete)(const Problem&, const S&, D&) = nullptr;

  // From all other records; null: the study has none.
  absl::StatusOr<std::vector<FindingRecord>> (*findings)(const D&) = nullptr;

  // The accuracies that T(epsilon) is counted for; null: none.
  std::vector<double> (*epsilons)(const S&) = nullptr;

  // Which of the study's files stdout has with --format=json or csv.
  size_t printed_file = 0;
  // For a terminal; null: all tables of the report.
  absl::StatusOr<std::string> (*text)(const D&) = nullptr;
};

// The contents of files by their names.
using FileTexts = std::map<std::string, std::string>;

// A piece whose records are coded.
struct TextPiece {
  std::string key;
  double cost = 1;
  std::function<absl::StatusOr<FileTexts>()> run;
};

// Like RunPieces. Internal, naming the piece, for a journal with anything else
// under its key.
absl::StatusOr<std::map<std::string, FileTexts>> RunTextPieces(
    const std::vector<TextPiece>& pieces, int threads,
    const PieceReports& reports);

// Which data and settings the files of a study are of; `description` as
// Experiment::describe gives it. The data's index base is added unless it is
// there.
ResultsOrigin OriginOf(const std::string& study, const Problem& problem,
                       const std::string& description);

// BeginResumable for a study of this origin and version.
absl::StatusOr<Journal> BeginStudy(const ResultsOrigin& origin,
                                   const std::string& version,
                                   const std::string& folder);

template <class S, class D>
ResultsOrigin OriginOf(const Experiment<S, D>& experiment,
                       const Problem& problem, const S& settings) {
  return OriginOf(experiment.study->name, problem,
                  experiment.describe(problem, settings));
}

// The records of a piece as their files, without those that have none.
template <class D>
absl::StatusOr<FileTexts> ToTexts(const Study<D>& study, const D& records) {
  FileTexts texts;
  for (const RecordFile<D>& file : study.files) {
    const Table table = file.table(records);
    if (table.rows.empty()) continue;
    ASSIGN_OR_RETURN(texts[file.name], ToCsv(table));
  }
  return texts;
}

// Adds what ToTexts made of the records of a piece.
template <class D>
absl::Status AddTexts(const Study<D>& study, const std::string& key,
                      const FileTexts& texts, D& records) {
  for (const RecordFile<D>& file : study.files) {
    const auto text = texts.find(file.name);
    if (text == texts.end()) continue;
    ASSIGN_OR_RETURN(const CsvFile csv, ParseCsv(text->second, key));
    RETURN_IF_ERROR(file.add(csv, records));
  }
  return absl::OkStatus();
}

// The records of all pieces, each stage's before the next.
template <class S, class D>
absl::StatusOr<D> RunStages(const Study<D>& study, const Stages<D>& stages,
                            const S& settings, const PieceReports& reports) {
  D records;
  for (const Stage<D>& stage : stages) {
    ASSIGN_OR_RETURN(const auto pieces, stage.pieces(records));
    std::vector<TextPiece> coded;
    for (const RecordPiece<D>& piece : pieces) {
      coded.push_back(
          {piece.key, piece.cost, [&]() -> absl::StatusOr<FileTexts> {
             ASSIGN_OR_RETURN(const D result, piece.run());
             return ToTexts(study, result);
           }});
    }
    ASSIGN_OR_RETURN(const auto done,
                     RunTextPieces(coded, settings.threads, reports));
    for (const TextPiece& piece : coded) {
      RETURN_IF_ERROR(AddTexts(study, piece.key, done.at(piece.key), records));
    }
  }
  return records;
}

// The stages of settings that can be run.
template <class S, class D>
absl::StatusOr<Stages<D>> ValidStages(const Experiment<S, D>& experiment,
                                      const Problem& problem,
                                      const S& settings) {
  RETURN_IF_ERROR(experiment.validate(problem, settings));
  return experiment.stages(problem, settings);
}

// All records of the ValidStages, several pieces at once on settings.threads
// threads; the numbers do not depend on that. Errors: those of the pieces and
// of the journal. A journal and a title for progress on stderr, if given.
template <class S, class D>
absl::StatusOr<D> RunRecords(const Experiment<S, D>& experiment,
                             const Problem& problem, const S& settings,
                             const Stages<D>& stages, Journal* journal,
                             const std::string& progress_title) {
  std::optional<Progress> progress;
  if (!progress_title.empty()) {
    double cost = 0;
    for (const Stage<D>& stage : stages) cost += stage.cost;
    progress.emplace(progress_title, cost, std::cerr, StderrIsTerminal());
  }
  auto records = RunStages(*experiment.study, stages, settings,
                           {journal, progress ? &*progress : nullptr});
  if (!records.ok() && progress) progress->Abandon();
  RETURN_IF_ERROR(records.status());
  if (experiment.complete != nullptr) {
    RETURN_IF_ERROR(experiment.complete(problem, settings, *records));
  }
  if constexpr (requires { records->findings; }) {
    if (experiment.findings == nullptr) return records;
    ASSIGN_OR_RETURN(records->findings, experiment.findings(*records));
  }
  return records;
}

// The same with the stages' errors, without progress.
template <class S, class D>
absl::StatusOr<D> RunRecords(const Experiment<S, D>& experiment,
                             const Problem& problem, const S& settings,
                             Journal* journal = nullptr) {
  ASSIGN_OR_RETURN(const auto stages,
                   ValidStages(experiment, problem, settings));
  return RunRecords(experiment, problem, settings, stages, journal, "");
}

template <class D>
struct WrittenStudy {
  D records;
  std::vector<std::string> files;  // paths
  Journal journal;  // for EndResumable, when nothing else can fail
};

// RunRecords as a run that can be killed at any moment and goes on when it is
// started again, with progress on stderr and a journal in the folder, which is
// made if missing; then writes the study's files there. Settings that cannot be
// run leave no journal.
template <class S, class D>
absl::StatusOr<WrittenStudy<D>> RunExperiment(
    const Experiment<S, D>& experiment, const Problem& problem,
    const S& settings, const std::string& version, const std::string& folder) {
  const Study<D>& study = *experiment.study;
  ASSIGN_OR_RETURN(const auto stages,
                   ValidStages(experiment, problem, settings));
  RETURN_IF_ERROR(EnsureFolder(folder));
  if (experiment.epsilons != nullptr) {
    WarnOfCertificate(problem, experiment.epsilons(settings));
  }
  const ResultsOrigin origin = OriginOf(experiment, problem, settings);
  const auto described = experiment.describe_pieces != nullptr
                             ? experiment.describe_pieces
                             : experiment.describe;
  ASSIGN_OR_RETURN(
      Journal journal,
      BeginStudy(OriginOf(study.name, problem, described(problem, settings)),
                 version, folder));
  WrittenStudy<D> written = {{}, {}, std::move(journal)};
  ASSIGN_OR_RETURN(written.records,
                   RunRecords(experiment, problem, settings, stages,
                              &written.journal, study.name));
  ASSIGN_OR_RETURN(written.files,
                   WriteStudyFiles(study, written.records, folder));
  RETURN_IF_ERROR(WriteOrigin(origin, written.files, version, folder));
  return written;
}

// What a program that ran the experiment prints.
template <class S, class D>
absl::StatusOr<std::string> TextOf(const Experiment<S, D>& experiment,
                                   const D& records, Format format) {
  if (format == Format::kTable && experiment.text != nullptr) {
    return experiment.text(records);
  }
  return TextOf(*experiment.study, records, format, experiment.printed_file);
}

// Everything that a program does with an experiment once its settings are
// known: records, report, stdout.
template <class S, class D>
absl::Status RunAndShow(const Experiment<S, D>& experiment,
                        const Problem& problem, const S& settings,
                        const CommonFlags& flags) {
  const std::string& folder = flags.output_dir;
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace({OriginOf(experiment, problem, settings)}, folder,
                              flags.overwrite, std::cerr));
  ASSIGN_OR_RETURN(auto written, RunExperiment(experiment, problem, settings,
                                               kVersion, folder));
  RETURN_IF_ERROR(RemoveReplaced(replaced, folder, std::cerr));
  RETURN_IF_ERROR(WriteReportOf(*experiment.study, folder));
  RETURN_IF_ERROR(EndResumable(written.journal));
  ASSIGN_OR_RETURN(const std::string text,
                   TextOf(experiment, written.records, flags.format));
  std::cout << text;
  return absl::OkStatus();
}

// The body of the experiment's program, once the command line is parsed.
// `from_flags` reads the program's own flags, with --seed and --threads from
// the common ones.
template <class S, class D>
int ExperimentMain(const CommonFlags& flags, const Experiment<S, D>& experiment,
                   absl::StatusOr<S> (*from_flags)(const CommonFlags&)) {
  const auto settings = from_flags(flags);
  if (!settings.ok()) return FailUsage(settings.status());
  const auto problem =
      OpenProblem(flags.dataset, flags.index_base, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  // What no flag alone can tell.
  if (absl::Status status = experiment.validate(*problem, *settings);
      absl::IsInvalidArgument(status)) {
    return FailUsage(status);
  }
  const absl::Status status =
      RunAndShow(experiment, *problem, *settings, flags);
  return status.ok() ? 0 : Fail(status);
}

// The same from the command line on.
template <class S, class D>
int ExperimentMain(int argc, char** argv, const Experiment<S, D>& experiment,
                   absl::StatusOr<S> (*from_flags)(const CommonFlags&)) {
  const auto flags = ParseCommonFlags(argc, argv, experiment.usage);
  if (!flags.ok()) return FailUsage(flags.status());
  return ExperimentMain(*flags, experiment, from_flags);
}

}  // namespace local_sgd

#endif  // EXPERIMENTS_EXPERIMENT_H_
