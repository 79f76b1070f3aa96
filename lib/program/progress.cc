#include "lib/program/progress.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace local_sgd {
namespace {

constexpr double kTerminalSeconds = 0.1;
constexpr double kPlainSeconds = 10;
constexpr int kUsualColumns = 80;
constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string title, double total_weight, std::ostream& out,
                   bool is_terminal, Clock clock, Columns columns)
    : title_(std::move(title)),
      total_weight_(total_weight),
      out_(out),
      is_terminal_(is_terminal),
      clock_(std::move(clock)),
      columns_(std::move(columns)),
      start_(clock_()),
      last_report_(start_) {}

Progress::~Progress() { Finish(); }

void Progress::Update(double done_weight, const std::string& what) {
  std::lock_guard<std::mutex> lock(mutex_);
  done_weight_ = std::max(done_weight_, done_weight);
  Report(what);
}

void Progress::Add(double weight, const std::string& what) {
  std::lock_guard<std::mutex> lock(mutex_);
  done_weight_ += weight;
  Report(what);
}

void Progress::Report(const std::string& what) {
  const double now = clock_();
  const double wait = is_terminal_ ? kTerminalSeconds : kPlainSeconds;
  if (finished_ || (reported_ && now - last_report_ < wait)) return;
  reported_ = true;
  last_report_ = now;

  std::string line = title_ + ":";
  if (total_weight_ > 0) {
    const double share = std::min(1.0, done_weight_ / total_weight_);
    absl::StrAppend(&line, " ", std::floor(100 * share), " %");
    if (share > 0 && now > start_) {
      absl::StrAppend(&line, ", ",
                      DurationText((now - start_) * (1 - share) / share),
                      " left");
    }
  }
  if (!what.empty()) absl::StrAppend(&line, ", ", what);
  if (is_terminal_) {
    // A line that wraps cannot be rewritten; one that fills the last column
    // wraps on some terminals.
    out_ << kClearLine << FittingText(line, columns_() - 1) << std::flush;
  } else {
    out_ << line << std::endl;
  }
}

void Progress::Finish() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (finished_) return;
  finished_ = true;
  if (!reported_) return;
  if (is_terminal_) {
    out_ << kClearLine << std::flush;
  } else {
    out_ << title_ << ": done in " << DurationText(clock_() - start_)
         << std::endl;
  }
}

void Progress::Abandon() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (finished_) return;
  finished_ = true;
  if (reported_ && is_terminal_) out_ << kClearLine << std::flush;
}

double Progress::SteadySeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int Progress::StderrColumns() {
  struct winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  const char* text = getenv("COLUMNS");
  int columns = 0;
  if (text != nullptr && absl::SimpleAtoi(text, &columns) && columns > 0) {
    return columns;
  }
  return kUsualColumns;
}

bool StderrIsTerminal() {
  const char* term = getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != nullptr &&
         std::string(term) != "dumb";
}

std::string FittingText(const std::string& text, int columns) {
  size_t end = 0;  // of the last character that fits
  int used = 0;
  while (end < text.size()) {
    const bool is_ascii = static_cast<unsigned char>(text[end]) < 0x80;
    used += is_ascii ? 1 : 2;
    if (used > columns) break;
    ++end;
    if (is_ascii) continue;
    while (end < text.size() &&
           (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
      ++end;
    }
  }
  return text.substr(0, end);
}

std::string DurationText(double seconds) {
  const double whole = std::round(std::clamp(seconds, 0.0, 1e12));
  const auto total = static_cast<long long>(whole);
  if (total < 60) return absl::StrCat(total, " s");
  if (total < 3600) {
    return absl::StrFormat("%d min %02d s", total / 60, total % 60);
  }
  return absl::StrFormat("%d h %02d min", total / 3600, total / 60 % 60);
}

}  // namespace local_sgd
