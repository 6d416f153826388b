// `errata-nn`: the verbs that need networks. `errata` runs it in its own place, so that users see one command and the
// other verbs start without loading libtorch.
#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "program.h"

namespace errata::cli {
namespace {

int run_errata_nn(int argc, char** argv, Console& console) {
  const std::array verbs{audit_fit_verb(), audit_score_verb(), audit_train_verb(), audit_capture_verb(),
                         audit_snapshot_verb()};
  if (argc < 2 || std::string_view(argv[1]) != "audit") {
    console.remark("errata-nn is a part of errata; call `errata audit`");
    return 2;
  }
  return run({.group = "audit",
              .words = "errata audit: a second network reads what a model computed inside and tells when it is wrong.",
              .verbs = verbs},
             {argv + 2, argv + argc}, console);
}

}  // namespace
}  // namespace errata::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is seen as a failed write, not as death
  const char* no_colour = std::getenv("NO_COLOR");
  errata::cli::Console console(no_colour != nullptr && *no_colour != '\0');
  return run_guarded(console, [&] { return errata::cli::run_errata_nn(argc, argv, console); });
}
