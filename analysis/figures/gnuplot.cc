#include "analysis/figures/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "analysis/figures/drawable.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_layout.h"
#include "analysis/figures/gnuplot_script.h"
#include "lib/files/output_file.h"
#include "lib/program/temporary_folder.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// A temporary folder that goes away with its contents.
class TemporaryFolder {
 public:
  static absl::StatusOr<TemporaryFolder> Make() {
    ASSIGN_OR_RETURN(const auto parent, FindTemporaryFolder());
    std::string path = absl::StrCat(parent, "/figure.XXXXXX");
    if (mkdtemp(path.data()) == nullptr) {
      return absl::UnavailableError(absl::StrCat(
          "cannot make the folder ", path, " for gnuplot: ", strerror(errno)));
    }
    return TemporaryFolder(std::move(path));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept
      : path_(std::exchange(other.path_, "")) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty once moved from
};

// Whether cairo may compress all objects of a PDF, or only what they hold.
enum class PdfObjects { kAny, kPlain };

// Runs gnuplot on a script file; what it says goes into a log file.
absl::Status RunGnuplot(const std::string& script, const std::string& log,
                        PdfObjects objects) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  // gnuplot does not look whether its output could be written, so it had better
  // be stopped by a limit that this program only hears of.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string name = "gnuplot";
  std::string no_settings = "--default-settings";  // not the user's own
  std::string file = script;
  char* const arguments[] = {name.data(), no_settings.data(), file.data(),
                             nullptr};
  std::string utc = "TZ=UTC0";  // gives the date in a PDF a fixed length
  std::string plain = "CAIRO_DEBUG_PDF=1";
  std::vector<char*> environment = {utc.data()};
  if (objects == PdfObjects::kPlain) environment.push_back(plain.data());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (strncmp(*variable, "TZ=", 3) != 0) environment.push_back(*variable);
  }
  environment.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, name.c_str(), &actions, &attributes,
                                 arguments, environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == ENOENT) {
    return absl::FailedPreconditionError(
        "gnuplot is not installed (Debian package gnuplot-nox): no figures");
  }
  if (error != 0) {
    return absl::InternalError(
        absl::StrCat("cannot run gnuplot: ", strerror(error)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("cannot wait for gnuplot: ", strerror(errno)));
    }
  }
  if (WIFSIGNALED(status)) {
    return absl::UnavailableError(absl::StrCat(
        "gnuplot was ended by a signal: ", strsignal(WTERMSIG(status))));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::InternalError(
        absl::StrCat("gnuplot failed: ", ReadFile(log).value_or("")));
  }
  return absl::OkStatus();
}

// cairo dates a PDF; the same figure must have the same bytes. Returns whether
// the date was found.
bool RemoveDate(std::string& pdf) {
  const std::string key = "/CreationDate (D:";
  const size_t at = pdf.find(key);
  if (at == std::string::npos) return false;
  const std::string date = "19700101000000";
  for (size_t i = 0; i < date.size(); ++i) {
    char& c = pdf[std::min(at + key.size() + i, pdf.size() - 1)];
    if (c >= '0' && c <= '9') c = date[i];
  }
  return true;
}

// Of the parts of a sum; `error` makes one of a label and a value.
template <class Error>
absl::Status ValidateAreas(const Panel& panel, const Error& error) {
  std::vector<double> sums;
  for (const Line& part : panel.stacked) {
    sums.resize(part.points.size(), 0);
    for (size_t j = 0; j < part.points.size(); ++j) {
      const auto& [x, y] = part.points[j];
      if (!IsDrawable(x)) return error(part.label, x);
      if (!std::isfinite(y) || y < 0) return error(part.label, y);
      sums[j] += y;
    }
  }
  for (const double sum : sums) {
    if (!IsDrawable(sum)) return error("the sum of the areas", sum);
  }
  return absl::OkStatus();
}

absl::Status Validate(const Figure& figure) {
  for (const Panel& panel : figure.panels) {
    const auto error = [&](const std::string& of, double value) {
      return absl::InvalidArgumentError(
          absl::StrCat("figure '", figure.title, "', panel '", panel.title,
                       "': ", of, " has the value ", value));
    };
    for (const Line& line : panel.lines) {
      for (const auto& [x, y] : line.points) {
        if (!IsDrawable(x)) return error(line.label, x);
        if (!IsDrawable(y)) return error(line.label, y);
      }
      for (const double half_width : line.errors) {
        if (!std::isfinite(half_width)) return error(line.label, half_width);
      }
    }
    RETURN_IF_ERROR(ValidateAreas(panel, error));
    for (const auto& [x, y] : panel.circled) {
      if (!IsDrawable(x) || !IsDrawable(y)) return error("a circle", y);
    }
    if (panel.target && !IsDrawable(*panel.target)) {
      return error("the target", *panel.target);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Drawing> Draw(const Figure& figure) {
  RETURN_IF_ERROR(Validate(figure));
  ASSIGN_OR_RETURN(const auto made, TemporaryFolder::Make());
  const TemporaryFolder& folder = made;
  Drawing drawing;
  struct Output {
    Page page;
    std::string path;
    std::string* contents;
    const char* end;  // of a file that is whole
  };
  const Output outputs[] = {
      {Page::kScreen, folder.path() + "/figure.svg", &drawing.svg, "</svg>"},
      {Page::kTwoColumns, folder.path() + "/figure.pdf", &drawing.pdf, "%%EOF"},
      {Page::kOneColumn, folder.path() + "/column.pdf", &drawing.column_pdf,
       "%%EOF"}};
  std::string script;
  for (const Output& output : outputs) {
    const Layout layout = LayoutOf(figure, output.page);
    // 96 SVG units are an inch, and so are 72 points of font size.
    absl::StrAppend(
        &script, "reset\n",
        output.page == Page::kScreen
            ? absl::StrFormat("set terminal svg enhanced size %.0f,%.0f "
                              "font 'DejaVu Sans,10' fontscale 1.25 "
                              "background rgb 'white'\n",
                              96 * layout.width, 96 * layout.height)
            : absl::StrFormat("set terminal pdfcairo enhanced color "
                              "size %.3fin,%.3fin font 'DejaVu Sans,10' "
                              "fontscale %.4f background rgb 'white'\n",
                              layout.width, layout.height, 0.75 * layout.scale),
        "set output ", Quoted(output.path), "\n",
        GnuplotScript(figure, output.page), "set output\n");
  }
  const std::string file = folder.path() + "/figure.gp";
  const std::string log = folder.path() + "/log";
  absl::Status status = WriteFileAtomically(file, script);
  if (!status.ok()) return status;
  // cairo 1.18 compresses the date among other objects, unless it is told to
  // leave them as they are, which makes a PDF somewhat larger.
  for (const PdfObjects objects : {PdfObjects::kAny, PdfObjects::kPlain}) {
    status = RunGnuplot(file, log, objects);
    if (!status.ok()) return status;
    for (const Output& output : outputs) {
      auto read = ReadFile(output.path);
      if (!read.ok() || read->empty()) {
        return absl::InternalError(
            absl::StrCat("gnuplot drew nothing: ", ReadFile(log).value_or("")));
      }
      // On a full disk gnuplot succeeds all the same.
      if (!absl::EndsWith(absl::StripTrailingAsciiWhitespace(*read),
                          output.end)) {
        return absl::UnavailableError(
            absl::StrCat("gnuplot could not write all of ", output.path));
      }
      *output.contents = *std::move(read);
    }
    const bool is_dateless = RemoveDate(drawing.pdf);
    if (RemoveDate(drawing.column_pdf) && is_dateless) break;
  }
  // Where the font is not, one of the same widths, or of the same kind.
  drawing.svg = absl::StrReplaceAll(
      drawing.svg, {{"font-family=\"DejaVu Sans\"",
                     "font-family=\"DejaVu Sans, Verdana, sans-serif\""}});
  return drawing;
}

}  // namespace local_sgd
