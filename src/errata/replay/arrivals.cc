#include "errata/replay/arrivals.h"

#include <algorithm>
#include <cmath>

namespace errata::replay {

void Arrivals::wait(const Waiting& one) {
  if (one.known)
    by_time_.push(one);
  else
    in_order_.push_back(one);
}

std::optional<Arrivals::Arrival> Arrivals::next_before(std::size_t i) {
  if (!by_time_.empty() && *by_time_.top().known <= cases_->moment(i)) {
    const Waiting due = by_time_.top();
    by_time_.pop();
    // The memory's clock counts whole units, or cases: within one of them what is known is known at the case.
    const auto whole = static_cast<std::int64_t>(std::floor(*due.known));
    return Arrival{.waiting = due,
                   .known = cases_->counts_cases() ? cases_->time(i) : std::min(whole, cases_->time(i))};
  }
  if (in_order_.empty()) return std::nullopt;
  const Waiting due = in_order_.front();
  if (delay_.micros) {
    const std::int64_t at = due.time + *delay_.micros;
    if (at > cases_->time(i)) return std::nullopt;
    in_order_.pop_front();
    return Arrival{.waiting = due, .known = at};
  }
  const std::int64_t at = due.index + static_cast<std::int64_t>(delay_.steps);
  if (static_cast<std::int64_t>(i) <= at) return std::nullopt;
  in_order_.pop_front();
  if (at < 0) return Arrival{.waiting = due, .known = std::max(follows_, due.time)};  // at the last case before
  return Arrival{.waiting = due, .known = cases_->time(static_cast<std::size_t>(at))};
}

std::vector<Arrivals::Waiting> Arrivals::take_rest() {
  std::vector<Waiting> rest(in_order_.begin(), in_order_.end());
  in_order_.clear();
  for (; !by_time_.empty(); by_time_.pop()) rest.push_back(by_time_.top());
  return rest;
}

}  // namespace errata::replay
