#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/case.h"

namespace errata::memory {

/// Cases that wait for their outcomes, by ticket (0, 1, 2, …). At most `capacity` of the latest tickets: an older case
/// is given up. Rows are reused, so memory grows to what the delay needs and no further. Cost: adding O(1), finding
/// O(log of the cases that wait).
class PendingCases {
 public:
  struct Row {
    std::int64_t time = 0;
    std::uint32_t predicted = kNoClass;
    double confidence = kUnknown, source_score = kUnknown;
    std::vector<float> kept{};      ///< [kept] what the risk model wants back
    std::vector<float> z{};         ///< [width]
    std::vector<double> numbers{};  ///< raw numeric features
  };

  static constexpr std::size_t kMostCapacity = 100'000'000;

  /// @param capacity  [1, kMostCapacity]
  explicit PendingCases(std::size_t capacity);

  [[nodiscard]] std::uint64_t next_ticket() const { return next_; }
  [[nodiscard]] std::size_t size() const { return rows_.size() - free_.size(); }
  /// Gives out the next ticket and its row, which holds whatever an earlier case left in it.
  Row& add();
  /// The row of a case that waits, or why there is none.
  [[nodiscard]] Result<Row*> find(std::uint64_t ticket);
  /// Ends the waiting of a case that find() gave.
  void remove(std::uint64_t ticket);
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Every row that waits has vectors of these sizes, nothing in kept and z that is not finite, and, where something is
  /// kept, a source's score in [0, 1].
  [[nodiscard]] bool fit(std::size_t kept, std::size_t width, std::size_t numbers) const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<PendingCases> load(ByteReader& in);

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Waiting {
    std::uint64_t ticket;
    std::uint32_t row;  ///< index into rows_, or kNone: it waits no more
  };
  [[nodiscard]] Waiting* locate(std::uint64_t ticket);
  void end(Waiting& waiting);

  std::size_t capacity_;
  std::uint64_t next_ = 0;
  std::vector<Waiting> waiting_;        ///< by ticket; those that wait no more are swept out when they are the most
  std::size_t ended_ = 0, oldest_ = 0;  ///< of waiting_: how many wait no more, and all before oldest_ do
  std::vector<Row> rows_;
  std::vector<std::uint32_t> free_;
};

}  // namespace errata::memory
