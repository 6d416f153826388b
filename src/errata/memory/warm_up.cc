#include "errata/memory/warm_up.h"

#include <fmt/format.h>

#include <algorithm>

namespace errata::memory {

std::uint64_t WarmUp::hold(const CaseView& seen) {
  HeldCase held{.time = seen.time,
                .predicted = seen.predicted,
                .confidence = seen.confidence,
                .positive_score = seen.positive_score,
                .auditor_risk = seen.auditor_risk};
  held.numbers.assign(seen.numbers.begin(), seen.numbers.end());
  held.embedding.assign(seen.embedding.begin(), seen.embedding.end());
  for (const std::string_view text : seen.categories) {
    held.categories.emplace_back(text);
    held.missing.push_back(text.data() == nullptr ? 1 : 0);
  }
  cases_.push_back(std::move(held));
  events_.push_back({.held = cases_.size() - 1, .time = seen.time});
  return cases_.size() - 1;
}

Result<void> WarmUp::learn(std::uint64_t held, const Outcome& outcome, std::int64_t time) {
  if (held >= cases_.size()) return invalid_argument(fmt::format("case {} was never assessed", held));
  if (cases_[held].outcome) return invalid_argument(fmt::format("case {} has its outcome already", held));
  cases_[held].outcome = outcome;
  events_.push_back({.held = held, .outcome = true, .time = time});
  return {};
}

CaseView WarmUp::view(std::uint64_t held, std::vector<std::string_view>& texts) const {
  const HeldCase& from = cases_[held];
  texts.clear();
  for (std::size_t i = 0; i < from.categories.size(); ++i)
    texts.push_back(from.missing[i] != 0 ? std::string_view() : std::string_view(from.categories[i]));
  return {.time = from.time,
          .numbers = from.numbers,
          .categories = texts,
          .embedding = from.embedding,
          .predicted = from.predicted,
          .confidence = from.confidence,
          .positive_score = from.positive_score,
          .auditor_risk = from.auditor_risk};
}

void WarmUp::save(ByteWriter& out) const {
  out.write<std::uint64_t>(cases_.size());
  for (const HeldCase& held : cases_) {
    out.write(held.time);
    out.write(held.predicted);
    out.write(held.confidence);
    out.write(held.positive_score);
    out.write(held.auditor_risk);
    out.write(held.numbers);
    out.write(held.embedding);
    out.write(held.missing);
    for (const std::string& text : held.categories) out.write(text);
    out.write(held.outcome.has_value());
    out.write(held.outcome.value_or(Outcome{}).failed);
    out.write(held.outcome.value_or(Outcome{}).label);
  }
  out.write<std::uint64_t>(events_.size());
  for (const Event& event : events_) {
    out.write(event.held);
    out.write(event.outcome);
    out.write(event.time);
  }
}

Result<WarmUp> WarmUp::load(ByteReader& in) {
  WarmUp loaded;
  const auto cases = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < cases && !in.truncated(); ++i) {
    HeldCase held;
    held.time = in.read<std::int64_t>();
    held.predicted = in.read<std::uint32_t>();
    held.confidence = in.read<double>();
    held.positive_score = in.read<double>();
    held.auditor_risk = in.read<double>();
    in.read_into(held.numbers);
    in.read_into(held.embedding);
    in.read_into(held.missing);
    for (std::size_t c = 0; c < held.missing.size(); ++c) held.categories.push_back(in.read_text());
    const auto known = in.read<std::uint8_t>();
    Outcome outcome{.failed = in.read<std::uint8_t>() != 0};
    outcome.label = in.read<std::uint32_t>();
    if (known != 0) held.outcome = outcome;
    loaded.cases_.push_back(std::move(held));
  }
  const auto events = in.read<std::uint64_t>();
  for (std::uint64_t i = 0; i < events && !in.truncated(); ++i) {
    Event event{.held = in.read<std::uint64_t>()};
    event.outcome = in.read<std::uint8_t>() != 0;
    event.time = in.read<std::int64_t>();
    loaded.events_.push_back(event);
  }
  if (in.truncated()) return data_error("the held warm-up cases end too early");
  if (!loaded.consistent()) return data_error("the held warm-up cases are damaged");
  return loaded;
}

/// Cases come in their order, and an outcome once, after its case.
bool WarmUp::consistent() const {
  std::vector<std::uint8_t> known;
  for (const Event& event : events_) {
    if (!event.outcome) {
      if (event.held != known.size()) return false;
      known.push_back(0);
    } else {
      if (event.held >= known.size() || known[event.held] != 0) return false;
      known[event.held] = 1;
    }
  }
  return std::ranges::equal(
      cases_, known, {}, [](const HeldCase& held) { return held.outcome.has_value(); },
      [](std::uint8_t outcome) { return outcome != 0; });
}

}  // namespace errata::memory
