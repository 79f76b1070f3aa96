#include "lib/program/standard_output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <cstddef>
#include <iostream>
#include <streambuf>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace local_sgd {
namespace {

int first_error = 0;  // errno of the first write that failed

// Writes to descriptor 1. After an error it takes nothing more.
class DescriptorBuffer : public std::streambuf {
 public:
  DescriptorBuffer() : bytes_(1 << 16) { Empty(); }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
      sputc(traits_type::to_char_type(c));
    }
    return traits_type::not_eof(c);
  }

  int sync() override {
    for (const char* at = pbase(); at < pptr() && first_error == 0;) {
      const ssize_t count =
          write(STDOUT_FILENO, at, static_cast<size_t>(pptr() - at));
      if (count >= 0) {
        at += count;
      } else if (errno == EAGAIN) {  // somebody made the terminal non-blocking
        struct pollfd standard_output = {STDOUT_FILENO, POLLOUT, 0};
        poll(&standard_output, 1, -1);
      } else if (errno != EINTR) {
        first_error = errno;
      }
    }
    Empty();
    return first_error == 0 ? 0 : -1;
  }

 private:
  void Empty() { setp(bytes_.data(), bytes_.data() + bytes_.size()); }

  std::vector<char> bytes_;
};

}  // namespace

void TakeOverStandardOutput() {
  // Never deleted: std::cout is flushed after everything else.
  static auto* const buffer = new DescriptorBuffer;
  std::cout.rdbuf(buffer);
}

absl::Status FlushStandardOutput() {
  std::cout.flush();
  if (std::cout.good()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot write to standard output: ",
                   strerror(first_error != 0 ? first_error : EIO)));
}

}  // namespace local_sgd
