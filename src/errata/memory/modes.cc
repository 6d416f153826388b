// Which kinds of confident failure are there, and which of them are going on now?
//
// A batch clustering would need the failures kept and would change its labels whenever it runs. Here a mode is a centre
// that moves with the failures nearest to it (sequential k-means), so an id means the same place from birth to
// retirement. Three distances, all in units of one scale s, decide everything: beyond `birth_distance` a failure is of
// a new kind; within `merge_distance` two centres are one kind; and exp(−d²/2s²) is how much a case resembles a mode.
// The scale comes from data (see the header), so that embeddings of any width or unit need no tuning.
//
// Activity and rates are sums Σ 2^(−(now − known)/half_life) over failures and over resolved cases. All share one
// half-life, so one factor a step takes them all from one time to the next: O(modes), no per-case memory, and the same
// numbers as the sums up to rounding. Sums that have decayed to nothing are set to zero, which keeps denormal numbers
// (a hundred times slower) out.
//
// Centres lie dimension by dimension in blocks of eight modes, so that one pass of vector instructions measures eight
// distances. Each is summed in the order of the dimensions: the same number on every machine.
#include "errata/memory/modes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "errata/memory/kmeans.h"

namespace errata::memory {
namespace {

constexpr std::size_t kMaxModes = 64;
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
constexpr double kNothing = 1e-30;

using Distances = std::array<float, kMaxModes>;

}  // namespace

Result<FailureModes> FailureModes::make(const ModeOptions& options) {
  const auto refuse = [](const char* name, auto value, const char* limit) {
    return invalid_argument(fmt::format("failure modes: {} {} is not {}", name, value, limit));
  };
  if (options.width < 1) return refuse("width", options.width, ">= 1");
  if (options.max_modes < 1 || options.max_modes > kMaxModes)
    return refuse("max_modes", options.max_modes, "in 1 … 64");
  const bool can_fit = options.fit_modes >= 1 && options.fit_modes <= options.max_modes;
  if (!can_fit) return refuse("fit_modes", options.fit_modes, "in 1 … max_modes");
  if (!(options.confident >= 0 && options.confident <= 1)) return refuse("confident", options.confident, "in [0, 1]");
  if (!(options.half_life > 0)) return refuse("half_life", options.half_life, "> 0");
  if (!(options.birth_distance > 0)) return refuse("birth_distance", options.birth_distance, "> 0");
  const bool can_merge = options.merge_distance >= 0 && options.merge_distance < options.birth_distance;
  if (!can_merge) return refuse("merge_distance", options.merge_distance, "in [0, birth_distance)");
  if (!(options.fade_activity >= 0)) return refuse("fade_activity", options.fade_activity, ">= 0");
  if (!(options.fade_half_lives > 0)) return refuse("fade_half_lives", options.fade_half_lives, "> 0");
  if (options.centre_memory < 1) return refuse("centre_memory", options.centre_memory, ">= 1");
  return FailureModes(options);
}

FailureModes::FailureModes(const ModeOptions& options)
    : options_(options),
      stride_((options.max_modes + kBlock - 1) / kBlock * kBlock),
      centres_(options.width * stride_),
      confident_mean_(options.width),
      feature_count_(options.numbers),
      feature_mean_(options.numbers),
      feature_m2_(options.numbers) {
  slots_.reserve(options.max_modes);
}

void FailureModes::fit(MatrixView<const float> failures, std::int64_t now, std::uint64_t seed,
                       const Cancellation* cancellation) {
  ERRATA_CHECK(cases_ == 0 && slots_.empty());
  if (failures.rows() < 10) return;
  ERRATA_CHECK(failures.cols() == options_.width);
  const std::size_t clusters = std::min(options_.fit_modes, failures.rows() / 5);
  const auto found = kmeans(failures, {.clusters = clusters, .seed = seed, .cancellation = cancellation});
  ERRATA_CHECK(found.has_value());
  advance(now);
  fitted_scale2_ = found->inertia / static_cast<double>(failures.rows());
  std::vector<double> members(found->size());
  for (const auto cluster : found->assignment) members[cluster] += 1;
  for (std::size_t k = 0; k < found->size(); ++k) {
    const auto slot = bear(std::span(found->centres).subspan(k * options_.width, options_.width), now_);
    slots_[slot].weight = std::min(members[k], static_cast<double>(options_.centre_memory));
    slots_[slot].spread2 = fitted_scale2_;
  }
}

double FailureModes::scale() const {
  if (fitted_scale2_ >= 0) return std::sqrt(fitted_scale2_);
  return confident_count_ > 0 ? 0.5 * std::sqrt(confident_variance_ / confident_count_) : 0;
}

double FailureModes::overall_rate() const {
  const double all_time = (static_cast<double>(failures_) + 0.5) / (static_cast<double>(cases_) + 1);
  return (recent_.failures + kPriorCases * all_time) / (recent_.cases + kPriorCases);
}

double FailureModes::decay(std::int64_t now) const {
  if (!timed_ || now <= now_) return 1;
  return std::exp2(-(static_cast<double>(now) - static_cast<double>(now_)) / options_.half_life);
}

void FailureModes::advance(std::int64_t now) {
  const double factor = decay(now);
  if (!timed_ || now > now_) now_ = now;
  timed_ = true;
  if (factor == 1) return;
  const auto scaled = [](double value, double by) { return value * by < kNothing ? 0 : value * by; };
  for (auto& slot : slots_) {
    slot.activity = scaled(slot.activity, factor);
    slot.recent_failures = scaled(slot.recent_failures, factor);
    slot.recent_cases = scaled(slot.recent_cases, factor);
    slot.recent_squares = scaled(slot.recent_squares, factor * factor);
  }
  recent_ = {.failures = scaled(recent_.failures, factor), .cases = scaled(recent_.cases, factor)};
}

void FailureModes::distances2(std::span<const float> z, std::span<float> distances) const {
  for (std::size_t block = 0; block < slots_.size(); block += kBlock) {
    std::array<float, kBlock> sum{};
    for (std::size_t d = 0; d < z.size(); ++d) {
      const float* centre = centres_.data() + d * stride_ + block;
      for (std::size_t i = 0; i < kBlock; ++i) {
        const float apart = z[d] - centre[i];
        sum[i] += apart * apart;
      }
    }
    std::ranges::copy(sum, distances.begin() + static_cast<std::ptrdiff_t>(block));
  }
}

FailureModes::Nearest FailureModes::nearest(std::span<const float> distances, std::size_t except) const {
  Nearest best;
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    if (k != except && distances[k] < best.distance2) best = {.slot = k, .distance2 = distances[k]};
  }
  return best;
}

std::vector<float> FailureModes::centre(std::size_t slot) const {
  std::vector<float> values(options_.width);
  for (std::size_t d = 0; d < options_.width; ++d) values[d] = centres_[d * stride_ + slot];
  return values;
}

ModeMatch FailureModes::match(std::span<const float> z, std::int64_t now) const {
  ERRATA_CHECK(z.size() == options_.width);
  const double overall = overall_rate();
  if (slots_.empty()) return {.rate = overall};
  Distances distances;
  distances2(z, distances);
  const auto best = nearest(distances, kNone);
  const double distance2 = static_cast<double>(best.distance2);
  const double scale2 = scale() * scale();
  const auto exponent = static_cast<float>(-0.5 / std::max(scale2, kNothing));
  ModeMatch match{.distance = std::sqrt(distance2),
                  .similarity = std::exp(-0.5 * distance2 / std::max(scale2, kNothing))};
  if (distance2 <= options_.birth_distance * options_.birth_distance * scale2) match.mode = slots_[best.slot].id;
  double failures = 0, cases = 0;
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    const float power = distances[k] * exponent;
    if (!(power > -20)) continue;
    const auto similarity = static_cast<double>(std::exp(power));
    match.danger += similarity * slots_[k].activity;
    failures += similarity * slots_[k].recent_failures;
    cases += similarity * slots_[k].recent_cases;
  }
  const double factor = decay(now);
  match.danger *= factor;
  match.rate = (failures * factor + kPriorCases * overall) / (cases * factor + kPriorCases);
  return match;
}

ModeUpdate FailureModes::learn(const ResolvedCase& resolved, std::int64_t now) {
  ERRATA_CHECK(resolved.z.size() == options_.width && resolved.numbers.size() == options_.numbers);
  advance(now);
  count_features(resolved);
  const bool confident = resolved.failed && !(resolved.confidence < options_.confident);
  if (confident) count_confident(resolved.z);

  Distances distances;
  distances2(resolved.z, distances);
  const Nearest best = nearest(distances, kNone);
  const double distance2 = static_cast<double>(best.distance2);
  std::size_t slot = best.slot;
  const double radius = options_.birth_distance * scale();
  bool near = !slots_.empty() && distance2 <= radius * radius;
  ModeUpdate update;
  if (confident && !near) {
    update.born = make_room(distance2, update);
    if (update.born) slot = bear(resolved.z, now_);
    near = true;
  }
  if (near) {
    count_near(slots_[slot], resolved.failed);
    update.mode = slots_[slot].id;
  }
  if (confident) {
    grow(slot, resolved);
    if (update.retired == kNoMode) merge_near(slot, update);
  }
  if (update.retired == kNoMode) fade(update);
  return update;
}

void FailureModes::count_features(const ResolvedCase& resolved) {
  ++cases_;
  recent_.cases += 1;
  if (resolved.failed) {
    ++failures_;
    recent_.failures += 1;
  }
  for (std::size_t f = 0; f < options_.numbers; ++f) {
    const double value = resolved.numbers[f];
    if (!std::isfinite(value)) continue;
    feature_count_[f] += 1;
    const double apart = value - feature_mean_[f];
    feature_mean_[f] += apart / feature_count_[f];
    feature_m2_[f] += apart * (value - feature_mean_[f]);
  }
}

void FailureModes::count_confident(std::span<const float> z) {
  confident_count_ += 1;
  for (std::size_t d = 0; d < z.size(); ++d) {
    const double value = static_cast<double>(z[d]), apart = value - confident_mean_[d];
    confident_mean_[d] += apart / confident_count_;
    confident_variance_ += apart * (value - confident_mean_[d]);
  }
}

void FailureModes::count_near(Slot& slot, bool failed) {
  ++slot.near_cases;
  slot.recent_cases += 1;
  slot.recent_squares += 1;
  if (!failed) return;
  ++slot.near_failures;
  slot.recent_failures += 1;
}

/// Makes a place for a mode whose first failure lies at `distance2` from its nearest; false when it is not worth one.
bool FailureModes::make_room(double distance2, ModeUpdate& update) {
  if (slots_.size() < options_.max_modes) return true;
  std::size_t first = 0, second = 0, idle = kNone;
  double closest = std::numeric_limits<double>::infinity();
  Distances distances;
  for (std::size_t a = 0; a < slots_.size(); ++a) {
    distances2(centre(a), distances);
    const auto other = nearest(distances, a);
    if (static_cast<double>(other.distance2) < closest) {
      closest = static_cast<double>(other.distance2);
      first = std::min(a, other.slot);
      second = std::max(a, other.slot);
    }
    if (slots_[a].activity < options_.fade_activity && slots_[a].grown < now_ &&
        (idle == kNone || slots_[a].grown < slots_[idle].grown)) {
      idle = a;
    }
  }
  const double scale2 = scale() * scale();
  if (closest < scale2 || (idle == kNone && closest < distance2)) {
    merge(first, second, update);
  } else if (idle != kNone) {
    retire(idle, kNoMode, update);
  } else {
    return false;
  }
  return true;
}

std::size_t FailureModes::bear(std::span<const float> z, std::int64_t now) {
  const std::size_t slot = slots_.size();
  for (std::size_t d = 0; d < z.size(); ++d) centres_[d * stride_ + slot] = z[d];
  slots_.push_back({.id = next_id_++,
                    .born = now,
                    .first_seen = now,
                    .last_seen = now,
                    .grown = now,
                    .feature_count = std::vector<double>(options_.numbers),
                    .feature_mean = std::vector<double>(options_.numbers)});
  return slot;
}

void FailureModes::grow(std::size_t at, const ResolvedCase& resolved) {
  Slot& slot = slots_[at];
  slot.weight = std::min(slot.weight + 1, static_cast<double>(options_.centre_memory));
  double distance2 = 0;
  for (std::size_t d = 0; d < options_.width; ++d) {
    float& centre = centres_[d * stride_ + at];
    const double old = static_cast<double>(centre), apart = static_cast<double>(resolved.z[d]) - old;
    distance2 += apart * apart;
    centre = static_cast<float>(old + apart / slot.weight);
  }
  slot.spread2 += (distance2 - slot.spread2) / slot.weight;
  slot.first_seen = slot.failures == 0 ? resolved.time : std::min(slot.first_seen, resolved.time);
  slot.last_seen = slot.failures == 0 ? resolved.time : std::max(slot.last_seen, resolved.time);
  slot.grown = now_;
  ++slot.failures;
  slot.activity += 1;
  if (std::isfinite(resolved.confidence)) {
    slot.confidence_count += 1;
    slot.confidence_mean += (resolved.confidence - slot.confidence_mean) / slot.confidence_count;
  }
  if (slot.examples.size() == options_.max_examples && !slot.examples.empty())
    slot.examples.erase(slot.examples.begin());
  if (slot.examples.size() < options_.max_examples) slot.examples.push_back(resolved.ticket);
  for (std::size_t f = 0; f < options_.numbers; ++f) {
    const double value = resolved.numbers[f];
    if (!std::isfinite(value)) continue;
    slot.feature_count[f] += 1;
    slot.feature_mean[f] += (value - slot.feature_mean[f]) / slot.feature_count[f];
  }
}

/// Merges the mode that has just moved with its nearest, when that is near enough.
void FailureModes::merge_near(std::size_t at, ModeUpdate& update) {
  Distances distances;
  distances2(centre(at), distances);
  const auto other = nearest(distances, at);
  const double limit = options_.merge_distance * scale();
  if (!(static_cast<double>(other.distance2) < limit * limit)) return;
  merge(std::min(at, other.slot), std::max(at, other.slot), update);
  if (update.mode == update.retired) update.mode = update.merged_into;
}

void FailureModes::merge(std::size_t into, std::size_t from, ModeUpdate& update) {
  Slot &kept = slots_[into], &gone = slots_[from];
  const double total = std::max(kept.weight + gone.weight, 1.0), share = gone.weight / total;
  double apart2 = 0;
  for (std::size_t d = 0; d < options_.width; ++d) {
    float& value = centres_[d * stride_ + into];
    const double old = static_cast<double>(value), apart = static_cast<double>(centres_[d * stride_ + from]) - old;
    apart2 += apart * apart;
    value = static_cast<float>(old + apart * share);
  }
  kept.spread2 += share * (gone.spread2 - kept.spread2) + share * (1 - share) * apart2;
  kept.weight = std::min(total, static_cast<double>(options_.centre_memory));
  if (gone.failures > 0) {
    kept.first_seen = kept.failures > 0 ? std::min(kept.first_seen, gone.first_seen) : gone.first_seen;
    kept.last_seen = kept.failures > 0 ? std::max(kept.last_seen, gone.last_seen) : gone.last_seen;
  }
  kept.grown = std::max(kept.grown, gone.grown);
  kept.failures += gone.failures;
  kept.near_failures += gone.near_failures;
  kept.near_cases += gone.near_cases;
  kept.activity += gone.activity;
  kept.recent_failures += gone.recent_failures;
  kept.recent_cases += gone.recent_cases;
  kept.recent_squares += gone.recent_squares;
  const auto pool = [](double& count, double& mean, double other_count, double other_mean) {
    count += other_count;
    if (other_count > 0) mean += (other_mean - mean) * other_count / count;
  };
  pool(kept.confidence_count, kept.confidence_mean, gone.confidence_count, gone.confidence_mean);
  for (std::size_t f = 0; f < options_.numbers; ++f) {
    pool(kept.feature_count[f], kept.feature_mean[f], gone.feature_count[f], gone.feature_mean[f]);
  }
  kept.examples.insert(kept.examples.end(), gone.examples.begin(), gone.examples.end());
  std::ranges::sort(kept.examples);
  if (kept.examples.size() > options_.max_examples) {
    kept.examples.erase(kept.examples.begin(),
                        kept.examples.end() - static_cast<std::ptrdiff_t>(options_.max_examples));
  }
  retire(from, kept.id, update);
}

void FailureModes::retire(std::size_t at, std::uint32_t merged_into, ModeUpdate& update) {
  const Slot& slot = slots_[at];
  update.retired = slot.id;
  update.merged_into = merged_into;
  if (options_.max_retired > 0) {
    if (retired_.size() == options_.max_retired) retired_.erase(retired_.begin());
    retired_.push_back({.id = slot.id,
                        .merged_into = merged_into,
                        .born = slot.born,
                        .first_seen = slot.first_seen,
                        .last_seen = slot.last_seen,
                        .retired = now_,
                        .failures = slot.failures,
                        .near = {.failures = slot.near_failures, .trials = slot.near_cases}});
  }
  for (std::size_t d = 0; d < options_.width; ++d) {
    const auto row = centres_.begin() + static_cast<std::ptrdiff_t>(d * stride_);
    const auto gone = row + static_cast<std::ptrdiff_t>(at);
    std::shift_left(gone, row + static_cast<std::ptrdiff_t>(slots_.size()), 1);
  }
  slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Retires the mode that has not grown for longest, when that is long enough.
void FailureModes::fade(ModeUpdate& update) {
  const double patience = options_.fade_half_lives * options_.half_life;
  std::size_t idle = kNone;
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    const auto& slot = slots_[k];
    const double grown_ago = static_cast<double>(now_) - static_cast<double>(slot.grown);
    const bool faded = options_.fade_activity > slot.activity && grown_ago > patience;
    if (faded && (idle == kNone || slot.grown < slots_[idle].grown)) idle = k;
  }
  if (idle != kNone && update.mode != slots_[idle].id) retire(idle, kNoMode, update);
}

}  // namespace errata::memory
