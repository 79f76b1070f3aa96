#include "analysis/report/html.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::string& Heading(const Column& column) {
  return column.heading.empty() ? column.name : column.heading;
}

// As in LaTeX: a column with words starts at the left.
bool HasWords(const Table& table, size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [column](const std::vector<Cell>& row) {
                       return std::holds_alternative<std::string>(row[column]);
                     });
}

std::string NoteHtml(const char* where, const std::string& note) {
  return absl::StrCat("<p class=\"note ", where, "\">", EscapeHtml(note),
                      "</p>\n");
}

std::string CellHtml(const Cell& cell, Precision precision, bool is_first,
                     bool is_number) {
  const std::string value = CellText(cell, Shortest());
  const bool is_nothing = std::holds_alternative<std::monostate>(cell);
  const std::string shown = is_nothing ? "-" : CellText(cell, precision);
  std::string html = is_first ? "<th scope=\"row\"" : "<td";
  if (is_number) html += " class=\"number\"";
  if (shown != value) {
    absl::StrAppend(&html, " data-value=\"", EscapeHtml(value), "\"");
  }
  absl::StrAppend(&html, ">", EscapeHtml(shown), is_first ? "</th>" : "</td>");
  return html;
}

}  // namespace

std::string EscapeHtml(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      case '\n':
      case '\t':
        escaped += c;
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          escaped += "\uFFFD";
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

std::string CommandHtml(const std::string& command) {
  return absl::StrCat("<p class=\"command\">Made by <code>",
                      EscapeHtml(command), "</code></p>\n");
}

absl::StatusOr<std::string> ToHtml(const Table& table,
                                   const HtmlTableOptions& options) {
  RETURN_IF_ERROR(Validate(table));
  const std::string title = EscapeHtml(table.title);
  const std::string label = EscapeHtml(options.label);
  std::string head;
  std::vector<bool> is_number;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    is_number.push_back(!HasWords(table, i));
    absl::StrAppend(&head, "<th scope=\"col\"",
                    is_number[i] ? " class=\"number\"" : "", " data-name=\"",
                    EscapeHtml(column.name), "\">", EscapeHtml(Heading(column)),
                    "</th>");
  }
  std::string body;
  size_t rows = 0;
  for (const std::vector<Cell>& row : table.rows) {
    if (body.size() > options.most_bytes) break;
    ++rows;
    body += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      body +=
          CellHtml(row[i], table.columns[i].precision, i == 0, is_number[i]);
    }
    body += "</tr>\n";
  }

  std::string html =
      absl::StrCat("<details class=\"table", options.records ? " records" : "",
                   "\" id=\"table-", label, "\"", options.open ? " open" : "",
                   ">\n<summary>", title, "</summary>\n");
  for (const std::string& note : table.notes_above) {
    html += NoteHtml("above", note);
  }
  absl::StrAppend(&html, "<div class=\"scroll", rows > 20 ? " tall" : "",
                  "\" tabindex=\"0\" role=\"region\" aria-label=\"", title,
                  "\">\n<table data-label=\"", label, "\"><caption>", title,
                  "</caption>\n<thead><tr>", head, "</tr></thead>\n<tbody>\n",
                  body, "</tbody></table>\n</div>\n");
  for (const std::string& note : table.notes_below) {
    html += NoteHtml("below", note);
  }
  if (rows < table.rows.size()) {
    html += NoteHtml("below",
                     absl::StrCat("The first ", rows, " of ", table.rows.size(),
                                  " rows; the file has all of them."));
  }
  if (!options.command.empty()) html += CommandHtml(options.command);
  return html + "</details>\n";
}

}  // namespace local_sgd
