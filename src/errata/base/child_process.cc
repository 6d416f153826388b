// A child that is fed through one pipe and read through two others blocks for ever when both sides wait on a full
// pipe, so input, output and errors move together under poll(). The pipes are close-on-exec: a child never holds the
// writing end of its own input. Writing to a child that has ended raises SIGPIPE in the thread that writes: it is
// blocked and taken there, so that no other thread of a server sees another disposition. Every wait is short, so that a
// time limit and a cancellation are noticed.
#include "errata/base/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

extern char** environ;

namespace errata {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr auto kLook = 20ms;

std::string error_text(int error) { return std::generic_category().message(error); }

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
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return unavailable(fmt::format("no pipe: {}", error_text(errno)));
  return Pipe{.read_end = Descriptor(ends[0]), .write_end = Descriptor(ends[1])};
}

/// Appends what is there to read, up to `most` bytes in all; closes at the end of the stream.
/// @return whether all of it fitted
bool read_some(Descriptor& from, std::string& text, std::size_t most) {
  std::array<char, 65'536> buffer{};
  const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
  if (count > 0) {
    const auto fits = std::min(static_cast<std::size_t>(count), most - text.size());
    text.append(buffer.data(), fits);
    return fits == static_cast<std::size_t>(count);
  }
  if (count == 0 || errno != EINTR) from.close();
  return true;
}

/// Writes what fits. @return whether the child still reads
bool write_some(const Descriptor& to, std::string_view& input) {
  const ssize_t count = ::write(to.get(), input.data(), input.size());
  if (count >= 0) input.remove_prefix(static_cast<std::size_t>(count));
  return count >= 0 || errno == EAGAIN || errno == EINTR;
}

/// SIGPIPE of this thread, held back and thrown away at the end unless it was blocked before.
class HeldBackPipeSignal {
 public:
  HeldBackPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~HeldBackPipeSignal() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec now{};
    while (::sigtimedwait(&pipe_, nullptr, &now) >= 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldBackPipeSignal(const HeldBackPipeSignal&) = delete;
  HeldBackPipeSignal& operator=(const HeldBackPipeSignal&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

/// A started program; killed with its process group unless it was waited for.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (waited_) return;
    ::kill(-id_, SIGKILL);
    while (::waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
    }
  }
  /// Has it ended? status() then tells how.
  bool ended() {
    if (!waited_) waited_ = ::waitpid(id_, &status_, WNOHANG) == id_;
    return waited_;
  }
  /// Likewise, and what it started is killed then.
  bool ended_with_all() {
    siginfo_t info{};
    if (waited_) return true;
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != id_)
      return false;
    ::kill(-id_, SIGKILL);  // before it is waited for, while no other group can have its number
    return ended();
  }
  [[nodiscard]] int status() const { return status_; }

 private:
  pid_t id_;
  int status_ = 0;
  bool waited_ = false;
};

struct Streams {
  Descriptor input, output, errors;
};
struct Texts {
  std::string output, errors;
};
enum class Ending : std::uint8_t { by_itself, too_long, too_much };

Ending exchange(Streams streams, std::string_view input, const ChildOptions& options, Child& child, Texts& texts) {
  const auto begin = Clock::now();
  ::fcntl(streams.input.get(), F_SETFL, O_NONBLOCK);
  if (input.empty()) streams.input.close();
  while (streams.output.is_open() || streams.errors.is_open() || !child.ended()) {
    throw_if_requested(options.cancellation);
    if (options.timeout > 0ms && Clock::now() - begin > options.timeout) return Ending::too_long;
    // poll() ignores the negative numbers of closed ends.
    std::array<pollfd, 3> ends{pollfd{.fd = streams.input.get(), .events = POLLOUT, .revents = 0},
                               pollfd{.fd = streams.output.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = streams.errors.get(), .events = POLLIN, .revents = 0}};
    if (::poll(ends.data(), ends.size(), static_cast<int>(kLook.count())) < 0) continue;
    if (ends[0].revents != 0 && (!write_some(streams.input, input) || input.empty())) streams.input.close();
    if (ends[1].revents != 0 && !read_some(streams.output, texts.output, options.most_output)) return Ending::too_much;
    if (ends[2].revents != 0) read_some(streams.errors, texts.errors, options.most_errors);
  }
  return Ending::by_itself;
}

Result<pid_t> start(const std::vector<std::string>& arguments, const Pipe& in, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.read_end.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const int problem = ::posix_spawnp(&child, words.front(), &actions, &attributes, words.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return unavailable(fmt::format("cannot start `{}`: {}", arguments.front(), error_text(problem)));
  return child;
}

struct Started {
  pid_t id = 0;
  Streams streams;
};

Result<Started> start_piped(const std::vector<std::string>& arguments) {
  ERRATA_CHECK(!arguments.empty());
  ERRATA_ASSIGN(Pipe in, make_pipe());
  ERRATA_ASSIGN(Pipe out, make_pipe());
  ERRATA_ASSIGN(Pipe err, make_pipe());
  ERRATA_ASSIGN(const pid_t id, start(arguments, in, out, err));
  return Started{
      .id = id,
      .streams = {
          .input = std::move(in.write_end), .output = std::move(out.read_end), .errors = std::move(err.read_end)}};
}

}  // namespace

Result<std::string> run_program(const std::vector<std::string>& arguments, std::string_view input,
                                const ChildOptions& options) {
  const HeldBackPipeSignal held_back;
  ERRATA_ASSIGN(Started started, start_piped(arguments));
  Child child(started.id);
  Texts texts;
  const Ending ending = exchange(std::move(started.streams), input, options, child, texts);
  if (ending == Ending::too_long)
    return unavailable(fmt::format("`{}` took longer than {} ms", arguments.front(), options.timeout.count()));
  if (ending == Ending::too_much)
    return output_error(fmt::format("`{}` wrote more than {} bytes", arguments.front(), options.most_output));
  if (!WIFEXITED(child.status()) || WEXITSTATUS(child.status()) != 0)
    return output_error(fmt::format("`{}` failed: {}", arguments.front(), texts.errors));
  return std::move(texts.output);
}

struct LineProgram::State {
  explicit State(Started started) : child(started.id), streams(std::move(started.streams)) {
    ::fcntl(streams.input.get(), F_SETFL, O_NONBLOCK);
  }
  Child child;
  Streams streams;
  std::string read{};    ///< of the output, and not asked for yet
  std::string errors{};  ///< the end of them

  /// Waits a moment, then writes and reads what it can.
  void exchange_some(std::string_view& line, std::size_t most) {
    constexpr std::size_t kKept = 2000, kPiece = 65'536;
    std::array<pollfd, 3> ends{pollfd{.fd = line.empty() ? -1 : streams.input.get(), .events = POLLOUT, .revents = 0},
                               pollfd{.fd = streams.output.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = streams.errors.get(), .events = POLLIN, .revents = 0}};
    if (::poll(ends.data(), ends.size(), static_cast<int>(kLook.count())) < 0) return;
    if (ends[0].revents != 0 && !write_some(streams.input, line)) streams.input.close();
    if (ends[1].revents != 0) read_some(streams.output, read, most + 1);
    if (ends[2].revents != 0) read_some(streams.errors, errors, errors.size() + kPiece);
    if (errors.size() > kKept) errors.erase(0, errors.size() - kKept);
  }

  [[nodiscard]] std::string last_error() const {
    const auto last = errors.find_last_not_of(" \r\n");
    if (last == std::string::npos) return "";
    const auto before = errors.find_last_of('\n', last);
    const std::size_t first = before == std::string::npos ? 0 : before + 1;
    return ": " + errors.substr(first, last + 1 - first);
  }

  [[nodiscard]] std::string ending() const {
    const int status = child.status();
    if (WIFSIGNALED(status)) {
      const char* name = ::sigabbrev_np(WTERMSIG(status));
      return fmt::format("was ended by signal {}{}", name == nullptr ? std::to_string(WTERMSIG(status)) : name,
                         last_error());
    }
    return fmt::format("ended with status {}{}", WEXITSTATUS(status), last_error());
  }
};

LineProgram::LineProgram(std::unique_ptr<State> state) : state_(std::move(state)) {}
LineProgram::LineProgram(LineProgram&& other) noexcept = default;
LineProgram& LineProgram::operator=(LineProgram&& other) noexcept = default;
LineProgram::~LineProgram() = default;

Result<LineProgram> LineProgram::start(const std::vector<std::string>& arguments) {
  ERRATA_ASSIGN(Started started, start_piped(arguments));
  return LineProgram(std::make_unique<State>(std::move(started)));
}

bool LineProgram::has_ended() {
  ERRATA_CHECK(state_ != nullptr);
  return state_->child.ended_with_all();
}

std::expected<std::string, LineProgram::Silence> LineProgram::ask(std::string_view line, const LineOptions& options) {
  ERRATA_CHECK(state_ != nullptr);
  const HeldBackPipeSignal held_back;
  const auto begin = Clock::now();
  const std::string asked = std::string(line) + '\n';
  std::string_view left = asked;
  State& state = *state_;
  const auto silent = [&](NoLine why, std::string words) {
    if (!state.read.empty()) words += fmt::format("; {} bytes without the end of a line had come", state.read.size());
    state_.reset();
    return std::unexpected(Silence{.why = why, .message = std::move(words)});
  };
  for (bool ended = false;;) {
    if (const auto end = state.read.find('\n'); end != std::string::npos && end <= options.most_line) {
      std::string answer = state.read.substr(0, end);
      state.read.erase(0, end + 1);
      return answer;
    }
    if (state.read.size() > options.most_line) {
      state.read.clear();
      return silent(NoLine::endless, fmt::format("wrote a line of more than {} bytes", options.most_line));
    }
    if (ended && !state.streams.output.is_open()) return silent(NoLine::ended, state.ending());
    throw_if_requested(options.cancellation);
    if (Clock::now() - begin > options.timeout)
      return silent(NoLine::late, fmt::format("gave no answer within {:g} s",
                                              std::chrono::duration<double>(options.timeout).count()));
    ended = state.child.ended_with_all();  // before the last look at what it wrote
    state.exchange_some(left, options.most_line);
  }
}

}  // namespace errata
