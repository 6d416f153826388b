#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errata/base/error.h"

namespace errata::nn {

/// What a training is of: names and values of its data and options, in a fixed order. Two trainings of one identity go
/// through the same states.
class TrainingIdentity {
 public:
  explicit TrainingIdentity(std::string_view network) { add("network", network); }
  void add(std::string_view name, std::string_view value) { entries_.emplace_back(name, value); }
  void add(std::string_view name, double value);
  void add(std::string_view name, std::uint64_t value);
  /// A fingerprint of bytes. Cost: about a second for 5 GB.
  template <typename T>
  void add_data(std::string_view name, std::span<const T> values) {
    add_bytes(name, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

 private:
  void add_bytes(std::string_view name, std::string_view bytes);
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// Where a training stands between two epochs. Random numbers are drawn by epoch and step from the seed, so they have
/// no state of their own.
struct TrainingState {
  std::size_t epochs = 0;            ///< done
  std::size_t steps = 0;             ///< done
  std::vector<float> parameters;     ///< every weight, in the trainer's order
  std::vector<float> first, second;  ///< moments of Adam, as long
  std::vector<float> statistics;     ///< what else the network has learnt (of batch normalisation); may be empty
};

/// @return output error naming the path
[[nodiscard]] Result<void> save_checkpoint(const std::filesystem::path& place, const TrainingIdentity& identity,
                                           const TrainingState& state);

/// The state in a checkpoint, or nothing when there is no file.
/// @param expected  gives the sizes that the vectors must have
/// @return data error naming the path: no checkpoint, truncated, of another training (the first entry that differs and
///     both values)
[[nodiscard]] Result<std::optional<TrainingState>> load_checkpoint(const std::filesystem::path& place,
                                                                   const TrainingIdentity& identity,
                                                                   const TrainingState& expected);

}  // namespace errata::nn
