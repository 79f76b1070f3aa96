// derived.json: which files of a folder (tables, figures, pages) were made from
// which records, so that none is shown beside records that it does not show.
//
//   {"figure2a.svg": {"sha256": S, "made_from": {"theoretical_speedup.csv":
//   S}}}

#ifndef LIB_PROGRAM_DERIVED_FILES_H_
#define LIB_PROGRAM_DERIVED_FILES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace local_sgd {

inline constexpr char kDerivedFilesName[] = "derived.json";

struct DerivedFile {
  std::string sha256;  // of the file when it was made
  // Names of records, to the sha256 that they had.
  std::map<std::string, std::string> made_from;
  bool is_elsewhere = false;  // the records were in another folder
};

// Those of the folder by name; none where derived.json is missing or damaged.
std::map<std::string, DerivedFile> ReadDerivedFiles(const std::string& folder);

// Notes that these files, paths in `folder`, were just made from the named
// records of `records_folder`; records that are not there are left out. Other
// programs may note files in the same folder at the same time. Errors: those of
// reading and writing.
absl::Status NoteDerivedFiles(const std::vector<std::string>& paths,
                              const std::string& records_folder,
                              const std::vector<std::string>& records,
                              const std::string& folder);

// Whether one of its records has changed in that folder, or is gone.
bool IsStale(const DerivedFile& file, const std::string& records_folder);

// Removes the stale files of a folder that were made from records beside them,
// unless someone changed them meanwhile. Returns the names of those removed.
std::vector<std::string> RemoveStaleFiles(const std::string& folder);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_DERIVED_FILES_H_
