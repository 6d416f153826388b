#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/table/prediction_log.h"

namespace errata::robustness {

/// The checks that carry over to any classifier.
enum class Check : std::uint8_t {
  corruption,   ///< does accuracy hold under corruptions of growing severity?
  calibration,  ///< does confidence say how often it is right, under shift too?
  rejection,    ///< do its scores tell pictures of something else from its own?
  stability,    ///< does the answer stay while the input changes little?
  slices,       ///< is there a kind of case that fails much more than the rest?
  retention,    ///< does it get wrong what an earlier model had right?
};
inline constexpr std::size_t kChecks = 6;

struct CheckInfo {
  Check check;
  std::string_view name;
  std::string_view words;  ///< the question that it answers
};
/// All of them, in the order of reports.
[[nodiscard]] std::span<const CheckInfo, kChecks> checks();
[[nodiscard]] const CheckInfo& info_of(Check check);
/// @return invalid_argument that lists the names when there is none of this name
[[nodiscard]] Result<Check> check_named(std::string_view name);

/// Why a check could not be measured.
enum class Unmeasured : std::uint8_t {
  none,           ///< it was
  no_severity,    ///< of a log: no column tells severity
  no_clean,       ///< of a log: no case is clean, or none is not
  no_confidence,  ///< of a log: no score
  no_pictures,    ///< none of something else: of a log, or of pictures in 2 or 4 channels
  no_streams,     ///< of a log: no column of streams
  no_order,       ///< of a log: no column of times
  no_pairs,       ///< no two neighbours in a stream have the same label
  no_features,    ///< of a log: nothing to make slices of
  no_earlier,     ///< no earlier model or log
};
[[nodiscard]] std::string_view name_of(Unmeasured why);  ///< "no_severity"

/// What is checked, for the head of reports.
struct Subject {
  std::string model;    ///< its file; of a log the log's
  std::string data;     ///< "the test images of mnist"; of a log empty
  std::string earlier;  ///< its file; empty without
  bool of_log = false;
  std::uint64_t seed = 0;  ///< of what was drawn
  std::vector<std::string> notes{};
};

inline constexpr std::uint32_t kClean = std::numeric_limits<std::uint32_t>::max();

/// One prediction of a severity sweep.
struct ShiftedCase {
  std::uint32_t subject = 0;          ///< the picture it is of; cases of one subject are not independent
  std::uint32_t corruption = kClean;  ///< of Sweep::corruptions
  std::uint32_t level = 0;            ///< 0 clean, else 1 + index into Sweep::levels
  bool failed = false;
  float confidence = std::numeric_limits<float>::quiet_NaN();
  std::uint32_t label = 0, predicted = 0;  ///< of a model alone
};

/// The same subjects, or others, clean and at levels of severity.
struct Sweep {
  std::vector<std::string> corruptions;
  std::vector<std::string> levels;  ///< mildest first
  std::size_t subjects = 0;
  std::vector<ShiftedCase> cases;
  [[nodiscard]] std::size_t middle() const { return (levels.size() - 1) / 2; }
};

/// One prediction in a sequence.
struct Frame {
  std::uint32_t sequence = 0;      ///< frames of one sequence stand together, in order
  std::uint32_t perturbation = 0;  ///< of Sequences::perturbations
  std::uint32_t subject = 0;
  std::uint32_t label = 0, predicted = 0;
  float confidence = std::numeric_limits<float>::quiet_NaN();
};
struct Sequences {
  std::vector<std::string> perturbations;
  std::vector<Frame> frames;
};

/// Scores of own and of foreign pictures: higher means more foreign.
struct Foreign {
  std::vector<std::string> sets;
  std::vector<std::string> scores;
  std::vector<std::uint32_t> set_of;       ///< [n] of `sets`, kClean: its own
  std::vector<std::vector<double>> risks;  ///< [scores][n]
  std::vector<std::uint32_t> predicted;    ///< [n] of a model alone, with the confidence
  std::vector<float> confidence;
};

/// What two models did on the same cases.
struct Paired {
  std::vector<std::uint8_t> failed, failed_before;
};

/// What a model did: all that run() reads. What is missing stands with its reason.
struct Evidence {
  Subject subject;
  std::vector<std::string> classes{};
  std::optional<Sweep> sweep{};
  std::optional<Sequences> sequences{};
  std::optional<Foreign> foreign{};
  std::optional<table::PredictionLog> log{};  ///< what slices are made of
  std::optional<Paired> paired{};
  std::array<Unmeasured, kChecks> missing{};
  [[nodiscard]] Unmeasured& why(Check check) { return missing.at(static_cast<std::size_t>(check)); }
  [[nodiscard]] Unmeasured why(Check check) const { return missing.at(static_cast<std::size_t>(check)); }
};

}  // namespace errata::robustness
