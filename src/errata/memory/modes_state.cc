// Reading failure modes out: copies for people, bytes for snapshots. A snapshot holds what later calls depend on and
// nothing else (places of modes that are gone are not written), so equal states give equal bytes.
#include <algorithm>
#include <cmath>

#include "errata/memory/all_finite.h"
#include "errata/memory/modes.h"

namespace errata::memory {
namespace {

/// Can it be a sum of weights or squares?
bool is_sum(double value) { return value >= 0 && std::isfinite(value); }

}  // namespace

std::vector<Mode> FailureModes::modes(std::int64_t now) const {
  const double factor = decay(now), overall = overall_rate();
  std::vector<Mode> all;
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    const Slot& slot = slots_[k];
    Mode mode{.id = slot.id,
              .centre = centre(k),
              .spread = std::sqrt(slot.spread2),
              .failures = slot.failures,
              .near = {.failures = slot.near_failures, .trials = slot.near_cases},
              .born = slot.born,
              .first_seen = slot.first_seen,
              .last_seen = slot.last_seen,
              .activity = slot.activity * factor,
              .recent_failures = slot.recent_failures * factor,
              .recent_cases = slot.recent_cases * factor,
              .confidence = slot.confidence_count > 0 ? slot.confidence_mean : std::numeric_limits<double>::quiet_NaN(),
              .examples = slot.examples};
    if (slot.recent_squares > 0) mode.effective_cases = slot.recent_cases * slot.recent_cases / slot.recent_squares;
    mode.rate = (mode.recent_failures + kPriorCases * overall) / (mode.recent_cases + kPriorCases);
    all.push_back(std::move(mode));
  }
  return all;
}

std::vector<FeatureDifference> FailureModes::describe(std::uint32_t id, std::size_t count) const {
  const auto slot = std::ranges::find(slots_, id, &Slot::id);
  if (slot == slots_.end()) return {};
  std::vector<FeatureDifference> differences;
  for (std::size_t f = 0; f < options_.numbers; ++f) {
    if (slot->feature_count[f] < 1 || !(feature_m2_[f] > 0)) continue;
    const double deviation = std::sqrt(feature_m2_[f] / feature_count_[f]);
    differences.push_back({.feature = f,
                           .mean = slot->feature_mean[f],
                           .overall_mean = feature_mean_[f],
                           .difference = (slot->feature_mean[f] - feature_mean_[f]) / deviation});
  }
  std::ranges::stable_sort(
      differences, [](const auto& a, const auto& b) { return std::abs(a.difference) > std::abs(b.difference); });
  if (differences.size() > count) differences.resize(count);
  return differences;
}

void FailureModes::write_slot(ByteWriter& out, const Slot& slot) {
  out.write(slot.id);
  for (const double value : {slot.weight, slot.spread2, slot.confidence_count, slot.confidence_mean, slot.activity,
                             slot.recent_failures, slot.recent_cases, slot.recent_squares}) {
    out.write(value);
  }
  for (const auto value : {slot.failures, slot.near_failures, slot.near_cases}) out.write(value);
  for (const auto value : {slot.born, slot.first_seen, slot.last_seen, slot.grown}) out.write(value);
  out.write(slot.examples);
  out.write(slot.feature_count);
  out.write(slot.feature_mean);
}

FailureModes::Slot FailureModes::read_slot(ByteReader& in) {
  Slot slot;
  slot.id = in.read<std::uint32_t>();
  for (double* value : {&slot.weight, &slot.spread2, &slot.confidence_count, &slot.confidence_mean, &slot.activity,
                        &slot.recent_failures, &slot.recent_cases, &slot.recent_squares}) {
    *value = in.read<double>();
  }
  for (auto* value : {&slot.failures, &slot.near_failures, &slot.near_cases}) *value = in.read<std::uint64_t>();
  for (auto* value : {&slot.born, &slot.first_seen, &slot.last_seen, &slot.grown}) *value = in.read<std::int64_t>();
  in.read_into(slot.examples);
  in.read_into(slot.feature_count);
  in.read_into(slot.feature_mean);
  return slot;
}

void FailureModes::save(ByteWriter& out) const {
  for (const auto value : {options_.width, options_.numbers, options_.max_modes, options_.fit_modes,
                           options_.centre_memory, options_.max_examples, options_.max_retired}) {
    out.write(static_cast<std::uint64_t>(value));
  }
  for (const double value : {options_.confident, options_.half_life, options_.birth_distance, options_.merge_distance,
                             options_.fade_activity, options_.fade_half_lives}) {
    out.write(value);
  }
  out.write(static_cast<std::uint64_t>(slots_.size()));
  for (const auto& slot : slots_) write_slot(out, slot);
  for (std::size_t d = 0; d < options_.width; ++d) out.write(std::span(centres_).subspan(d * stride_, slots_.size()));
  out.write(next_id_);
  out.write(static_cast<std::uint8_t>(timed_));
  out.write(now_);
  for (const double value : {fitted_scale2_, confident_count_, confident_variance_, recent_.failures, recent_.cases}) {
    out.write(value);
  }
  out.write(failures_);
  out.write(cases_);
  for (const auto* values : {&confident_mean_, &feature_count_, &feature_mean_, &feature_m2_}) out.write(*values);
  out.write(static_cast<std::uint64_t>(retired_.size()));
  for (const auto& gone : retired_) {
    out.write(gone.id);
    out.write(gone.merged_into);
    for (const auto time : {gone.born, gone.first_seen, gone.last_seen, gone.retired}) out.write(time);
    for (const auto value : {gone.failures, gone.near.failures, gone.near.trials}) out.write(value);
  }
}

Result<FailureModes> FailureModes::load(ByteReader& in) {
  ModeOptions options;
  for (auto* value : {&options.width, &options.numbers, &options.max_modes, &options.fit_modes, &options.centre_memory,
                      &options.max_examples, &options.max_retired}) {
    *value = static_cast<std::size_t>(in.read<std::uint64_t>());
  }
  for (double* value : {&options.confident, &options.half_life, &options.birth_distance, &options.merge_distance,
                        &options.fade_activity, &options.fade_half_lives}) {
    *value = in.read<double>();
  }
  constexpr std::size_t kMostColumns = 1 << 16;
  if (options.width > kMostColumns || options.numbers > kMostColumns) return data_error("failure modes: broken sizes");
  auto made = make(options);
  if (in.truncated() || !made) return data_error("failure modes: broken options");
  FailureModes& modes = *made;

  const auto slots = in.read<std::uint64_t>();
  if (slots > options.max_modes) return data_error("failure modes: more modes than max_modes");
  for (std::uint64_t k = 0; k < slots; ++k) modes.slots_.push_back(read_slot(in));
  std::vector<float> row;
  for (std::size_t d = 0; d < options.width && !in.truncated(); ++d) {
    in.read_into(row);
    if (row.size() != slots) return data_error("failure modes: centres of another size");
    std::ranges::copy(row, modes.centres_.begin() + static_cast<std::ptrdiff_t>(d * modes.stride_));
  }
  modes.next_id_ = in.read<std::uint32_t>();
  modes.timed_ = in.read<std::uint8_t>() != 0;
  modes.now_ = in.read<std::int64_t>();
  for (double* value : {&modes.fitted_scale2_, &modes.confident_count_, &modes.confident_variance_,
                        &modes.recent_.failures, &modes.recent_.cases}) {
    *value = in.read<double>();
  }
  modes.failures_ = in.read<std::uint64_t>();
  modes.cases_ = in.read<std::uint64_t>();
  for (auto* values : {&modes.confident_mean_, &modes.feature_count_, &modes.feature_mean_, &modes.feature_m2_}) {
    in.read_into(*values);
  }
  const auto retired = in.read<std::uint64_t>();
  for (std::uint64_t k = 0; k < retired && !in.truncated(); ++k) {
    RetiredMode gone;
    gone.id = in.read<std::uint32_t>();
    gone.merged_into = in.read<std::uint32_t>();
    for (auto* time : {&gone.born, &gone.first_seen, &gone.last_seen, &gone.retired}) *time = in.read<std::int64_t>();
    for (auto* value : {&gone.failures, &gone.near.failures, &gone.near.trials}) *value = in.read<std::uint64_t>();
    modes.retired_.push_back(gone);
  }
  if (in.truncated() || !modes.consistent()) return data_error("failure modes: truncated, or sizes that do not agree");
  return made;
}

// Only values that a monitor can come to: its rates then stay in [0, 1], and it can read what it saves.
bool FailureModes::consistent() const {
  constexpr std::uint32_t kMostIds = 1U << 31;  // as many again can be given out
  constexpr std::uint64_t kMostCases = std::uint64_t{1} << 62;
  const auto counts = [](const std::vector<double>& values, std::size_t size) {
    return values.size() == size && std::ranges::all_of(values, is_sum);
  };
  std::uint32_t after = 0;
  for (const auto& slot : slots_) {
    if (slot.id < after || slot.id >= next_id_) return false;
    after = slot.id + 1;
    const bool sums = is_sum(slot.weight) && is_sum(slot.spread2) && is_sum(slot.activity) &&
                      is_sum(slot.recent_cases) && is_sum(slot.recent_squares) && is_sum(slot.recent_failures) &&
                      slot.recent_failures <= slot.recent_cases && is_sum(slot.confidence_count) &&
                      slot.confidence_mean >= 0 && slot.confidence_mean <= 1;
    if (!sums || slot.near_failures > slot.near_cases || slot.near_cases > cases_ ||
        slot.examples.size() > options_.max_examples || !counts(slot.feature_count, options_.numbers) ||
        slot.feature_mean.size() != options_.numbers) {
      return false;
    }
  }
  return next_id_ <= kMostIds && failures_ <= cases_ && cases_ <= kMostCases && all_finite(centres_) &&
         std::isfinite(fitted_scale2_) && is_sum(confident_count_) && is_sum(confident_variance_) &&
         is_sum(recent_.cases) && is_sum(recent_.failures) && recent_.failures <= recent_.cases &&
         confident_mean_.size() == options_.width && counts(feature_count_, options_.numbers) &&
         feature_mean_.size() == options_.numbers && feature_m2_.size() == options_.numbers &&
         retired_.size() <= options_.max_retired;
}

}  // namespace errata::memory
