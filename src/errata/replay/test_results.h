#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "errata/replay/summary.h"
#include "errata/replay/test_log.h"

namespace errata::replay::test {

/// Ten cases, two of them in the warm-up, with what was said of them, all by hand. Times are places.
struct HandMade {
  table::PredictionLog log{.files = {"by hand"},
                           .rows = 10,
                           .columns = {numbers("f", {0, 0, 1, 1, 2, 2, 8, 8, 9, 9})},
                           .failed = {0, 1, 1, 0, 0, 1, 0, 1, 0, 1},
                           .judged = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0}};
  StreamedCases streamed{
      .score_names = {"errata"},
      .scores = {{}},
      .risk = {.2, .2, .1, .1, .3, .5, .3, .7, .1, .9},
      .danger = {0, 0, 1, 3, 0, 0, 6, 2, 2, 5},
      .threshold = {0, 0, .1F, .2F, .3F, .4F, .5F, .6F, .7F, .8F},
      .mode = {memory::kNoMode, 4, 4, memory::kNoMode, 4, 4, 7, 7, 7, 4},
      .tickets = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
  };

  HandMade() {
    using enum selective::Decision;
    log.roles.features = {"f"};
    const auto decisions = {accept, accept, accept, accept, defer, defer, accept, abstain, accept, accept};
    for (const auto made : decisions) streamed.decision.push_back(static_cast<std::uint8_t>(made));
  }
};

/// What a summary needs, with a judge whose memory is warming up.
struct Inputs {
  explicit Inputs(HandMade made)
      : by_hand(std::move(made)),
        cases(*CaseStream::make(by_hand.log, {.warm_up = {.cases = 2}})),
        judge(*monitor::Judge::create(cases.schema(), {.policy = {.coverage = .5}})) {}
  Inputs(const Inputs&) = delete;
  Inputs& operator=(const Inputs&) = delete;
  ~Inputs() = default;
  [[nodiscard]] SummaryInput input() const {
    return {.log = by_hand.log, .cases = cases, .streamed = by_hand.streamed, .judge = judge};
  }

  HandMade by_hand;
  CaseStream cases;
  monitor::Judge judge;
};

}  // namespace errata::replay::test
