#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/rng.h"
#include "errata/memory/failure_memory.h"
#include "errata/memory/test_bytes.h"

/// Streams for the tests of FailureMemory, which draw every case from its number alone: two memories can be fed the
/// same stream from any case on.
namespace errata::memory::test {

struct StreamShape {
  std::size_t numbers = 4, categories = 1, classes = 2, embedding = 0;
  bool scored = true;        ///< cases have a confidence
  bool hostile = false;      ///< missing, infinite and huge values
  double failure_rate = -1;  ///< of every case; < 0: .6 in a region and in the regime of cases 3,000 … 4,000, else .1
};

inline Schema schema_of(const StreamShape& shape) {
  Schema schema{.embedding = shape.embedding};
  for (std::size_t i = 0; i < shape.numbers; ++i) schema.numbers.push_back("f" + std::to_string(i));
  for (std::size_t i = 0; i < shape.categories; ++i) schema.categories.push_back("c" + std::to_string(i));
  for (std::size_t i = 0; i < shape.classes; ++i) schema.classes.push_back("k" + std::to_string(i));
  return schema;
}

struct DrawnCase {
  std::vector<double> numbers{};
  std::vector<std::string_view> categories{};
  std::vector<float> embedding{};
  CaseView view{};
  Outcome outcome{};
};

inline double hostile_value(Rng& rng, double value) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  constexpr std::array<double, 5> kValues{kInfinite, -kInfinite, 1e300, -1e-300, kUnknown};
  return rng.bernoulli(0.1) ? kValues[rng.below(kValues.size())] : value;
}

/// `drawn` owns what its view points to.
inline void draw(const StreamShape& shape, std::uint64_t number, DrawnCase& drawn) {
  static constexpr std::array<std::string_view, 3> kPlaces{"north", "south", std::string_view()};
  Rng rng = Rng(99).fork(number);
  drawn.numbers.resize(shape.numbers);
  for (double& value : drawn.numbers) value = rng.normal();
  const bool in_region = !drawn.numbers.empty() && drawn.numbers[0] > 0.8;
  if (shape.hostile)
    for (double& value : drawn.numbers) value = hostile_value(rng, value);
  drawn.categories.clear();
  for (std::size_t i = 0; i < shape.categories; ++i) drawn.categories.push_back(kPlaces[rng.below(3)]);
  drawn.embedding.resize(shape.embedding);
  for (float& value : drawn.embedding) value = static_cast<float>(rng.normal()) + (in_region ? 1.0F : 0.0F);
  const double usual = in_region || (number >= 3000 && number < 4000) ? 0.6 : 0.1;
  drawn.outcome = {.failed = rng.bernoulli(shape.failure_rate < 0 ? usual : shape.failure_rate)};
  drawn.view = {.time = static_cast<std::int64_t>(number),
                .numbers = drawn.numbers,
                .categories = drawn.categories,
                .embedding = drawn.embedding};
  if (shape.classes > 0) {
    drawn.view.predicted = static_cast<std::uint32_t>(rng.below(shape.classes));
    const auto other = static_cast<std::uint32_t>((drawn.view.predicted + 1) % shape.classes);
    if (!rng.bernoulli(0.1)) drawn.outcome.label = drawn.outcome.failed ? other : drawn.view.predicted;
  }
  if (shape.scored) drawn.view.confidence = 0.5 + 0.5 * rng.uniform();
  if (shape.hostile && rng.bernoulli(0.1)) drawn.view.confidence = static_cast<double>(rng.below(2));
  if (rng.bernoulli(0.2)) drawn.view.auditor_risk = rng.uniform();
}

/// What a memory said about a case, bit for bit comparable but for NaN, which becomes −1.
struct Said {
  std::uint64_t ticket = 0;
  double risk = 0, danger = 0, similarity = 0;
  std::uint32_t mode = kNoMode;
  std::vector<double> scores{};
  friend bool operator==(const Said&, const Said&) = default;
};

/// A memory that is fed a stream whose outcomes come `delay` cases later.
struct Feed {
  StreamShape shape;
  std::size_t delay;
  FailureMemory memory;
  std::uint64_t next = 0;
  std::vector<std::uint64_t> waiting{};  ///< tickets of the cases next − delay … next − 1

  Feed(const StreamShape& of, const MemoryOptions& options, std::size_t late = 0)
      : shape(of), delay(late), memory(*FailureMemory::create(schema_of(of), options)) {}
  Feed(const Feed& from, FailureMemory other)
      : shape(from.shape), delay(from.delay), memory(std::move(other)), next(from.next), waiting(from.waiting) {}

  Said step() {
    DrawnCase drawn;
    draw(shape, next, drawn);
    const auto made = memory.assess(drawn.view);
    Said said{.ticket = made->ticket,
              .risk = made->risk,
              .danger = made->danger,
              .similarity = made->similarity,
              .mode = made->mode,
              .scores = {made->scores.begin(), made->scores.end()}};
    for (double& score : said.scores) score = std::isnan(score) ? -1 : score;
    waiting.push_back(made->ticket);
    ++next;
    if (waiting.size() > delay) {
      draw(shape, next - 1 - delay, drawn);
      if (!memory.learn(waiting.front(), drawn.outcome, static_cast<std::int64_t>(next - 1))) std::abort();
      waiting.erase(waiting.begin());
    }
    return said;
  }
  void to(std::uint64_t end) {
    while (next < end) step();
  }
};

}  // namespace errata::memory::test
