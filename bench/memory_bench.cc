// What does a failure memory cost a case, where does the time go, and how does the cost grow? Prints the tables of
// docs/results/performance.md. Unit: CPU microseconds a case of one thread; medians over 60 blocks of 256 cases, after
// the window has filled; outcomes come one block late. The stream has a place to fail for every mode.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/rng.h"
#include "errata/monitor/monitor.h"
#include "errata/selective/policy.h"
#include "memory_parts.h"

namespace errata::bench {
namespace {

void print_parts(std::string_view whole, double micros, const std::vector<PartCost>& parts) {
  double sum = 0;
  for (const PartCost& cost : parts) {
    fmt::print("| {} | {} | {:.2f} |\n", whole, cost.part, cost.micros);
    sum += cost.micros;
  }
  fmt::print("| {} | what is left: pending cases, copies, caches | {:.2f} |\n", whole, micros - sum);
  fmt::print("| {} | **together** | **{:.2f}** |\n", whole, micros);
}

void print_growth(const MemorySize& size) {
  const MemoryCost cost = cost_of_memory(size);
  fmt::print("| {} | {} | {} | {} | {:.2f} | {:.2f} |\n", size.features, cost.width, cost.modes, size.window,
             cost.decide, cost.learn);
  std::fflush(stdout);
}

/// Decisions by id, with the policy, reasons and views for readers on top of the memory.
void print_monitor(const MemorySize& size) {
  constexpr std::size_t kBlock = 256, kRows = 50 * kBlock, kTimedFrom = 20 * kBlock;
  const PlantedStream stream = planted_stream({.features = size.features, .modes = size.modes, .rows = kRows});
  monitor::MonitorOptions options{.memory = {.window = size.window, .max_modes = size.modes}};
  auto monitor = *monitor::Monitor::create(stream.schema, options);
  std::vector<std::string> ids(kRows);
  for (std::size_t row = 0; row < kRows; ++row) ids[row] = fmt::format("case-{}", row);
  std::vector<double> decide, learn;
  for (std::size_t first = 0; first < kRows; first += kBlock) {
    const double start = cpu_micros();
    for (std::size_t row = first; row < first + kBlock; ++row)
      ERRATA_CHECK(monitor.decide(ids[row], stream.view(row)).has_value());
    const double between = cpu_micros();
    for (std::size_t row = first; row < first + kBlock; ++row)
      ERRATA_CHECK(monitor.learn(ids[row], stream.outcome(row), static_cast<std::int64_t>(first + kBlock)).has_value());
    if (first < kTimedFrom) continue;
    decide.push_back((between - start) / kBlock);
    learn.push_back((cpu_micros() - between) / kBlock);
  }
  fmt::print("\nmonitor::Monitor, by id and with a reason in words: decide {:.2f} µs, learn {:.2f} µs\n",
             median(decide), median(learn));
}

void print_policy(std::string_view name, const selective::SelectivePolicyOptions& options) {
  constexpr std::size_t kBlocks = 100, kCases = 1000;
  auto policy = *selective::SelectivePolicy::create(options);
  Rng rng(1);
  std::vector<double> risk(kCases), decide, resolve;
  std::vector<selective::Decision> made(kCases);
  for (std::size_t block = 0; block < kBlocks; ++block) {
    for (double& value : risk) value = rng.uniform();
    const double start = cpu_micros();
    for (std::size_t i = 0; i < kCases; ++i) made[i] = policy.decide(risk[i]).decision;
    const double between = cpu_micros();
    for (std::size_t i = 0; i < kCases; ++i) policy.resolve(risk[i], made[i], i % 10 == 0);
    decide.push_back((between - start) / kCases);
    resolve.push_back((cpu_micros() - between) / kCases);
  }
  fmt::print("| {} | {:.2f} | {:.2f} |\n", name, median(decide), median(resolve));
}

}  // namespace
}  // namespace errata::bench

int main() {
  using namespace errata::bench;
  const MemorySize size;
  const MemoryCost cost = cost_of_memory(size);
  const PartCosts parts = cost_of_parts(size);
  fmt::print("{} features, embedding of {} columns, {} modes, window of {}\n\n", size.features, cost.width, cost.modes,
             size.window);
  fmt::print("| | part | µs |\n| --- | --- | ---: |\n");
  print_parts("decide", cost.decide, parts.decide);
  print_parts("learn", cost.learn, parts.learn);
  fmt::print("\nlocal rates in plain loops {:.1f} µs, as they are {:.2f} µs: {:.0f} times less\n", parts.plain_rates,
             parts.rates, parts.plain_rates / parts.rates);

  fmt::print("\n| features | embedding | modes | window | decide, µs | learn, µs |\n");
  fmt::print("| ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::size_t features : {4U, 8U, 16U, 32U, 64U}) print_growth({.features = features});
  for (const std::size_t modes : {8U, 16U}) print_growth({.modes = modes});
  for (const std::size_t window : {1000U, 10'000U}) print_growth({.window = window});

  print_monitor(size);

  fmt::print("\n| policy | decide, µs | resolve, µs |\n| --- | ---: | ---: |\n");
  print_policy("coverage 20%, deferring 10%", {.coverage = 0.2, .defer_share = 0.1});
  print_policy("risk 5%, online", {.risk = 0.05});
  print_policy("risk 5%, rolling", {.risk = 0.05, .method = errata::selective::RiskMethod::rolling});
}
