#include "errata/memory/pending_cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/memory/all_finite.h"

namespace errata::memory {

PendingCases::PendingCases(std::size_t capacity) : row_of_(capacity, kNone) { ERRATA_CHECK(capacity >= 1); }

PendingCases::Row& PendingCases::add() {
  std::uint32_t& place = row_of_[next_ % row_of_.size()];
  if (place == kNone) {
    if (free_.empty()) {
      rows_.emplace_back();
      place = static_cast<std::uint32_t>(rows_.size() - 1);
    } else {
      place = free_.back();
      free_.pop_back();
    }
  }
  ++next_;
  return rows_[place];
}

Result<PendingCases::Row*> PendingCases::find(std::uint64_t ticket) {
  if (ticket >= next_) return invalid_argument(fmt::format("case {} was never assessed", ticket));
  if (next_ - ticket > row_of_.size())
    return invalid_argument(
        fmt::format("case {} was given up: its outcome came after more than {} other cases", ticket, row_of_.size()));
  const std::uint32_t place = row_of_[ticket % row_of_.size()];
  if (place == kNone) return invalid_argument(fmt::format("case {} has its outcome already", ticket));
  return &rows_[place];
}

void PendingCases::remove(std::uint64_t ticket) {
  std::uint32_t& place = row_of_[ticket % row_of_.size()];
  ERRATA_CHECK(place != kNone);
  free_.push_back(place);
  place = kNone;
}

bool PendingCases::fit(std::size_t kept, std::size_t width, std::size_t numbers) const {
  return std::ranges::all_of(row_of_, [&](std::uint32_t place) {
    if (place == kNone) return true;
    const Row& row = rows_[place];
    const bool scored = kept == 0 || (row.source_score >= 0 && row.source_score <= 1);
    return row.kept.size() == kept && row.z.size() == width && row.numbers.size() == numbers && scored &&
           all_finite(row.kept) && all_finite(row.z);
  });
}

void PendingCases::save(ByteWriter& out) const {
  out.write<std::uint64_t>(row_of_.size());
  out.write(next_);
  out.write<std::uint64_t>(size());
  const std::uint64_t first = next_ - std::min<std::uint64_t>(next_, row_of_.size());
  for (std::uint64_t ticket = first; ticket < next_; ++ticket) {
    const std::uint32_t place = row_of_[ticket % row_of_.size()];
    if (place == kNone) continue;
    const Row& row = rows_[place];
    out.write(ticket);
    out.write(row.time);
    out.write(row.predicted);
    out.write(row.confidence);
    out.write(row.source_score);
    out.write(row.kept);
    out.write(row.z);
    out.write(row.numbers);
  }
}

Result<PendingCases> PendingCases::load(ByteReader& in) {
  const auto capacity = in.read<std::uint64_t>();
  const auto next = in.read<std::uint64_t>();
  const auto waiting = in.read<std::uint64_t>();
  if (in.truncated() || capacity < 1 || capacity > kMostCapacity || waiting > std::min(capacity, next))
    return data_error("the cases that wait for outcomes are damaged");
  PendingCases loaded(static_cast<std::size_t>(capacity));
  std::uint64_t lowest = next - std::min(next, capacity);
  for (std::uint64_t i = 0; i < waiting; ++i) {
    const auto ticket = in.read<std::uint64_t>();
    if (in.truncated() || ticket < lowest || ticket >= next)
      return data_error("the cases that wait for outcomes are damaged");
    lowest = ticket + 1;
    loaded.next_ = ticket;
    Row& row = loaded.add();
    row.time = in.read<std::int64_t>();
    row.predicted = in.read<std::uint32_t>();
    row.confidence = in.read<double>();
    row.source_score = in.read<double>();
    in.read_into(row.kept);
    in.read_into(row.z);
    in.read_into(row.numbers);
  }
  loaded.next_ = next;
  return loaded;
}

}  // namespace errata::memory
