#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "errata/base/bytes.h"
#include "errata/base/error.h"
#include "errata/memory/modes.h"

namespace errata::memory {

struct RegimeOptions {
  double false_alarm = 5e-5;      ///< (0, 1): at most so many false `began` a case, in the mean
  double false_change = 2e-4;     ///< (0, 1): the same for `changed` and `ended`, a case of the regime
  double tolerance = 1.1;         ///< >= 1: odds ratio to the baseline that is not yet a regime
  double least_rate = 0.01;       ///< [0, 1): no failure rate up to this one is a regime
  double least_change = 0.03;     ///< [0, 1): a level that moves by less (down: also by a quarter) has not changed
  double limit_z = 2.5;           ///< >= 0: a rate is known up to so many standard errors (Wilson)
  std::size_t learn_cases = 100;  ///< >= 1: the first cases only tell the baseline
  std::size_t settle_cases = 20;  ///< >= 1: cases that must be seen to say that a regime ended
  double memory_cases = 5000;     ///< > 1: a rate is a mean over about so many cases
  std::size_t longest = 10'000;   ///< >= 1: cases after which a regime is the new usual
  std::size_t max_modes = 64;     ///< >= 1
  double half_life = 500;         ///< > 0, in the unit of the times when outcomes are known: of failures near a mode
  double quiet = 1.0 / 16;        ///< (0, 1): share of their largest sum at which a mode's regime is over
};

enum class RegimeChange : std::uint8_t {
  began,    ///< the failure rate is above the baseline
  changed,  ///< still above it, at another level
  ended,    ///< back; or its mode has gone quiet or is no more, which says nothing of a rate (log_evidence is 0)
  usual,    ///< it has lasted so long that its level is the new baseline
};
[[nodiscard]] std::string_view name_of(RegimeChange change);  ///< "began", …

struct RegimeEvent {
  RegimeChange change = RegimeChange::began;
  std::uint32_t mode = kNoMode;  ///< kNoMode: all cases
  std::uint64_t regime = 0;      ///< number of the regime, the same from its `began` to its end, never used again
  std::int64_t onset = 0;        ///< case time of the first case that speaks for the change: its estimated start
  std::int64_t time = 0;         ///< case time of the case that told it
  std::int64_t known = 0;        ///< when that outcome arrived
  double log_evidence = 0;       ///< natural logarithm of the e-detector; 0 when no test told the change
  double rate_before = 0;        ///< failure rate of the baseline or level before
  double rate = 0;               ///< after it: since the onset, or since the alarm for a fall
  std::uint64_t cases = 0;       ///< that `rate` is the mean of
};

/// A stream as it stands.
struct RegimeState {
  std::uint32_t mode = kNoMode;
  bool raised = false;
  std::uint64_t regime = 0;  ///< when raised
  std::int64_t onset = 0;    ///< when raised: of its `began`
  double rate = 0;           ///< at the present level
  double baseline = 0;       ///< outside regimes
  double log_evidence = 0;   ///< for a rise above the present level, as it grows
};

/// Finds, as outcomes arrive, the intervals in which failures are more frequent than usual: over all cases and near
/// each mode. For a reference rate p (an upper confidence limit of the baseline, its odds times `tolerance`) and an
/// alternative with odds m times higher, m = 1.5, 3, 9, 40, every outcome x multiplies
///     R_m ← (R_m + 1) · L_m,   L_m = (m^x) / (1 + (m − 1) p),   alarm when mean_m R_m >= 1/false_alarm.
/// While P(failure | past) <= p, E[L_m | past] <= 1: alarms are at least 1/false_alarm cases apart in the mean,
/// whatever the dependence. A case counts for all cases and for at most one mode, so false `began` events of all modes
/// together come at most as often as those of one stream. In a regime the same test runs up and down from its level.
/// The onset is the last zero of the CUSUM max(1, C_m) · L_m. Cases under suspicion (a CUSUM above 3) do not enter the
/// reference until they are cleared. Outcomes are taken in the order of arrival.
/// No test can end the regime of a mode that no case comes near. So with S = Σ 2^(−age/half_life) over the failures
/// near the mode since its regime began or changed, ages by `known`, the regime ends with the first outcome, of any
/// case, at which S <= quiet · (its largest value); without such failures log2(1/quiet) half-lives after it began or
/// changed. Cost: O(1) a case, about .2 µs; memory O(max_modes). Reading is safe from many threads while nothing
/// learns. Reference: J. Shin, A. Ramdas, A. Rinaldo, E-detectors, New England J. Stat. Data Sci. 2 (2023), 229–260.
///     auto detector = *RegimeDetector::make({});
///     for (const auto& event : detector.learn(update.mode, failed, case_time, now)) …
class RegimeDetector {
 public:
  [[nodiscard]] static Result<RegimeDetector> make(const RegimeOptions& options);

  /// @param mode  that the case counts for, or kNoMode  @param time  of the case  @param known  arrival of the outcome
  /// @return what has begun, changed or ended: almost always nothing (and then nothing is allocated)
  std::vector<RegimeEvent> learn(std::uint32_t mode, bool failed, std::int64_t time, std::int64_t known);
  /// A mode is no more. @return `ended` when it was in a regime
  std::optional<RegimeEvent> forget(std::uint32_t mode, std::int64_t known);

  [[nodiscard]] const RegimeOptions& options() const { return options_; }
  /// Empty for a mode without cases. @param mode  or kNoMode
  [[nodiscard]] std::optional<RegimeState> state(std::uint32_t mode) const;
  [[nodiscard]] std::vector<RegimeState> states() const;  ///< all cases first, then modes by first case

  void save(ByteWriter& out) const;
  [[nodiscard]] static Result<RegimeDetector> load(ByteReader& in);

 private:
  static constexpr std::size_t kAlternatives = 4;
  enum class Phase : std::uint8_t { learning, normal, raised, leaving };

  struct Count {
    double failures = 0, cases = 0;
    [[nodiscard]] double rate() const { return cases > 0 ? failures / cases : 0; }
  };
  /// One alternative of one test: the Shiryaev–Roberts sum, the CUSUM and what has come since its last zero.
  struct Test {
    double sum = 0, cusum = 1;
    Count since{};
    std::int64_t onset = 0;
  };
  using Tests = std::array<Test, kAlternatives>;
  struct Stream {
    std::uint32_t mode = kNoMode;
    Phase phase = Phase::learning;
    double quiet_at = 0;                 ///< in a regime: when S will have fallen far enough
    double recent = 0, most_recent = 0;  ///< in a regime: S at recent_at, and its largest value
    std::int64_t recent_at = 0;
    Count level{};     ///< outside a regime the baseline
    Count baseline{};  ///< in a regime
    Count pending{};   ///< seen, and not yet in `level`
    Count told{};      ///< raised: between onset and alarm; chosen by the alarm, so no part of the level
    Tests up{}, down{};
    std::uint64_t regime = 0, regime_cases = 0, last_case = 0;
    std::int64_t began = 0, onset = 0, last_time = 0;
    double log_evidence = 0, left_rate = 0;  ///< leaving: of the alarm, and the level before it
  };

  explicit RegimeDetector(const RegimeOptions& options);
  [[nodiscard]] double upper(Count count) const;
  [[nodiscard]] static double lower(Count count, double z);
  [[nodiscard]] double raised_above(Count baseline) const;
  static double step(Tests& tests, bool failed, std::int64_t time, double reference, bool up);
  static const Test& likeliest(const Tests& tests);
  static bool in_regime(const Stream& stream) {
    return stream.phase == Phase::raised || stream.phase == Phase::leaving;
  }
  void watch(Stream& stream, std::int64_t known) const;
  void count_recent(Stream& stream, std::int64_t known) const;
  void end_quiet(std::int64_t known, std::vector<RegimeEvent>& events);
  [[nodiscard]] static RegimeEvent gone(const Stream& stream, std::int64_t known);
  void add(Count& to, Count what) const;
  Stream& stream_of(std::uint32_t mode, std::int64_t known, std::vector<RegimeEvent>& events);
  void learn(Stream& stream, bool failed, std::int64_t time, std::int64_t known, std::vector<RegimeEvent>& events);
  void alarm(Stream& stream, bool rise, Count since, RegimeEvent event, std::vector<RegimeEvent>& events);
  [[nodiscard]] static bool is_back(Count fresh, double baseline, double left);
  void outlast(Stream& stream, RegimeEvent event, std::vector<RegimeEvent>& events) const;
  void leave(Stream& stream, RegimeEvent event, std::vector<RegimeEvent>& events) const;
  static void restart(Stream& stream, Phase phase, Count level);
  static void write_stream(ByteWriter& out, const Stream& stream);
  [[nodiscard]] static Stream read_stream(ByteReader& in);
  [[nodiscard]] static bool possible(const Stream& stream);

  RegimeOptions options_;
  std::vector<std::uint32_t> ids_;  ///< of streams_, for a quick search
  std::vector<Stream> streams_;     ///< all cases first
  std::uint64_t next_regime_ = 0, cases_ = 0;
};

}  // namespace errata::memory
