// Exact or approximate neighbours of the last few thousand cases? A sliding window: each step takes in one point, gives
// up the oldest and asks for the 30 nearest of another point. The exact window (index/neighbour_window.h) against
// hnswlib, whose graph is updated in place (addPoint under the label of the oldest): once with the parameters that its
// authors suggest, once as lean as it still answers well. Points lie like embedded cases: 32 clusters, variances that
// fall from axis to axis.
// Unit: CPU microseconds a step of one thread, medians of nine rounds; recall@30: share of the true 30 nearest that
// hnswlib finds. The caller in memory/local_rates.cc needs the distances to all points besides, which only the exact
// window gives.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/rng.h"
#include "errata/index/neighbour_window.h"

namespace errata::bench {
namespace {

constexpr std::size_t kNeighbours = 30, kClusters = 32, kSteps = 512;
constexpr int kRounds = 9;
constexpr std::array<std::size_t, 3> kWidths{8, 16, 32};
constexpr std::array<std::size_t, 4> kWindows{1000, 3000, 10'000, 30'000};

struct GraphShape {
  std::string_view name;
  std::size_t links = 0, ef_construction = 0, ef = 0;
};
constexpr std::array<GraphShape, 2> kGraphs{{{"hnswlib", 16, 200, 64}, {"hnswlib-lean", 8, 32, 48}}};

double cpu_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

/// [rows, width] points of the same clusters, whatever the seed
std::vector<float> points(std::size_t rows, std::size_t width, std::uint64_t seed) {
  Rng places(1), rng(seed);
  std::vector<double> spread(width);
  for (std::size_t d = 0; d < width; ++d) spread[d] = 1 / std::sqrt(static_cast<double>(d + 1));
  std::vector<double> centres(kClusters * width);
  for (std::size_t i = 0; i < centres.size(); ++i) centres[i] = places.normal() * spread[i % width];
  std::vector<float> values;
  values.reserve(rows * width);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t cluster = rng.below(kClusters);
    for (std::size_t d = 0; d < width; ++d)
      values.push_back(static_cast<float>(centres[cluster * width + d] + 0.5 * spread[d] * rng.normal()));
  }
  return values;
}

/// One window in both forms, filled once and slid on by every round.
class Windows {
 public:
  Windows(std::size_t width, std::size_t window)
      : width_(width),
        window_(window),
        points_(points(2 * window + 2 * kSteps * kRounds * 4, width, 2)),
        queries_(points(kSteps, width, 3)),
        exact_(width, window),
        distances_(window),
        slots_(kNeighbours) {
    for (std::size_t i = 0; i < window; ++i) exact_.push(next(exact_next_));
  }

  void slide_exact() {
    for (std::size_t i = 0; i < kSteps; ++i) exact_.push(next(exact_next_));
  }
  void ask_exact() {
    for (std::size_t i = 0; i < kSteps; ++i) {
      exact_.squared_distances(query(i), distances_);
      benchmark::DoNotOptimize(index::nearest_slots(distances_, kNeighbours, slots_));
    }
  }
  void slide_graph(std::size_t which) {
    for (std::size_t i = 0; i < kSteps; ++i) add_to(graphs_[which]);
  }
  void ask_graph(std::size_t which) {
    for (std::size_t i = 0; i < kSteps; ++i)
      benchmark::DoNotOptimize(graphs_[which].graph->searchKnn(query(i).data(), kNeighbours));
  }
  /// Against the exact nearest among the same points.
  [[nodiscard]] double recall(std::size_t which) {
    Graph& of = graphs_[which];
    while (exact_next_ < of.next) exact_.push(next(exact_next_));
    while (of.next < exact_next_) add_to(of);
    std::size_t found = 0;
    for (std::size_t i = 0; i < kSteps; ++i) {
      exact_.squared_distances(query(i), distances_);
      ERRATA_CHECK(index::nearest_slots(distances_, kNeighbours, slots_) == kNeighbours);
      auto nearest = of.graph->searchKnn(query(i).data(), kNeighbours);
      for (; !nearest.empty(); nearest.pop())
        found += static_cast<std::size_t>(std::ranges::count(slots_, static_cast<std::uint32_t>(nearest.top().second)));
    }
    return static_cast<double>(found) / (kSteps * kNeighbours);
  }
  /// Built, and then slid on by a whole window, since a graph that was only built is better than one in use.
  void build_graph(std::size_t which) {
    Graph& made = graphs_[which];
    if (made.graph) return;
    made.space = std::make_unique<hnswlib::L2Space>(width_);
    made.graph = std::make_unique<hnswlib::HierarchicalNSW<float>>(made.space.get(), window_, kGraphs[which].links,
                                                                   kGraphs[which].ef_construction);
    made.graph->setEf(kGraphs[which].ef);
    while (made.next < 2 * window_) add_to(made);
  }

 private:
  [[nodiscard]] std::span<const float> next(std::size_t& at) const {
    return std::span(points_).subspan(at++ * width_ % points_.size(), width_);
  }
  [[nodiscard]] std::span<const float> query(std::size_t i) const {
    return std::span(queries_).subspan(i * width_, width_);
  }
  struct Graph {
    std::unique_ptr<hnswlib::L2Space> space;
    std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph;
    std::size_t next = 0;
  };
  void add_to(Graph& to) {
    const std::size_t label = to.next % window_;  // the slot of the exact window
    to.graph->addPoint(next(to.next).data(), label);
  }

  std::size_t width_, window_;
  std::vector<float> points_, queries_;
  index::NeighbourWindow exact_;
  std::vector<float> distances_;
  std::vector<std::uint32_t> slots_;
  std::size_t exact_next_ = 0;
  std::array<Graph, kGraphs.size()> graphs_;
};

/// Times `slide` and `ask` apart; their sum is the time of an iteration.
template <typename Slide, typename Ask>
void measure(benchmark::State& state, Slide slide, Ask ask) {
  double sliding = 0, asking = 0, steps = 0;
  for (auto _ : state) {
    const double start = cpu_micros();
    slide();
    const double between = cpu_micros();
    ask();
    const double end = cpu_micros();
    sliding += between - start;
    asking += end - between;
    steps += kSteps;
    state.SetIterationTime(1e-6 * (end - start) / kSteps);
  }
  state.counters["insert_us"] = sliding / steps;
  state.counters["query_us"] = asking / steps;
}

std::string name_of(std::string_view index, std::size_t width, std::size_t window) {
  return fmt::format("{}/{}/{}", index, width, window);
}

void add_benchmarks(Windows& windows, std::size_t width, std::size_t window) {
  const auto configured = [](benchmark::internal::Benchmark* bench) {
    bench->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(1)->Repetitions(kRounds);
  };
  configured(benchmark::RegisterBenchmark(name_of("exact", width, window).c_str(), [&windows](benchmark::State& state) {
    measure(state, [&] { windows.slide_exact(); }, [&] { windows.ask_exact(); });
    state.counters["recall"] = 1;
  }));
  for (std::size_t which = 0; which < kGraphs.size(); ++which)
    configured(benchmark::RegisterBenchmark(
        name_of(kGraphs[which].name, width, window).c_str(), [&windows, which](benchmark::State& state) {
          windows.build_graph(which);
          measure(state, [&] { windows.slide_graph(which); }, [&] { windows.ask_graph(which); });
          state.counters["recall"] = windows.recall(which);
        }));
}

/// Keeps the medians of the counters, to print a table of them after everything else.
class TableReporter : public benchmark::ConsoleReporter {
 public:
  TableReporter() : ConsoleReporter(OO_None) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (run.aggregate_name == "median")
        for (const auto& [counter, value] : run.counters) medians_[run.run_name.function_name][counter] = value.value;
  }
  void print_row(std::size_t width, std::size_t window) {
    fmt::print("| {} | {}", width, window);
    for (const std::string index : {"exact", "hnswlib", "hnswlib-lean"}) {
      const auto& of = medians_[name_of(index, width, window)];
      if (of.empty()) continue;
      fmt::print(" | {:.2f} | {:.1f}", of.at("insert_us"), of.at("query_us"));
      if (index != "exact") fmt::print(" | {:.3f}", of.at("recall"));
    }
    fmt::print(" |\n");
  }

 private:
  std::map<std::string, std::map<std::string, double>> medians_;
};

}  // namespace
}  // namespace errata::bench

int main(int argc, char** argv) {
  using namespace errata::bench;
  benchmark::Initialize(&argc, argv);
  std::vector<std::unique_ptr<Windows>> all;
  for (const std::size_t width : kWidths)
    for (const std::size_t window : kWindows) {
      all.push_back(std::make_unique<Windows>(width, window));
      add_benchmarks(*all.back(), width, window);
    }
  TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  fmt::print("\n| width | window | exact: insert, µs | query, µs |");
  for (const auto& graph : kGraphs)
    fmt::print(" {} ({}, {}, {}): insert | query | recall@30 |", graph.name, graph.links, graph.ef_construction,
               graph.ef);
  fmt::print("\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::size_t width : kWidths)
    for (const std::size_t window : kWindows) reporter.print_row(width, window);
}
