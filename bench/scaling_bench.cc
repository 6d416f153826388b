// What does the exact search cost as rows and features grow? One run, one thread and two, simulated codes; prints the
// table of docs/results/performance.md. Unit: milliseconds; memory: the stated bound in MiB.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <vector>

#include "shapes.h"

namespace {

using namespace errata;

double cpu_ms() { return 1000 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Cost {
  double cpu = 0, wall = 0;
};

Cost cost_of(const bench::Shape& shape, std::size_t threads) {
  ThreadPool pool(threads);
  std::vector<Cost> runs(3);
  for (Cost& run : runs) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_ms();
    const auto found = find_slices(shape.input(), {.min_support = shape.min_support}, pool);
    ERRATA_CHECK(found.has_value());
    run = {.cpu = cpu_ms() - cpu,
           .wall = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count()};
  }
  std::ranges::sort(runs, {}, &Cost::wall);
  return runs[1];
}

double bound_mib(const bench::Shape& shape) {
  slice::SearchSize size{.rows = shape.table.rows, .features = shape.table.features.size()};
  for (const auto flag : shape.failed) size.lossy_rows += flag;
  for (const auto& feature : shape.table.features) size.codes += feature.bins.size();
  size.predicates = size.codes;
  return static_cast<double>(search_memory_bound(size)) / (1 << 20);
}

}  // namespace

int main() {
  fmt::print(
      "| rows | features | CPU, 1 thread, ms | wall, 1 thread, ms | wall, 2 threads, ms | memory bound, MiB |\n");
  fmt::print("| ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::size_t features : {10U, 30U, 100U}) {
    for (const std::size_t rows : {10'000U, 100'000U, 1'000'000U, 10'000'000U}) {
      const bench::Shape shape = bench::simulated(rows, features);
      const Cost one = cost_of(shape, 1), two = cost_of(shape, 2);
      fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.0f} |\n", rows, features, one.cpu, one.wall, two.wall,
                 bound_mib(shape));
      std::fflush(stdout);
    }
  }
}
