#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/cancellation.h"
#include "errata/base/error.h"

namespace errata::language {

/// The place of a process among those that train a model together.
struct RankPlace {
  std::size_t rank = 0;               ///< from 0 to ranks − 1
  std::size_t ranks = 2;              ///< processes, at most Ranks::kMost
  std::string address = "127.0.0.1";  ///< of the machine where rank 0 listens
  std::uint16_t port = 0;             ///< there; 0: any free one, for rank 0
  std::chrono::seconds wait{300};     ///< longest wait for another rank, at the beginning and in a step
};

/// Processes that train a model together, by the collective operations of libtorch over Gloo. Each calls the same
/// functions in the same order. All but rank 0 know nothing of models and data: they are told (training.h).
class Ranks {
 public:
  static constexpr std::size_t kMost = 1024;

  /// Rank 0 begins to listen, the others connect to it.
  /// @return invalid_argument for a place that cannot be; unavailable error for a port in use, a rank 0 that cannot be
  ///     reached within the wait, and a build of Errata without Gloo; conflict where another process has this rank
  [[nodiscard]] static Result<Ranks> open(const RankPlace& place);
  Ranks(Ranks&& other) noexcept;
  Ranks& operator=(Ranks&& other) noexcept;
  ~Ranks();

  [[nodiscard]] std::size_t rank() const;
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::uint16_t port() const;  ///< where rank 0 listens

  /// Waits until all have come and connects each with each.
  /// @param trouble  looked for meanwhile; its error ends the wait
  /// @return unavailable error naming a rank that has not come within the wait; conflict where two were told other
  ///     numbers of ranks
  [[nodiscard]] Result<void> meet(const std::function<Result<void>()>& trouble = {});

  /// Replaces values by their sums over all ranks, the same bits on each.
  /// @return here and below unavailable error when another rank has ended or says nothing for longer than the wait
  [[nodiscard]] Result<void> add_up(std::span<double> values);
  /// Rank 0 gives values to the others, who receive as many.
  [[nodiscard]] Result<void> spread(std::span<const float> values);
  [[nodiscard]] Result<void> receive(std::span<float> values);
  /// Likewise numbers that the others need not know the length of.
  [[nodiscard]] Result<void> spread(std::span<const std::int32_t> numbers);
  [[nodiscard]] Result<std::vector<std::int32_t>> receive_numbers();

  /// Rank 0 tells the others of a piece of work, in words.
  [[nodiscard]] Result<void> announce(std::string_view work);
  /// Of the others: waits for it, as long as rank 0 lives. @return nothing once rank 0 has ended well
  /// @throws Cancelled
  [[nodiscard]] Result<std::optional<std::string>> next_work(const Cancellation* cancellation = nullptr);
  /// Rank 0 lets the others end.
  [[nodiscard]] Result<void> end();

 private:
  struct State;
  explicit Ranks(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace errata::language
