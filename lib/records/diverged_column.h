// The column `diverged` of a table of runs, so that nobody need guess why a
// cell is empty.

#ifndef LIB_RECORDS_DIVERGED_COLUMN_H_
#define LIB_RECORDS_DIVERGED_COLUMN_H_

#include <string>

namespace local_sgd {

inline constexpr char kDivergedColumn[] = "diverged";

// Whether f was no longer finite.
inline std::string DivergedCell(bool diverged) {
  return diverged ? "yes" : "no";
}

}  // namespace local_sgd

#endif  // LIB_RECORDS_DIVERGED_COLUMN_H_
