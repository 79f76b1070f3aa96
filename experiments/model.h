// A study whose records are computed on paper, from settings alone, is a value
// like an Experiment (experiments/experiment.h), but needs neither data nor a
// journal: it is made again in seconds.

#ifndef EXPERIMENTS_MODEL_H_
#define EXPERIMENTS_MODEL_H_

#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/study.h"
#include "experiments/study_files.h"
#include "lib/files/output_file.h"
#include "lib/program/command_line.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/status_macros.h"

namespace local_sgd {

// S are the settings, D the records (experiments/study.h).
template <class S, class D>
struct Model {
  const Study<D>* study = nullptr;
  std::string usage = "";  // what --help says of its program

  // A JSON object: all that the numbers depend on but the version.
  std::string (*describe)(const S&) = nullptr;

  // InvalidArgument, naming what and the value. May be null.
  absl::Status (*validate)(const S&) = nullptr;

  D (*records)(const S&) = nullptr;  // of settings that are valid
};

template <class S, class D>
ResultsOrigin OriginOf(const Model<S, D>& model, const S& settings) {
  return {model.study->name, "", "", model.describe(settings),
          /*is_quick=*/true};
}

template <class S, class D>
absl::Status Validate(const Model<S, D>& model, const S& settings) {
  return model.validate == nullptr ? absl::OkStatus()
                                   : model.validate(settings);
}

template <class D>
struct WrittenModel {
  D records;
  std::vector<std::string> files;  // paths
};

// Writes the study's files and their origin into the folder, which is made if
// missing. Errors: those of Validate too.
template <class S, class D>
absl::StatusOr<WrittenModel<D>> RunModel(const Model<S, D>& model,
                                         const S& settings,
                                         const std::string& version,
                                         const std::string& folder) {
  RETURN_IF_ERROR(Validate(model, settings));
  RETURN_IF_ERROR(EnsureFolder(folder));
  WrittenModel<D> written = {model.records(settings), {}};
  ASSIGN_OR_RETURN(written.files,
                   WriteStudyFiles(*model.study, written.records, folder));
  RETURN_IF_ERROR(
      WriteOrigin(OriginOf(model, settings), written.files, version, folder));
  return written;
}

// Everything that a program does with a model once its settings are known:
// records, report, stdout.
template <class S, class D>
absl::Status RunAndShow(const Model<S, D>& model, const S& settings,
                        const CommonFlags& flags) {
  const std::string& folder = flags.output_dir;
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace({OriginOf(model, settings)}, folder,
                              flags.overwrite, std::cerr));
  ASSIGN_OR_RETURN(const auto written,
                   RunModel(model, settings, kVersion, folder));
  RETURN_IF_ERROR(RemoveReplaced(replaced, folder, std::cerr));
  RETURN_IF_ERROR(WriteReportOf(*model.study, folder));
  ASSIGN_OR_RETURN(const std::string text,
                   TextOf(*model.study, written.records, flags.format));
  std::cout << text;
  return absl::OkStatus();
}

// The body of the model's program. `from_flags` reads the program's own flags.
template <class S, class D>
int ModelMain(int argc, char** argv, const Model<S, D>& model,
              absl::StatusOr<S> (*from_flags)(const CommonFlags&)) {
  const auto flags = ParseCommonFlags(argc, argv, model.usage);
  if (!flags.ok()) return FailUsage(flags.status());
  const auto settings = from_flags(*flags);
  if (!settings.ok()) return FailUsage(settings.status());
  if (absl::Status status = Validate(model, *settings); !status.ok()) {
    return FailUsage(status);
  }
  const absl::Status status = RunAndShow(model, *settings, *flags);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace local_sgd

#endif  // EXPERIMENTS_MODEL_H_
