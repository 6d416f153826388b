#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "errata/base/cancellation.h"

namespace errata {

/// Told of progress on long work, and where that work hears that it is to stop. An empty one says nothing and never
/// stops, and is allowed everywhere.
class Progress {
 public:
  /// The stage in words and the share done in [0, 1] (< 0 when unknown). Called from the thread that called the use
  /// case.
  using Listener = std::function<void(std::string_view stage, double share)>;

  Progress() = default;
  explicit Progress(const Cancellation* cancellation) : cancellation_(cancellation) {}
  Progress(Listener listener, const Cancellation* cancellation = nullptr)  // NOLINT(google-explicit-constructor)
      : listener_(std::move(listener)), cancellation_(cancellation) {}
  template <typename Function>
    requires std::is_invocable_v<Function&, std::string_view, double>
  Progress(Function listener)  // NOLINT(google-explicit-constructor,bugprone-forwarding-reference-overload)
      : listener_(std::move(listener)) {}

  /// Stops work that is to stop, else tells.
  /// Cost: a load and a branch without a listener.
  void tell(std::string_view stage, double share) const {
    check();
    if (listener_) listener_(stage, share);
  }
  /// For loops that have nothing to tell: throws Cancelled when the work is to stop.
  void check() const { throw_if_requested(cancellation_); }
  [[nodiscard]] const Cancellation* cancellation() const { return cancellation_; }

 private:
  Listener listener_;
  const Cancellation* cancellation_ = nullptr;
};

inline void tell(const Progress& progress, std::string_view stage, double share = -1) { progress.tell(stage, share); }

}  // namespace errata
