// Whether two results folders say the same: what differs, field by field.
//
// In CSV files columns are matched by name and records by their order; in JSON
// files values are matched by their place. Two finite numbers agree if their
// relative difference |a - b| / max(|a|, |b|) is within the tolerance, which is
// 0 by default: the same text. Everything else agrees if it is the same text,
// except a NaN, which agrees with nothing. Markdown, LaTeX and text files are
// made from the records: they are compared by bytes, only with tolerance 0.

#ifndef ANALYSIS_COMPARE_H_
#define ANALYSIS_COMPARE_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace local_sgd {

struct Difference {
  std::string file;  // path inside the folders
  int64_t line = 0;  // from 1, in the old folder if it is there; 0: none
  std::string what;  // "column: old -> new (relative difference)", say
};

struct ComparedFile {
  std::string file;
  int64_t differences = 0;
};

struct FolderComparison {
  std::vector<ComparedFile> files;      // by name, equal ones too
  std::vector<Difference> differences;  // all, file by file
  // Files that were not compared, and the kinds of file they are (".svg").
  int64_t left_out_files = 0;
  std::set<std::string> left_out_kinds;
};

// Compares the CSV, JSON and text files in either folder and in the folders in
// it; one that is only in one folder is a difference. JSON keys that say where
// and how fast a run ran (machine, compiler, version, threads, times, checksums
// of the files, where the data was downloaded) are left out, so of a manifest
// the data set, the flags and the seeds remain. `tolerance` is finite and at
// least 0. Errors name the path: NotFound or InvalidArgument for a folder that
// is none, a file that cannot be read or parsed, and two folders with nothing
// to compare.
absl::StatusOr<FolderComparison> CompareFolders(const std::string& old_folder,
                                                const std::string& new_folder,
                                                double tolerance);

// For a terminal: at most 20 differences, one line each, what was left out, a
// count for each file, and the verdict as the last line.
std::string ComparisonText(const FolderComparison& comparison,
                           double tolerance);

}  // namespace local_sgd

#endif  // ANALYSIS_COMPARE_H_
