#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/cancellation.h"
#include "errata/base/error.h"
#include "errata/base/matrix_view.h"
#include "errata/stats/rate.h"

namespace errata::memory {

inline constexpr std::uint32_t kNoMode = std::numeric_limits<std::uint32_t>::max();

struct ModeOptions {
  std::size_t width = 0;            ///< of an embedding, >= 1
  std::size_t numbers = 0;          ///< raw numeric features that describe a mode
  std::size_t max_modes = 16;       ///< [1, 64]
  std::size_t fit_modes = 8;        ///< clusters that `fit` looks for, [1, max_modes]
  double confident = 0.6;           ///< [0, 1]: a failure with at least this confidence, or an unknown one, is kept
  double half_life = 200;           ///< > 0, in the unit of the caller's times: of activity and of recent rates
  double birth_distance = 2.5;      ///< > 0, in scales: farther from every mode, a confident failure starts one
  double merge_distance = 0.5;      ///< [0, birth_distance), in scales: two nearer centres become one mode
  double fade_activity = 0.01;      ///< >= 0: a mode with less activity may retire …
  double fade_half_lives = 100;     ///< > 0: … when it has not grown for so many half-lives
  std::size_t centre_memory = 500;  ///< >= 1: failures that a centre averages over
  std::size_t max_examples = 8;     ///< tickets kept of each mode, the latest
  std::size_t max_retired = 64;     ///< retired modes remembered, the latest
};

/// A case whose outcome is known.
struct ResolvedCase {
  std::span<const float> z{};         ///< [width] finite
  std::span<const double> numbers{};  ///< [numbers] NaN = missing
  double confidence = 0;              ///< [0, 1] or NaN
  bool failed = false;
  std::uint64_t ticket = 0;
  std::int64_t time = 0;  ///< when the case was predicted
};

/// A mode as it stands at a time; a copy.
struct Mode {
  std::uint32_t id = kNoMode;   ///< never used again for another mode
  std::vector<float> centre{};  ///< [width] mean of the last confident failures
  double spread = 0;            ///< root mean squared distance of these from the centre
  std::uint64_t failures = 0;   ///< confident failures that joined the mode (and modes merged into it)
  stats::FailureCount near{};   ///< all resolved cases near it: none nearer to another mode, none beyond birth_distance
  std::int64_t born = 0;        ///< when it was known
  std::int64_t first_seen = 0, last_seen = 0;    ///< case times of its first and last confident failure
  double activity = 0;                           ///< confident failures, each counted 2^(−age/half_life)
  double recent_failures = 0, recent_cases = 0;  ///< `near`, counted the same way
  double effective_cases = 0;                    ///< (Σw)²/Σw²: how many equally weighted cases say as much
  double rate = 0;                               ///< recent failure rate near it, drawn to the overall one
  double confidence = 0;                         ///< mean over its failures; NaN when none is known
  std::vector<std::uint64_t> examples{};         ///< tickets, oldest first
};

/// What stays of a mode that is no more.
struct RetiredMode {
  std::uint32_t id = kNoMode;
  std::uint32_t merged_into = kNoMode;  ///< kNoMode: it faded
  std::int64_t born = 0, first_seen = 0, last_seen = 0, retired = 0;
  std::uint64_t failures = 0;
  stats::FailureCount near{};
};

struct ModeMatch {
  std::uint32_t mode = kNoMode;  ///< the nearest, or kNoMode when there is none or it is beyond birth_distance
  double distance = std::numeric_limits<double>::infinity();  ///< to the nearest centre
  double similarity = 0;                                      ///< exp(−distance²/2h²), h the scale
  double danger = 0;                                          ///< Σ over modes of similarity · activity
  double rate = 0;  ///< (Σ similarity · recent_failures + 2 g) / (Σ similarity · recent_cases + 2)
};

struct ModeUpdate {
  std::uint32_t mode = kNoMode;         ///< the mode that the case counts for
  bool born = false;                    ///< that mode is new
  std::uint32_t retired = kNoMode;      ///< a mode that is no more; at most one a case
  std::uint32_t merged_into = kNoMode;  ///< where it went, or kNoMode when it faded
};

/// How a feature of a mode's failures differs from all cases.
struct FeatureDifference {
  std::size_t feature = 0;  ///< index into ResolvedCase::numbers
  double mean = 0;          ///< over the mode's failures
  double overall_mean = 0;
  double difference = 0;  ///< (mean − overall_mean) / overall standard deviation
};

/// Confident failures, clustered as they come.
/// With d the distance to the nearest centre and s the scale, a confident failure with d > birth_distance · s starts a
/// mode; else its mode grows:
///     centre += (z − centre)/n,   spread² += (d² − spread²)/n,   n = min(failures, centre_memory).
/// Two centres nearer than merge_distance · s become one; the older id stays. A mode with little activity that has not
/// grown for long retires. With max_modes there, a new one takes the place of a pair that is close, of the mode longest
/// idle, or of the closest pair when that is closer than the new failure is to its nearest mode; else it grows that
/// one. The scale is the root mean squared distance to the own centre in `fit`; without a fit, half the spread of all
/// confident failures so far. Time is when outcomes became known: `now` never decreases (an earlier one counts as the
/// last); decay goes by it, and so do births. The same calls give the same modes, bit for bit.
/// Cost: match and learn O(width · max_modes); a birth when all places are taken O(width · max_modes²).
/// Memory O(max_modes · (width + numbers)). Reading is safe from many threads while nothing learns.
///     auto modes = *FailureModes::make({.width = 8, .numbers = 20});
///     ModeMatch match = modes.match(z, now);              // before the outcome
///     ModeUpdate update = modes.learn({.z = z, .numbers = numbers, .failed = true}, now);
class FailureModes {
 public:
  [[nodiscard]] static Result<FailureModes> make(const ModeOptions& options);

  /// Sets scale and first modes from confident failures of a warm-up, by k-means; learn the same cases afterwards to
  /// fill counts and descriptions. With fewer than 5 failures a cluster there are fewer clusters, with fewer than 10
  /// nothing happens. Only before the first `learn`.
  /// @param failures  [n, width] finite
  void fit(MatrixView<const float> failures, std::int64_t now, std::uint64_t seed = 1,
           const Cancellation* cancellation = nullptr);

  /// @param z  [width] finite  @param now  the time up to which activity decays
  [[nodiscard]] ModeMatch match(std::span<const float> z, std::int64_t now) const;
  ModeUpdate learn(const ResolvedCase& resolved, std::int64_t now);

  [[nodiscard]] const ModeOptions& options() const { return options_; }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] std::vector<Mode> modes(std::int64_t now) const;  ///< by id
  [[nodiscard]] std::span<const RetiredMode> retired() const { return retired_; }
  [[nodiscard]] double scale() const;         ///< the distance s above; 0 before there are two failures
  [[nodiscard]] double overall_rate() const;  ///< g: recent failure rate of all cases, drawn to the all-time one
  /// The features that set a mode apart, largest |difference| first; empty for an id that is not there.
  [[nodiscard]] std::vector<FeatureDifference> describe(std::uint32_t id, std::size_t count) const;

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<FailureModes> load(ByteReader& in);

 private:
  struct Slot {
    std::uint32_t id = kNoMode;
    double weight = 0;  ///< failures that the centre stands for, at most centre_memory
    double spread2 = 0;
    std::uint64_t failures = 0, near_failures = 0, near_cases = 0;
    std::int64_t born = 0, first_seen = 0, last_seen = 0;
    std::int64_t grown = 0;  ///< when its last failure was known
    double confidence_count = 0, confidence_mean = 0;
    double activity = 0, recent_failures = 0, recent_cases = 0, recent_squares = 0;
    std::vector<std::uint64_t> examples{};
    std::vector<double> feature_count{}, feature_mean{};
  };
  struct Nearest {
    std::size_t slot = 0;
    float distance2 = std::numeric_limits<float>::infinity();
  };
  struct Decayed {
    double failures = 0, cases = 0;
  };
  static constexpr std::size_t kBlock = 8;
  static constexpr double kPriorCases = 2;

  explicit FailureModes(const ModeOptions& options);
  void distances2(std::span<const float> z, std::span<float> distances) const;
  [[nodiscard]] Nearest nearest(std::span<const float> distances, std::size_t except) const;
  [[nodiscard]] double decay(std::int64_t now) const;
  [[nodiscard]] std::vector<float> centre(std::size_t slot) const;
  void advance(std::int64_t now);
  void count_features(const ResolvedCase& resolved);
  void count_confident(std::span<const float> z);
  void count_near(Slot& slot, bool failed);
  [[nodiscard]] bool make_room(double distance2, ModeUpdate& update);
  std::size_t bear(std::span<const float> z, std::int64_t now);
  void grow(std::size_t at, const ResolvedCase& resolved);
  void merge_near(std::size_t at, ModeUpdate& update);
  void merge(std::size_t into, std::size_t from, ModeUpdate& update);
  void retire(std::size_t at, std::uint32_t merged_into, ModeUpdate& update);
  void fade(ModeUpdate& update);
  static void write_slot(ByteWriter& out, const Slot& slot);
  [[nodiscard]] static Slot read_slot(ByteReader& in);
  [[nodiscard]] bool consistent() const;

  ModeOptions options_;
  std::size_t stride_;          ///< max_modes, rounded up to whole blocks
  std::vector<float> centres_;  ///< [width, stride_]: dimension by dimension
  std::vector<Slot> slots_;     ///< by id
  std::uint32_t next_id_ = 0;
  bool timed_ = false;
  std::int64_t now_ = 0;
  double fitted_scale2_ = -1;                            ///< < 0: no fit
  double confident_count_ = 0, confident_variance_ = 0;  ///< of all confident failures: number, Σ squared deviations
  std::vector<double> confident_mean_;                   ///< [width]
  std::vector<double> feature_count_, feature_mean_, feature_m2_;  ///< [numbers] over all cases
  std::uint64_t failures_ = 0, cases_ = 0;
  Decayed recent_;
  std::vector<RetiredMode> retired_;
};

}  // namespace errata::memory
