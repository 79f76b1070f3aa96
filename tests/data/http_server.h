// The smallest HTTP server that a download can be tested against: one answer,
// given as raw bytes, to every connection on a port of 127.0.0.1.

#ifndef TESTS_DATA_HTTP_SERVER_H_
#define TESTS_DATA_HTTP_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace local_sgd {

class HttpServer {
 public:
  // After the answer the connection is closed, whatever it promised. Other than
  // 0, `slow_bytes` is the bytes that are sent at a time, ten times a second.
  explicit HttpServer(std::string answer, size_t slow_bytes = 0)
      : answer_(std::move(answer)), slow_bytes_(slow_bytes) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    bind(socket_, reinterpret_cast<sockaddr*>(&address), length);
    listen(socket_, 8);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~HttpServer() {
    shutdown(socket_, SHUT_RDWR);
    close(socket_);
    thread_.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/file";
  }

 private:
  void Serve() {
    for (;;) {
      const int connection = accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request;
      char buffer[1024];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = read(connection, buffer, sizeof(buffer));
        if (got <= 0) break;
        request.append(buffer, static_cast<size_t>(got));
      }
      size_t sent = 0;
      while (sent < answer_.size()) {
        size_t piece = answer_.size() - sent;
        if (slow_bytes_ > 0) piece = std::min(piece, slow_bytes_);
        const ssize_t wrote =
            send(connection, answer_.data() + sent, piece, MSG_NOSIGNAL);
        if (wrote <= 0) break;
        sent += static_cast<size_t>(wrote);
        if (slow_bytes_ > 0) usleep(100'000);
      }
      close(connection);
    }
  }

  const std::string answer_;
  const size_t slow_bytes_;
  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace local_sgd

#endif  // TESTS_DATA_HTTP_SERVER_H_
