// Which data and settings the records of a results folder come from, so that no
// program mixes those of different data in one folder, or replaces what it has
// not been told to replace.
//
// What a study (asynchronous, measured_speedup, ...) wrote is described in
// STUDY.origin.json beside its files:
//
//   {"study": ..., "dataset": ..., "dataset_sha256": ..., "settings": {...},
//    "version": ..., "files": {NAME: SHA256, ...}}
//
// It is written when all of them are there, so one that disagrees with its
// files tells of a run that was stopped while it wrote them. Files without one
// (of earlier versions; records of single runs, which hold all this themselves)
// are known by their columns and keys "dataset" and "dataset_sha256".

#ifndef LIB_PROGRAM_RESULTS_ORIGIN_H_
#define LIB_PROGRAM_RESULTS_ORIGIN_H_

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace local_sgd {

struct ResultsOrigin {
  std::string study;
  std::string dataset;         // its name in records; empty: a model, no data
  std::string dataset_sha256;  // empty likewise
  // A JSON object: what else the numbers depend on, so neither threads nor
  // version.
  std::string settings = "{}";
  // Made again in seconds, and shown on stdout: its own results of other
  // settings or data are replaced with a word, not refused. Its only record may
  // be STUDY.json, with settings and data among its keys.
  bool is_quick = false;
};

// Writes STUDY.origin.json of files that were just written, paths in the
// folder.
absl::Status WriteOrigin(const ResultsOrigin& origin,
                         const std::vector<std::string>& paths,
                         const std::string& version, const std::string& folder);

// What a run is to take the place of.
struct ReplacedResults {
  std::vector<std::string> studies;          // the new ones
  std::string description;                   // of the old data
  std::map<std::string, std::string> files;  // of other data: name to sha256,
                                             // empty where it is not known
};

// Before a run: may its results be written into the folder, which need not
// exist? FailedPrecondition, in one line that names files, data and settings
// that differ and --overwrite, when the folder has
//   results of other data, finished or not;
//   finished results of the same study with other settings, or with settings
//   that it does not say.
// With `overwrite` nothing finished is refused; an unfinished run on other data
// always is. What is_quick is announced to `out`.
absl::StatusOr<ReplacedResults> MayReplace(
    const std::vector<ResultsOrigin>& origins, const std::string& folder,
    bool overwrite, std::ostream& out);

// After the new results are written: removes the files of other data, unless
// someone changed them meanwhile, and those that were made from records that
// have been replaced (lib/program/derived_files.h), and says so to `out`.
absl::Status RemoveReplaced(const ReplacedResults& replaced,
                            const std::string& folder, std::ostream& out);

// For whoever shows a folder: FailedPrecondition, naming files and data, when
// two of its files have no data in common, or when one is not the file that its
// origin describes. What says nothing of its data is passed over.
absl::Status CheckOneOrigin(const std::string& folder);

// For whoever shows the records of a folder, the input, by files in another or
// the same: CheckOneOrigin of the input, and FailedPrecondition when the output
// folder, which need not exist, has results of other data.
absl::Status MayShow(const std::string& input, const std::string& output);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_RESULTS_ORIGIN_H_
