#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <vector>

#include "errata/memory/case.h"
#include "errata/replay/cases.h"
#include "errata/replay/replay.h"

namespace errata::replay {

/// Outcomes that wait until they become known, and are given out before the first case that may know them. With a delay
/// in steps or a fixed duration they come as they went in; with a column of times, in its order.
class Arrivals {
 public:
  struct Waiting {
    std::int64_t index = 0;  ///< of the case in the stream; negative: in the one that it goes on from
    std::int64_t time = 0;   ///< of the case
    std::uint64_t ticket = 0;
    std::uint32_t slot = 0;  ///< the caller's
    memory::Outcome outcome;
    std::optional<long double> known{};  ///< where a column says it
    bool operator>(const Waiting& other) const {
      return known != other.known ? known > other.known : index > other.index;
    }
  };
  struct Arrival {
    Waiting waiting;
    std::int64_t known = 0;  ///< by the memory's clock
  };

  /// @param cases    outlives this
  /// @param follows  when the stream ended that this one goes on from
  Arrivals(const CaseStream& cases, const Delay& delay, std::int64_t follows)
      : cases_(&cases), delay_(delay), follows_(follows) {}

  void wait(const Waiting& one);
  /// The next outcome that is known when case i is judged.
  [[nodiscard]] std::optional<Arrival> next_before(std::size_t i);
  /// Those that still wait, in the order in which they come; then none does.
  [[nodiscard]] std::vector<Waiting> take_rest();

 private:
  const CaseStream* cases_;
  Delay delay_;
  std::int64_t follows_;
  std::deque<Waiting> in_order_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> by_time_;
};

}  // namespace errata::replay
