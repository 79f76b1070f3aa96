// Pieces of an HTML page, made by templates (.mustache files beside this one).
// A piece has no newline at its end; the template that it goes into has.

#ifndef ANALYSIS_REPORT_HTML_H_
#define ANALYSIS_REPORT_HTML_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "lib/records/table.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

// The text as HTML shows it, inside an element or a quoted attribute. Bytes
// that no page may hold (control characters) become U+FFFD.
std::string EscapeHtml(const std::string& text);

// A file beside this one, compiled in: a style, a script.
std::string Part(const std::string& file);

// The template of that file with these values in it: {{name}} escaped as above,
// {{{name}}} as it is. A section is left out for null, false, an empty text or
// list.
std::string Render(const std::string& file,
                   const nlohmann::ordered_json& values);

// <details> with the title as its summary and in it the notes, the table and
// the command that makes it again. Each cell holds what CSV would: every bit of
// a double, in data-value where a reader is shown fewer digits. A column
// without words has class "number". Of rows beyond `most_bytes` of HTML, a note
// says how many there are. Errors are those of Validate().
struct HtmlTableOptions {
  std::string label;    // for LaTeX, and the id of the <details>
  std::string command;  // empty: none is shown
  bool open = false;
  bool records = false;  // not for printing, as the file has them
  size_t most_bytes = 200'000;
};
absl::StatusOr<std::string> ToHtml(const Table& table,
                                   const HtmlTableOptions& options);

}  // namespace local_sgd

#endif  // ANALYSIS_REPORT_HTML_H_
