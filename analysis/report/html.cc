#include "analysis/report/html.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "kainjow/mustache.hpp"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;
using kainjow::mustache::data;
using kainjow::mustache::mustache;

data ToData(const Json& json) {
  if (json.is_object()) {
    data object;
    for (const auto& [name, value] : json.items()) {
      object.set(name, ToData(value));
    }
    return object;
  }
  if (json.is_array()) {
    data list(data::type::list);
    for (const Json& value : json) list.push_back(ToData(value));
    return list;
  }
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (!text.empty()) return data(text);
    return data(false);
  }
  if (json.is_number()) return data(json.dump());
  return data(json.is_boolean() && json.get<bool>());
}

std::string WithoutLastNewline(const std::string& text) {
  return std::string(absl::StripSuffix(text, "\n"));
}

// A line with a section's tag alone is none of the page, as Mustache has it;
// the library would leave an empty one where the section is left out.
std::string WithoutTagLines(const std::string& text) {
  std::string joined;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const bool is_tag = line.size() > 2 && line.find("}}") == line.size() - 2 &&
                        absl::StrContains("#^/", line.substr(2, 1)) &&
                        absl::StartsWith(line, "{{");
    absl::StrAppend(&joined, line, is_tag ? "" : "\n");
  }
  return joined;
}

// A template that is read once and filled in often. Ours are compiled in, so
// one that cannot be read is a bug.
class Template {
 public:
  explicit Template(const std::string& file)
      : template_(WithoutTagLines(Part(file))) {
    template_.set_custom_escape(EscapeHtml);
    StopIfBroken();
  }

  std::string Render(const Json& values) {
    std::string html;
    template_.render(ToData(values),
                     [&html](const std::string& part) { html += part; });
    StopIfBroken();
    return WithoutLastNewline(html);
  }

 private:
  void StopIfBroken() const {
    if (template_.is_valid()) return;
    std::cerr << "template: " << template_.error_message() << "\n";
    std::abort();
  }

  mustache template_;
};

// As in LaTeX: a column with words starts at the left.
bool HasWords(const Table& table, size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [column](const std::vector<Cell>& row) {
                       return std::holds_alternative<std::string>(row[column]);
                     });
}

Json CellValues(const Cell& cell, const Column& column, bool is_first,
                bool is_number) {
  const std::string value = CellText(cell, Shortest());
  const std::string shown = std::holds_alternative<std::monostate>(cell)
                                ? "-"
                                : CellText(cell, column.precision);
  return {{"first", is_first},
          {"number", is_number},
          {"rounded", shown != value},
          {"value", value},
          {"shown", shown}};
}

}  // namespace

std::string EscapeHtml(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    const bool is_control = absl::ascii_iscntrl(c) && c != '\n' && c != '\t';
    absl::StrAppend(&shown, is_control ? "\uFFFD" : absl::string_view(&c, 1));
  }
  return absl::StrReplaceAll(shown, {{"&", "&amp;"},
                                     {"<", "&lt;"},
                                     {">", "&gt;"},
                                     {"\"", "&quot;"},
                                     {"'", "&#39;"}});
}

std::string Part(const std::string& file) {
  static const auto& parts = *new std::map<std::string, std::string>{
#include "analysis/report/parts.inc"
  };
  return WithoutLastNewline(parts.at(file));
}

std::string Render(const std::string& file, const Json& values) {
  return Template(file).Render(values);
}

absl::StatusOr<std::string> ToHtml(const Table& table,
                                   const HtmlTableOptions& options) {
  RETURN_IF_ERROR(Validate(table));
  Json columns = Json::array();
  std::vector<bool> is_number;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    is_number.push_back(!HasWords(table, i));
    columns.push_back(
        {{"number", static_cast<bool>(is_number[i])},
         {"name", column.name},
         {"heading", column.heading.empty() ? column.name : column.heading}});
  }
  Template row_template("row.mustache");
  Json rows = Json::array();
  size_t bytes = 0;
  for (const std::vector<Cell>& row : table.rows) {
    if (bytes > options.most_bytes) break;
    Json cells = Json::array();
    for (size_t i = 0; i < row.size(); ++i) {
      cells.push_back(
          CellValues(row[i], table.columns[i], i == 0, is_number[i]));
    }
    rows.push_back(row_template.Render({{"cells", std::move(cells)}}));
    bytes += rows.back().get_ref<const std::string&>().size() + 1;
  }
  Json below = table.notes_below;
  if (rows.size() < table.rows.size()) {
    below.push_back(absl::StrCat("The first ", rows.size(), " of ",
                                 table.rows.size(),
                                 " rows; the file has all of them."));
  }
  return Render("table.mustache", {{"records", options.records},
                                   {"label", options.label},
                                   {"open", options.open},
                                   {"title", table.title},
                                   {"above", table.notes_above},
                                   {"tall", rows.size() > 20},
                                   {"columns", std::move(columns)},
                                   {"rows", std::move(rows)},
                                   {"below", std::move(below)},
                                   {"command", options.command}});
}

}  // namespace local_sgd
