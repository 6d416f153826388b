// A server in C++: decides, learns, and goes on from a snapshot. Prints what it did not expect and returns 1.
#include <array>
#include <iostream>
#include <thread>

#include "errata/monitor/monitor.h"

namespace {

using namespace errata;

Result<void> serve() {
  const memory::Schema schema{.numbers = {"load"}, .classes = {"no", "yes"}};
  ERRATA_ASSIGN(auto monitor, monitor::Monitor::create(schema, {.policy = {.coverage = .9, .cold_start = 10}}));
  const std::array numbers{.5};
  const memory::CaseView seen{.time = 0, .numbers = numbers, .predicted = 1, .confidence = .75};
  ERRATA_ASSIGN(const auto decision, monitor.decide("case-1", seen));
  if (selective::word(decision.decision) != "abstain" || decision.risk != .25) return conflict(decision.reason);
  ERRATA_TRY(monitor.learn("case-1", {.failed = true}, 1));
  const auto again = monitor.learn("case-1", {.failed = true}, 1);
  if (again || kind_of(again.error().code).http_status != 409) return conflict("an outcome was taken twice");
  ERRATA_ASSIGN(auto restored, monitor::Monitor::restore(monitor.snapshot(), schema));
  restored.publish();
  std::uint64_t learned = 0;
  std::thread([&] { learned = restored.view()->learned; }).join();
  return learned == 1 ? Result<void>() : data_error("the snapshot forgot an outcome");
}

}  // namespace

int main() {
  const auto served = serve();
  if (!served) std::cout << served.error().message << '\n';
  return served ? 0 : 1;
}
