// What a long run tells its user on stderr while it works: what is running,
// how far it is, how long it still takes.

#ifndef LIB_PROGRAM_PROGRESS_H_
#define LIB_PROGRAM_PROGRESS_H_

#include <functional>
#include <mutex>
#include <ostream>
#include <string>

namespace local_sgd {

// On a terminal one line that is rewritten at most ten times a second, never
// wraps, and is cleared at the end; otherwise plain lines: the first report,
// one every ten seconds, and a last one with the time it all took. Safe to call
// from any thread.
class Progress {
 public:
  using Clock = std::function<double()>;  // seconds, from any start
  using Columns = std::function<int()>;   // of the terminal, at this moment

  // Work is counted in any unit of which there is `total_weight` in all; `out`
  // outlives this object. A weight of zero or less shows no percentage.
  Progress(std::string title, double total_weight, std::ostream& out,
           bool is_terminal, Clock clock = SteadySeconds,
           Columns columns = StderrColumns);
  ~Progress();  // Finish()
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So much is done in all; reports never go backwards.
  void Update(double done_weight, const std::string& what);

  // So much more is done, for workers that know only their own share.
  void Add(double weight, const std::string& what);

  // Clears the line or writes the last one. Later calls do nothing.
  void Finish();

  // Like Finish, but the work ended early: no last line says that it is done.
  void Abandon();

  static double SteadySeconds();

  // The width of the terminal on stderr: as it says itself, else $COLUMNS, else
  // 80.
  static int StderrColumns();

 private:
  void Report(const std::string& what);  // with mutex_ held

  const std::string title_;
  const double total_weight_;
  std::ostream& out_;
  const bool is_terminal_;
  const Clock clock_;
  const Columns columns_;
  const double start_;

  std::mutex mutex_;
  double done_weight_ = 0;
  double last_report_;
  bool reported_ = false;
  bool finished_ = false;
};

// Whether stderr is a terminal (and not a file, a pipe or a "dumb" one).
bool StderrIsTerminal();

// As much of the UTF-8 text as takes at most `columns` on a terminal, where
// each character that is not ASCII may take two.
std::string FittingText(const std::string& text, int columns);

// "0 s", "59 s", "3 min 20 s", "2 h 05 min".
std::string DurationText(double seconds);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_PROGRESS_H_
