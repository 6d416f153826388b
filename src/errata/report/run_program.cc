// A child that is fed through one pipe and read through two others blocks for ever when both sides wait on a full
// pipe, so input, output and errors move together under poll(). The pipes are close-on-exec: a child never holds the
// writing end of its own input.
#include "errata/report/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace errata::report {

namespace {

/// One end of a pipe.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

struct Pipe {
  Descriptor read_end, write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return output_error(fmt::format("no pipe: {}", std::strerror(errno)));
  return Pipe{.read_end = Descriptor(ends[0]), .write_end = Descriptor(ends[1])};
}

/// Appends what is there to read; closes at the end of the stream.
void read_some(Descriptor& from, std::string& text) {
  std::array<char, 65'536> buffer{};
  const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    from.close();
  }
}

/// Writes what fits; closes when all is written or the child reads no more.
void write_some(Descriptor& to, std::string_view& input) {
  const ssize_t count = ::write(to.get(), input.data(), input.size());
  if (count >= 0) input.remove_prefix(static_cast<std::size_t>(count));
  const bool broken = count < 0 && errno != EAGAIN && errno != EINTR;
  if (broken || input.empty()) to.close();
}

struct Streams {
  Descriptor input, output, errors;
};
struct Texts {
  std::string output, errors;
};

Texts exchange(Streams streams, std::string_view input) {
  Texts texts;
  ::fcntl(streams.input.get(), F_SETFL, O_NONBLOCK);
  if (input.empty()) streams.input.close();
  while (streams.output.is_open() || streams.errors.is_open()) {
    // poll() ignores the negative numbers of closed ends.
    std::array<pollfd, 3> ends{pollfd{.fd = streams.input.get(), .events = POLLOUT, .revents = 0},
                               pollfd{.fd = streams.output.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = streams.errors.get(), .events = POLLIN, .revents = 0}};
    if (::poll(ends.data(), ends.size(), -1) < 0) continue;
    if (ends[0].revents != 0) write_some(streams.input, input);
    if (ends[1].revents != 0) read_some(streams.output, texts.output);
    if (ends[2].revents != 0) read_some(streams.errors, texts.errors);
  }
  return texts;
}

/// Writing to a child that has ended must be an error, not the end of this program.
class IgnoredPipeSignal {
 public:
  IgnoredPipeSignal() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~IgnoredPipeSignal() { std::signal(SIGPIPE, before_); }
  IgnoredPipeSignal(const IgnoredPipeSignal&) = delete;
  IgnoredPipeSignal& operator=(const IgnoredPipeSignal&) = delete;

 private:
  void (*before_)(int);
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::string> run_program(const std::vector<std::string>& arguments, std::string_view input) {
  ERRATA_CHECK(!arguments.empty());
  ERRATA_ASSIGN(Pipe in, make_pipe());
  ERRATA_ASSIGN(Pipe out, make_pipe());
  ERRATA_ASSIGN(Pipe err, make_pipe());

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.read_end.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), STDERR_FILENO);
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const IgnoredPipeSignal ignored;
  pid_t child = 0;
  const int problem = ::posix_spawnp(&child, words.front(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) {
    return output_error(fmt::format("cannot start `{}`: {}", arguments.front(), std::strerror(problem)));
  }

  in.read_end.close();
  out.write_end.close();
  err.write_end.close();
  Texts texts = exchange(
      {.input = std::move(in.write_end), .output = std::move(out.read_end), .errors = std::move(err.read_end)}, input);
  const int status = wait_for(child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return output_error(fmt::format("`{}` failed: {}", arguments.front(), texts.errors));
  }
  return std::move(texts.output);
}

}  // namespace errata::report
