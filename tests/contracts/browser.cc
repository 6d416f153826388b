#include "contracts/browser.h"

#include "errata/base/child_process.h"
#include "errata/base/test_folder.h"

namespace errata::report {

bool has_chromium() { return run_program({"chromium", "--version"}, "").has_value(); }

Result<std::string> browsed(const std::string& page) {
  const TestFolder folder;
  return run_program({"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                      "--disable-background-networking", "--disable-component-update", "--disable-sync",
                      "--window-size=1280,1000", "--user-data-dir=" + (folder / "profile").string(),
                      "--virtual-time-budget=20000", "--dump-dom", "file://" + folder.file("report.html", page)},
                     "", {.timeout = std::chrono::minutes(2)});
}

}  // namespace errata::report
