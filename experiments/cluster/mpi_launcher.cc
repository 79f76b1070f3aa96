#include "experiments/cluster/mpi_launcher.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/program/command_line.h"
#include "lib/program/temporary_folder.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr char kLauncherVariable[] = "LOCAL_SGD_MPI_LAUNCHER";
constexpr char kIterationMark[] = "@iteration ";

// mpirun's process, and the signal that asked for the end of the job.
volatile sig_atomic_t mpirun_pid = 0;
volatile sig_atomic_t ending_signal = 0;

// The ranks end with mpirun, also when a second signal leaves it no time.
void EndJob(int signal_number) {
  const bool again = ending_signal != 0;
  ending_signal = signal_number;
  if (mpirun_pid > 0) kill(mpirun_pid, again ? SIGKILL : SIGTERM);
}

// Calls EndJob on SIGINT and SIGTERM, unless they were ignored (nohup).
void CatchSignals() {
  for (const int signal_number : {SIGINT, SIGTERM}) {
    struct sigaction action = {};
    sigaction(signal_number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = EndJob;
    action.sa_flags = SA_RESTART;
    sigaction(signal_number, &action, nullptr);
  }
}

// Open MPI 5 ends without a home directory, which services and tests have not.
void SetHome() {
  const passwd* user = getpwuid(geteuid());
  setenv("HOME", user != nullptr ? user->pw_dir : "/", /*overwrite=*/0);
}

std::vector<std::string> MpirunArguments(const MpiLaunch& launch,
                                         const std::string& executable) {
  std::vector<std::string> all = {
      "mpirun",          "-n",        absl::StrCat(launch.ranks),
      "--oversubscribe", "--bind-to", "none"};
  // Ranks on other machines get these too.
  for (const char* variable :
       {kLauncherVariable, "BUILD_WORKING_DIRECTORY",
        "BUILD_WORKSPACE_DIRECTORY", "LOCAL_SGD_DATA_DIR"}) {
    if (std::getenv(variable) == nullptr) continue;
    all.push_back("-x");
    all.push_back(variable);
  }
  // Sockets live below it, and their paths may not be long.
  const char* folder = std::getenv("TMPDIR");
  if (folder != nullptr && std::strlen(folder) > 40) {
    all.insert(all.end(), {"--mca", "orte_tmpdir_base", "/tmp"});
  }
  all.insert(all.end(), launch.mpirun_flags.begin(), launch.mpirun_flags.end());
  all.push_back(executable);
  all.insert(all.end(), launch.arguments.begin(), launch.arguments.end());
  return all;
}

// In the child: becomes mpirun, with pipes as its stdout and stderr. In a group
// of its own, a Ctrl-C reaches it through the parent only, once.
[[noreturn]] void BecomeMpirun(const std::vector<std::string>& arguments,
                               int output_pipe, int error_pipe, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(output_pipe, STDOUT_FILENO);
  dup2(error_pipe, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

// What the job writes to stderr, line by line: the ranks' own lines pass
// through, the iterations go to `progress`, and what Open MPI says is kept.
class JobMessages {
 public:
  explicit JobMessages(const MpiLaunch& launch) : launch_(launch) {}

  void Take(absl::string_view line) {
    absl::string_view rest = line;
    if (absl::ConsumePrefix(&rest, kIterationMark)) {
      int64_t t = 0;
      if (absl::SimpleAtoi(rest, &t)) {
        iteration_ = t;
        if (launch_.progress) launch_.progress(t);
      }
      return;
    }
    // Open MPI 5 says so of ranks on one machine that has IPv4 and IPv6, in
    // lines that may be cut in two, and goes on.
    if (absl::StrContains(line, "Unable to find reachable pairing")) return;
    const bool is_rule = absl::StartsWith(line, "--------------------");
    if (is_rule) in_block_ = !in_block_;
    if (in_block_ || is_rule || absl::StartsWith(line, "[")) {
      if (!is_rule && !line.empty()) kept_.push_back(std::string(line));
      return;
    }
    std::cerr << PrintableText(line) << "\n";
  }

  int64_t iteration() const { return iteration_; }

  // "rank 2 on HOST was ended by signal 9 (Killed)" when that is what mpirun
  // says, otherwise nothing.
  std::string LostRank() const {
    // "mpirun noticed that process rank RANK with PID N on node HOST exited on
    // signal N (NAME).", in one line or two; of Open MPI 5 it is prterun.
    const std::string all = Kept();
    const std::string notice = " noticed that process rank ";
    const size_t at = all.find(notice);
    if (at == std::string::npos) return "";
    const std::string rest = all.substr(at + notice.size());
    const std::vector<std::string> words = absl::StrSplit(rest, ' ');
    const size_t name = rest.find('(');
    if (words.size() < 12 || name == std::string::npos) return "";
    return absl::StrCat("rank ", words[0], " on ", words[6],
                        " was ended by signal ", words[10], " ",
                        rest.substr(name, rest.find(')', name) + 1 - name));
  }

  // Whether the ranks ended by themselves, with an exit code and what they had
  // to say.
  bool RanksExited() const {
    for (const std::string& line : kept_) {
      if (absl::StrContains(line, "non-zero")) return true;
    }
    return false;
  }

  std::string Kept() const {
    std::string all;
    for (const std::string& line : kept_) {
      absl::StrAppend(&all, all.empty() ? "" : " ",
                      absl::StripAsciiWhitespace(line));
    }
    return all;
  }

 private:
  const MpiLaunch& launch_;
  int64_t iteration_ = 0;
  bool in_block_ = false;
  std::vector<std::string> kept_;
};

// Where the job ended and what is left of it. The last report may be older than
// what was saved.
std::string EndText(int64_t reported, int64_t saved) {
  const int64_t t = std::max(reported, saved);
  return absl::StrCat(
      t > 0 ? absl::StrCat(" near iteration ", t)
            : std::string(" before its first iteration"),
      saved > 0
          ? absl::StrCat("; the same command goes on from iteration ", saved)
          : std::string("; no result was written"));
}

int Fail(const MpiLaunch& launch, const std::string& message) {
  std::cerr << "error: " << launch.program << ": " << PrintableText(message)
            << "\n";
  return 1;
}

// Hands all that arrives at the read end of a pipe over, and closes it.
void TakeLines(int read_end, JobMessages& messages) {
  std::FILE* stream = fdopen(read_end, "r");
  char* line = nullptr;
  size_t capacity = 0;
  for (ssize_t size; (size = getline(&line, &capacity, stream)) > 0;) {
    messages.Take(absl::StripSuffix(absl::string_view(line, size), "\n"));
  }
  std::free(line);
  std::fclose(stream);
}

// All that arrives at the read end of a pipe, which is closed then.
std::string ReadToEnd(int read_end) {
  std::string all;
  char buffer[1 << 12];
  for (;;) {
    const ssize_t count = read(read_end, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    all.append(buffer, static_cast<size_t>(count));
  }
  close(read_end);
  return all;
}

// The exit code of a child, 1 when a signal ended it.
int WaitFor(pid_t child) {
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(state) ? WEXITSTATUS(state) : 1;
}

// Says how a job ended that did not end well. Returns the exit code.
int ReportEnd(const MpiLaunch& launch, int code, const JobMessages& messages) {
  const std::string end =
      EndText(messages.iteration(),
              launch.saved_iteration ? launch.saved_iteration() : 0);
  if (ending_signal != 0) {
    std::cerr << launch.program << ": interrupted" << end << "\n";
    std::signal(ending_signal, SIG_DFL);
    std::raise(ending_signal);
  }
  if (code == 127) {
    Fail(launch,
         "mpirun cannot be started; ./setup.sh installs Open MPI "
         "(openmpi-bin)");
    return 127;
  }
  if (const std::string lost = messages.LostRank(); !lost.empty()) {
    return Fail(launch, lost + end);
  }
  if (messages.RanksExited()) return code;
  return Fail(launch, absl::StrCat("mpirun ended with code ", code, end,
                                   messages.Kept().empty() ? "" : ": ",
                                   messages.Kept()));
}

// What a launcher leaves in the environment of its ranks so that MPI finds it:
// PMIx, and PMI 1 and 2.
bool HasLauncherService() {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    for (const char* service : {"PMIX_SERVER_URI", "PMI_FD=", "PMI_PORT="}) {
      if (absl::StartsWith(*variable, service)) return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<bool> IsMpiRank() {
  for (const char* variable :
       {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    const char* rank = std::getenv(variable);
    if (rank == nullptr) continue;
    if (HasLauncherService()) return true;
    return absl::FailedPreconditionError(absl::StrCat(
        variable, "=", rank,
        " in the environment says that this is a rank of an MPI job, but there "
        "is no trace of mpirun or srun; unset it (unset ",
        variable, "), or start the job with mpirun or srun --mpi=pmix"));
  }
  return false;
}

absl::Status CheckJobSize(int ranks) {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const char* text = std::getenv(variable);
    int64_t size = 0;
    if (text == nullptr || !absl::SimpleAtoi(text, &size) || size <= ranks) {
      continue;
    }
    return absl::FailedPreconditionError(absl::StrCat(
        variable, "=", text, " in the environment, but MPI found ", ranks,
        ranks == 1 ? " rank" : " ranks",
        ": what started this job belongs to another MPI than the program; use "
        "its mpirun, or srun --mpi=pmix"));
  }
  return absl::OkStatus();
}

absl::Status CheckForRanks(const std::string& dataset) {
  ASSIGN_OR_RETURN(const std::string path, PathFromUser("dataset", dataset));
  std::error_code error;
  const std::filesystem::file_status file =
      std::filesystem::status(path, error);
  if (!std::filesystem::exists(file) ||
      std::filesystem::is_regular_file(file) ||
      std::filesystem::is_directory(file)) {
    return absl::OkStatus();  // opening it tells the rest
  }
  return absl::FailedPreconditionError(
      absl::StrCat("--dataset=", dataset,
                   ": ranks cannot share what is read only once; give a file"));
}

bool HasMpiLauncher() { return std::getenv(kLauncherVariable) != nullptr; }

void ReportIteration(int64_t t) {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point last;
  if (!HasMpiLauncher()) return;
  const Clock::time_point now = Clock::now();
  if (now - last < std::chrono::milliseconds(100)) return;
  last = now;
  std::cerr << absl::StrCat(kIterationMark, t, "\n") << std::flush;
}

int FailOnRank(const absl::Status& status) {
  return status.code() == absl::StatusCode::kCancelled ? 1 : Fail(status);
}

MpiLaunch LaunchOf(const std::string& program, int64_t ranks,
                   const std::string& mpirun_flags, int argc, char** argv) {
  MpiLaunch launch;
  launch.program = program;
  launch.ranks = static_cast<int>(ranks);
  launch.mpirun_flags = absl::StrSplit(mpirun_flags, ' ', absl::SkipEmpty());
  launch.arguments.assign(argv + 1, argv + argc);
  return launch;
}

int RunUnderMpirun(const MpiLaunch& launch) {
  std::error_code error;
  // mpirun has a folder there, and would make one that is missing.
  if (const auto folder = FindTemporaryFolder(); !folder.ok()) {
    return Fail(launch, std::string(folder.status().message()));
  }
  const std::string executable =
      std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) return Fail(launch, "cannot find this program's own path");
  setenv(kLauncherVariable, "1", 1);
  SetHome();
  // mpirun refuses root without; in a container there often is nobody else.
  if (geteuid() == 0) {
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  }
  const std::vector<std::string> arguments =
      MpirunArguments(launch, executable);
  int outputs[2];
  int errors[2];
  if (pipe2(outputs, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0) {
    return Fail(launch, "no pipe can be made");
  }
  const pid_t parent = getpid();
  CatchSignals();
  const pid_t child = fork();
  if (child < 0) return Fail(launch, "no process can be made");
  if (child == 0) BecomeMpirun(arguments, outputs[1], errors[1], parent);
  mpirun_pid = child;
  // It may have come before the line above.
  if (ending_signal != 0) kill(child, SIGTERM);
  close(outputs[1]);
  close(errors[1]);

  std::string output;
  std::thread reader([&output, end = outputs[0]] { output = ReadToEnd(end); });
  JobMessages messages(launch);
  TakeLines(errors[0], messages);
  reader.join();
  const int code = WaitFor(child);
  std::cout << output;
  mpirun_pid = 0;
  if (code == 0 && ending_signal == 0) return 0;
  return ReportEnd(launch, code, messages);
}

}  // namespace local_sgd
