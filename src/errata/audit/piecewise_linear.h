#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

namespace errata::audit {

/// A function that never falls, given by its values at some places, linear between them and constant beyond.
class PiecewiseLinear {
 public:
  PiecewiseLinear() = default;
  /// @param x  [k >= 1] ascending, finite  @param y  [k] ascending, finite
  PiecewiseLinear(std::vector<double> x, std::vector<double> y) : x_(std::move(x)), y_(std::move(y)) {
    ERRATA_CHECK(valid());
  }

  [[nodiscard]] const std::vector<double>& x() const { return x_; }
  [[nodiscard]] const std::vector<double>& y() const { return y_; }

  /// At a place given twice (a step) the higher value. @param at  not NaN  Cost: O(log k).
  [[nodiscard]] double operator()(double at) const {
    const auto above = static_cast<std::size_t>(std::ranges::upper_bound(x_, at) - x_.begin());
    if (above == 0) return y_.front();
    if (above == x_.size()) return y_.back();
    const double share = (at - x_[above - 1]) / (x_[above] - x_[above - 1]);
    return std::min(y_[above - 1] + share * (y_[above] - y_[above - 1]), y_[above]);
  }

  void save(ByteWriter& out) const {
    out.write(x_);
    out.write(y_);
  }
  /// @return the function, or data error when the table is empty, not finite or falls
  [[nodiscard]] static Result<PiecewiseLinear> load(ByteReader& in) {
    PiecewiseLinear loaded;
    in.read_into(loaded.x_);
    in.read_into(loaded.y_);
    if (!loaded.valid()) return data_error("a piecewise linear table is truncated or not ascending");
    return loaded;
  }

 private:
  [[nodiscard]] bool valid() const {
    const auto finite = [](double value) { return std::isfinite(value); };
    return !x_.empty() && x_.size() == y_.size() && std::ranges::is_sorted(x_) && std::ranges::is_sorted(y_) &&
           std::ranges::all_of(x_, finite) && std::ranges::all_of(y_, finite);
  }

  std::vector<double> x_, y_;
};

}  // namespace errata::audit
