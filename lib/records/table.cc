#include "lib/records/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

const std::string& Heading(const Column& column) {
  return column.heading.empty() ? column.name : column.heading;
}

// Columns with any words in them start at the left, numbers end at the right.
bool AlignLeft(const Table& table, size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [column](const std::vector<Cell>& row) {
                       return std::holds_alternative<std::string>(row[column]);
                     });
}

// What a terminal shows of UTF-8 text: code points, not bytes.
size_t DisplayWidth(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c & 0xC0) != 0x80; });
}

// One note as lines of at most 79 columns, broken between words.
std::string NoteLines(const std::string& note) {
  std::string text;
  size_t used = 0;
  for (absl::string_view word : absl::StrSplit(note, ' ')) {
    const size_t width = DisplayWidth(std::string(word));
    if (used > 0 && used + 1 + width > 79) {
      text += "\n";
      used = 0;
    } else if (used > 0) {
      text += " ";
      ++used;
    }
    absl::StrAppend(&text, word);
    used += width;
  }
  return text + "\n";
}

std::string Padded(const std::string& text, size_t width, bool left) {
  const size_t used = DisplayWidth(text);
  const std::string padding(width > used ? width - used : 0, ' ');
  return left ? text + padding : padding + text;
}

void TrimRight(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
}

// The cells of one column as a reader sees them.
std::string Shown(const Table& table, size_t row, size_t column) {
  const std::string text =
      CellText(table.rows[row][column], table.columns[column].precision);
  return std::holds_alternative<std::monostate>(table.rows[row][column]) ? "-"
                                                                         : text;
}

std::string CsvQuoted(const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string CsvField(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    return CsvQuoted(*text);
  }
  return CellText(cell, Shortest());
}

std::string LatexNote(const std::string& note) {
  return absl::StrCat("  {\\raggedright\\small ", EscapeLatex(note),
                      "\\par}\n");
}

// One letter outside of ASCII, and how many bytes it has. Of those only the
// accented ones of Latin 1 are in LaTeX's default font, and the ± that LatexOf
// (analysis/report_files.h) sets; any other would stop it, so it has its code.
// A byte that begins no letter of UTF-8 is written out.
size_t AppendLatexLetter(absl::string_view text, std::string& escaped) {
  const auto byte = [&text](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const size_t size = byte(0) >= 0xf0   ? 4
                      : byte(0) >= 0xe0 ? 3
                      : byte(0) >= 0xc0 ? 2
                                        : 1;
  size_t there = 1;
  while (there < size && there < text.size() && byte(there) >> 6 == 2) ++there;
  if (size == 1 || there < size) {
    absl::StrAppendFormat(&escaped, "\\textbackslash{}x%02x", byte(0));
    return 1;
  }
  uint32_t code = byte(0) & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) code = code << 6 | (byte(i) & 0x3fu);
  constexpr uint32_t kNotAccented[] = {0xd0, 0xd7, 0xde, 0xf0, 0xf7, 0xfe};
  const bool is_accented =
      size == 2 && code >= 0xc0 && code <= 0xff &&
      std::find(std::begin(kNotAccented), std::end(kNotAccented), code) ==
          std::end(kNotAccented);
  if (is_accented || text.substr(0, size) == "±") {
    escaped.append(text.data(), size);
  } else {
    absl::StrAppendFormat(&escaped, "{[}U+%04X]", code);
  }
  return size;
}

// How LaTeX sets a table, from its default on to smaller ones; in points, of
// Computer Modern: a digit, and the space on both sides of a column.
struct LatexSetting {
  const char* command;
  double letter;
  double space;
};
constexpr LatexSetting kLatexSettings[] = {
    {"", 5.0, 12},
    {"\\small", 4.625, 12},
    {"\\small\\setlength{\\tabcolsep}{3pt}", 4.625, 6},
    {"\\footnotesize\\setlength{\\tabcolsep}{3pt}", 4.25, 6},
    {"\\scriptsize\\setlength{\\tabcolsep}{3pt}", 3.98, 6},
};
constexpr double kLatexPage = 345;  // the text of an article on letter paper

// The setting of a table, and its columns in parts that each fit on the page:
// the first setting that needs one part; else the smallest, each part with the
// first column.
struct LatexFit {
  const char* command;
  std::vector<std::vector<size_t>> parts;
};

LatexFit FitLatex(const std::vector<size_t>& widths) {
  std::vector<size_t> all;
  for (size_t column = 0; column < widths.size(); ++column) {
    all.push_back(column);
  }
  const auto points = [&widths](const LatexSetting& setting, size_t column) {
    return setting.letter * static_cast<double>(widths[column]) + setting.space;
  };
  const LatexSetting* last = nullptr;
  for (const LatexSetting& setting : kLatexSettings) {
    last = &setting;
    double sum = 0;
    for (size_t column : all) sum += points(setting, column);
    if (sum <= kLatexPage) return {setting.command, {all}};
  }
  LatexFit fit = {last->command, {}};
  double sum = 0;
  for (size_t column = 1; column < widths.size(); ++column) {
    if (fit.parts.empty() || sum + points(*last, column) > kLatexPage) {
      fit.parts.push_back({0});
      sum = points(*last, 0);
    }
    fit.parts.back().push_back(column);
    sum += points(*last, column);
  }
  if (fit.parts.empty()) fit.parts.push_back(all);
  return fit;
}

}  // namespace

std::string ShortestText(double value) {
  // 0.0001 and 100000 rather than to_chars' own choice, 1e-04 and 1e+05.
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-5 && size < 1e15);
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                                 plain ? std::chars_format::fixed
                                       : std::chars_format::scientific)
                       .ptr;
  return std::string(buffer, end);
}

std::string CellText(const Cell& cell, Precision precision) {
  if (const auto* count = std::get_if<int64_t>(&cell)) {
    return absl::StrCat(*count);
  }
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const auto* value = std::get_if<double>(&cell);
  if (value == nullptr) return "";
  if (precision.kind == Precision::Kind::kShortest) return ShortestText(*value);
  char buffer[512];  // 309 digits before the point at most
  const auto format = precision.kind == Precision::Kind::kDecimals
                          ? std::chars_format::fixed
                          : std::chars_format::general;
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), *value,
                                 format, std::clamp(precision.digits, 0, 100))
                       .ptr;
  return std::string(buffer, end);
}

absl::Status Validate(const Table& table) {
  const auto error = [&table](const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat("table '", table.title, "': ", what));
  };
  std::set<std::string> names;
  for (const Column& column : table.columns) {
    if (column.name.empty()) return error("a column without a name");
    if (!names.insert(column.name).second) {
      return error(absl::StrCat("two columns named '", column.name, "'"));
    }
  }
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const std::vector<Cell>& cells = table.rows[row];
    if (cells.size() != table.columns.size()) {
      return error(absl::StrCat("row ", row + 1, " has ", cells.size(),
                                " cells, expected ", table.columns.size()));
    }
    for (size_t column = 0; column < cells.size(); ++column) {
      const auto* value = std::get_if<double>(&cells[column]);
      if (value != nullptr && !std::isfinite(*value)) {
        return error(absl::StrCat("row ", row + 1, ", column '",
                                  table.columns[column].name, "' is ", *value,
                                  ", expected a finite number"));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ToText(const Table& table) {
  RETURN_IF_ERROR(Validate(table));
  std::string text;
  if (!table.title.empty()) text += table.title + "\n";
  for (const std::string& note : table.notes_above) text += NoteLines(note);
  if (!text.empty()) text += "\n";

  std::vector<size_t> widths;
  std::vector<bool> left;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    size_t width = DisplayWidth(Heading(table.columns[column]));
    for (size_t row = 0; row < table.rows.size(); ++row) {
      width = std::max(width, DisplayWidth(Shown(table, row, column)));
    }
    widths.push_back(width);
    left.push_back(AlignLeft(table, column));
  }
  const auto add_line = [&](const auto& cell_text) {
    std::string line;
    for (size_t column = 0; column < table.columns.size(); ++column) {
      if (column > 0) line += "  ";
      line += Padded(cell_text(column), widths[column], left[column]);
    }
    TrimRight(line);
    text += line + "\n";
  };
  add_line([&](size_t column) { return Heading(table.columns[column]); });
  add_line([&](size_t column) { return std::string(widths[column], '-'); });
  for (size_t row = 0; row < table.rows.size(); ++row) {
    add_line([&](size_t column) { return Shown(table, row, column); });
  }
  if (!table.notes_below.empty()) text += "\n";
  for (const std::string& note : table.notes_below) text += NoteLines(note);
  return text;
}

absl::StatusOr<std::string> ToTextList(const Table& table) {
  RETURN_IF_ERROR(Validate(table));
  std::string text;
  if (!table.title.empty()) text += table.title + "\n";
  for (const std::string& note : table.notes_above) text += NoteLines(note);
  size_t width = 0;
  for (const Column& column : table.columns) {
    width = std::max(width, DisplayWidth(Heading(column)));
  }
  for (size_t row = 0; row < table.rows.size(); ++row) {
    if (!text.empty()) text += "\n";
    for (size_t column = 0; column < table.columns.size(); ++column) {
      text += absl::StrCat(Padded(Heading(table.columns[column]), width, true),
                           "  ", Shown(table, row, column), "\n");
    }
  }
  if (!table.notes_below.empty()) text += "\n";
  for (const std::string& note : table.notes_below) text += NoteLines(note);
  return text;
}

absl::StatusOr<std::string> ToCsv(const Table& table) {
  RETURN_IF_ERROR(Validate(table));
  std::string text;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    if (column > 0) text += ",";
    text += CsvQuoted(table.columns[column].name);
  }
  text += "\n";
  for (const std::vector<Cell>& row : table.rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      if (column > 0) text += ",";
      text += CsvField(row[column]);
    }
    text += "\n";
  }
  return text;
}

absl::StatusOr<nlohmann::ordered_json> ToJsonValue(const Table& table) {
  RETURN_IF_ERROR(Validate(table));
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::vector<Cell>& row : table.rows) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (size_t column = 0; column < row.size(); ++column) {
      nlohmann::ordered_json& value = object[table.columns[column].name];
      if (const auto* count = std::get_if<int64_t>(&row[column])) {
        value = *count;
      } else if (const auto* number = std::get_if<double>(&row[column])) {
        value = *number;
      } else if (const auto* words = std::get_if<std::string>(&row[column])) {
        value = *words;
      }
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

absl::StatusOr<std::string> ToJson(const Table& table) {
  ASSIGN_OR_RETURN(nlohmann::ordered_json value, ToJsonValue(table));
  return JsonText(value);
}

std::string JsonText(const nlohmann::ordered_json& value) {
  return value.dump(2, ' ', false,
                    nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

absl::StatusOr<std::string> ToMarkdown(const Table& table) {
  RETURN_IF_ERROR(Validate(table));
  std::string text;
  if (!table.title.empty()) {
    text += absl::StrCat("**", EscapeMarkdown(table.title), "**\n\n");
  }
  for (const std::string& note : table.notes_above) {
    text += EscapeMarkdown(note) + "\n\n";
  }
  text += "|";
  for (const Column& column : table.columns) {
    text += absl::StrCat(" ", EscapeMarkdown(Heading(column)), " |");
  }
  text += "\n|";
  for (size_t column = 0; column < table.columns.size(); ++column) {
    text += AlignLeft(table, column) ? " :-- |" : " --: |";
  }
  text += "\n";
  for (size_t row = 0; row < table.rows.size(); ++row) {
    text += "|";
    for (size_t column = 0; column < table.columns.size(); ++column) {
      text +=
          absl::StrCat(" ", EscapeMarkdown(Shown(table, row, column)), " |");
    }
    text += "\n";
  }
  for (const std::string& note : table.notes_below) {
    text += "\n" + EscapeMarkdown(note) + "\n";
  }
  return text;
}

absl::StatusOr<std::string> ToLatex(const Table& table,
                                    const std::string& label) {
  RETURN_IF_ERROR(Validate(table));
  std::string text = "\\begin{table}\n  \\centering\n";
  text += absl::StrCat("  \\caption{", EscapeLatex(table.title), "}\n");
  text += absl::StrCat("  \\label{tab:", label, "}\n");
  for (const std::string& note : table.notes_above) text += LatexNote(note);
  std::vector<size_t> widths;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    size_t width = DisplayWidth(Heading(table.columns[column]));
    for (size_t row = 0; row < table.rows.size(); ++row) {
      width = std::max(width, DisplayWidth(Shown(table, row, column)));
    }
    widths.push_back(width);
  }
  const LatexFit fit = FitLatex(widths);
  if (*fit.command != '\0') text += absl::StrCat("  ", fit.command, "\n");
  for (const std::vector<size_t>& part : fit.parts) {
    if (&part != &fit.parts.front()) text += "  \\par\\medskip\n";
    text += "  \\begin{tabular}{";
    for (size_t column : part) text += AlignLeft(table, column) ? "l" : "r";
    text += "}\n    \\toprule\n";
    const auto add_line = [&](const auto& cell_text) {
      text += "    ";
      for (size_t column : part) {
        if (column != part.front()) text += " & ";
        text += EscapeLatex(cell_text(column));
      }
      text += " \\\\\n";
    };
    add_line([&](size_t column) { return Heading(table.columns[column]); });
    text += "    \\midrule\n";
    for (size_t row = 0; row < table.rows.size(); ++row) {
      add_line([&](size_t column) { return Shown(table, row, column); });
    }
    text += "    \\bottomrule\n  \\end{tabular}\n";
  }
  for (const std::string& note : table.notes_below) text += LatexNote(note);
  return text + "\\end{table}\n";
}

std::string EscapeLatex(const std::string& text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
      i += AppendLatexLetter(absl::string_view(text).substr(i), escaped) - 1;
      continue;
    }
    switch (c) {
      case '\\':
        escaped += "\\textbackslash{}";
        break;
      case '~':
        escaped += "\\textasciitilde{}";
        break;
      case '^':
        escaped += "\\textasciicircum{}";
        break;
      case '<':
        escaped += "\\textless{}";
        break;
      case '>':
        escaped += "\\textgreater{}";
        break;
      case '|':
        escaped += "\\textbar{}";
        break;
      case '"':
        escaped += "''";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        escaped += '\\';
        escaped += c;
        break;
      case '[':  // after "\\" it would open an optional argument
        escaped += "{[}";
        break;
      case '*':  // likewise
        escaped += "{*}";
        break;
      case '\n':
        escaped += ' ';
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string EscapeMarkdown(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '\n') {
      escaped += ' ';
      continue;
    }
    if (std::string("\\`*_<>|[]#").find(c) != std::string::npos) {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

}  // namespace local_sgd
