#include "errata/memory/pending_cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/memory/all_finite.h"

namespace errata::memory {

PendingCases::PendingCases(std::size_t capacity) : capacity_(capacity) { ERRATA_CHECK(capacity >= 1); }

PendingCases::Row& PendingCases::add() {
  while (oldest_ < waiting_.size() && waiting_[oldest_].row == kNone) ++oldest_;
  if (oldest_ < waiting_.size() && next_ - waiting_[oldest_].ticket >= capacity_) end(waiting_[oldest_]);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(rows_.size()));
    rows_.emplace_back();
  }
  waiting_.push_back({.ticket = next_++, .row = free_.back()});
  free_.pop_back();
  return rows_[waiting_.back().row];
}

PendingCases::Waiting* PendingCases::locate(std::uint64_t ticket) {
  const auto found = std::ranges::lower_bound(waiting_, ticket, {}, &Waiting::ticket);
  return found == waiting_.end() || found->ticket != ticket || found->row == kNone ? nullptr : &*found;
}

Result<PendingCases::Row*> PendingCases::find(std::uint64_t ticket) {
  if (ticket >= next_) return invalid_argument(fmt::format("case {} was never assessed", ticket));
  if (next_ - ticket > capacity_)
    return invalid_argument(
        fmt::format("case {} was given up: its outcome came after more than {} other cases", ticket, capacity_));
  const Waiting* const waiting = locate(ticket);
  if (waiting == nullptr) return invalid_argument(fmt::format("case {} has its outcome already", ticket));
  return &rows_[waiting->row];
}

void PendingCases::remove(std::uint64_t ticket) {
  Waiting* const waiting = locate(ticket);
  ERRATA_CHECK(waiting != nullptr);
  end(*waiting);
}

void PendingCases::end(Waiting& waiting) {
  free_.push_back(waiting.row);
  waiting.row = kNone;
  if (++ended_ <= waiting_.size() / 2 + 64) return;
  std::erase_if(waiting_, [](const Waiting& of) { return of.row == kNone; });
  ended_ = oldest_ = 0;
}

bool PendingCases::fit(std::size_t kept, std::size_t width, std::size_t numbers) const {
  return std::ranges::all_of(waiting_, [&](const Waiting& waiting) {
    if (waiting.row == kNone) return true;
    const Row& row = rows_[waiting.row];
    const bool scored = kept == 0 || (row.source_score >= 0 && row.source_score <= 1);
    return row.kept.size() == kept && row.z.size() == width && row.numbers.size() == numbers && scored &&
           all_finite(row.kept) && all_finite(row.z);
  });
}

void PendingCases::save(ByteWriter& out) const {
  out.write<std::uint64_t>(capacity_);
  out.write(next_);
  out.write<std::uint64_t>(size());
  for (const Waiting& waiting : waiting_) {
    if (waiting.row == kNone) continue;
    const Row& row = rows_[waiting.row];
    out.write(waiting.ticket);
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
