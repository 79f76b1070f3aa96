// Text that comes from outside (names of files, the environment, flags, files
// that anyone may have written) as text that every record, table, figure, page
// and terminal can show: valid UTF-8 on one line, without characters that
// control a terminal or reorder what is read.
//
// What opens a file keeps its bytes; what is written about it is made of these.

#ifndef LIB_RECORDS_OUTSIDE_TEXT_H_
#define LIB_RECORDS_OUTSIDE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace local_sgd {

// The text with \xHH in place of each byte that is not part of valid UTF-8, and
// of each byte of a control character, a line or paragraph separator, a mark of
// writing direction, a zero-width space or joiner, or a byte order mark.
// Anything else stays, so the function changes nothing the second time.
std::string PrintableText(absl::string_view bytes);

// The same for a name, such that different names stay different: a backslash
// that would read as the beginning of \xHH is \x5c. One of = + - @ in front,
// which makes a spreadsheet compute, is \xHH as well.
std::string PrintableName(absl::string_view bytes);

}  // namespace local_sgd

#endif  // LIB_RECORDS_OUTSIDE_TEXT_H_
