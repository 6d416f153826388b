// A handler may call next to nothing. The first signal sets the flag that loops look at, and an alarm for work that
// sits in a library and does not look; the second one, or the alarm, removes unfinished files and ends the process.
#include "signals.h"

#include <unistd.h>

#include <array>
#include <csignal>

#include "errata/base/atomic_file.h"

namespace errata::cli {
namespace {

Cancellation stop;

void on_signal(int signal) {
  if (signal == SIGALRM || stop.requested()) {
    remove_unfinished_files();
    ::_exit(kErrorKinds[static_cast<std::size_t>(ErrorCode::cancelled)].exit_status);
  }
  stop.request();
  ::alarm(1);
}

}  // namespace

const Cancellation& stopped_by_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : std::array{SIGINT, SIGTERM, SIGHUP, SIGALRM}) {
    struct sigaction before{};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
  return stop;
}

}  // namespace errata::cli
