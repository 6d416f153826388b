// How much less does the exact search cost than straight counting, and do two threads help?
// Unit: CPU seconds of the process (wall seconds for threads), medians of one run. Both give the same slices, which is
// checked first. Where ERRATA_DATA has no real logs, only the simulated shape runs.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>
#include <string>

#include "dense_cubes.h"
#include "shapes.h"

namespace errata::bench {
namespace {

void expect_same_answers(const Shape& shape, const slice::SearchOptions& options) {
  ThreadPool pool(2);
  const auto found = find_slices(shape.input(), options, pool);
  const auto counted = count_dense_cubes(shape.input(), options);
  ERRATA_CHECK(found.has_value() && found->slices.size() == counted.size());
  for (std::size_t i = 0; i < counted.size(); ++i) {
    ERRATA_CHECK(found->slices[i].where == counted[i].where && found->slices[i].n == counted[i].n &&
                 found->slices[i].failures == counted[i].failures && found->slices[i].score == counted[i].score);
  }
}

void add_benchmarks(const Shape& shape) {
  const slice::SearchOptions options{.min_support = shape.min_support};
  expect_same_answers(shape, options);
  const auto configured = [](benchmark::internal::Benchmark* bench) {
    bench->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond)->Repetitions(9);
  };
  configured(
      benchmark::RegisterBenchmark((shape.name + "/baseline").c_str(), [&shape, options](benchmark::State& state) {
        for (auto _ : state) benchmark::DoNotOptimize(count_dense_cubes(shape.input(), options));
      }));
  for (const std::size_t threads : {1U, 2U}) {
    const std::string name = fmt::format("{}/search-{}", shape.name, threads);
    configured(benchmark::RegisterBenchmark(name.c_str(), [&shape, options, threads](benchmark::State& state) {
      ThreadPool pool(threads);
      for (auto _ : state) benchmark::DoNotOptimize(find_slices(shape.input(), options, pool));
    }));
  }
}

/// Keeps the medians, to print their ratios after everything else.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  RatioReporter() : ConsoleReporter(OO_None) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      const std::string name = run.run_name.function_name;
      cpu_[name] = run.GetAdjustedCPUTime();
      wall_[name] = run.GetAdjustedRealTime();
    }
  }
  void print_ratios(const Shape& shape) {
    fmt::print("{} ({} × {}): {:.1f} times less CPU than straight counting, two threads {:.2f} times faster than one\n",
               shape.name, shape.table.rows, shape.table.features.size(),
               cpu_[shape.name + "/baseline"] / cpu_[shape.name + "/search-1"],
               wall_[shape.name + "/search-1"] / wall_[shape.name + "/search-2"]);
  }

 private:
  std::map<std::string, double> cpu_, wall_;
};

}  // namespace
}  // namespace errata::bench

int main(int argc, char** argv) {
  using namespace errata::bench;
  benchmark::Initialize(&argc, argv);
  std::vector<Shape> shapes;
  if (auto shape = adult()) shapes.push_back(std::move(*shape));
  if (auto shape = million_flights()) shapes.push_back(std::move(*shape));
  shapes.push_back(wide());
  for (const Shape& shape : shapes) add_benchmarks(shape);
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  fmt::print("\n");
  for (const Shape& shape : shapes) reporter.print_ratios(shape);
}
