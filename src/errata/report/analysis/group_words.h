#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "errata/slice/groups.h"

namespace errata::report {

/// "false negative rate", for sentences.
[[nodiscard]] std::string_view words_of(slice::GroupMeasure measure);
/// "FNR", for columns.
[[nodiscard]] std::string_view short_name(slice::GroupMeasure measure);

/// A value of a measure: "12.3%", a gap with its sign as "+0.041", a mean as it stands; "–" for NaN.
[[nodiscard]] std::string value_text(slice::GroupMeasure measure, double value);
/// How far apart two values are: "+4.2 points" for rates.
[[nodiscard]] std::string difference_text(slice::GroupMeasure measure, double difference);
/// "12.0% to 14.1%"; empty for an interval that there is none of.
[[nodiscard]] std::string interval_words(slice::GroupMeasure measure, const stats::RateInterval& interval);

/// What the columns make, as a name: "`race`", "`race` × `sex`".
[[nodiscard]] std::string title_of(const slice::GroupTable& table);
/// [groups] "White", "17 to 28", "missing", crossed "White, Female".
[[nodiscard]] std::vector<std::string> group_labels(const slice::GroupTable& table);

/// A difference that the tests confirm, and whose.
struct GroupFinding {
  std::size_t group = 0;
  const slice::GroupFigure* figure = nullptr;
};
/// Those of a table, smallest p first; of two groups, which mirror each other, that of the one that is higher.
[[nodiscard]] std::vector<GroupFinding> findings_of(const slice::GroupTable& table);
/// "Black: false positive rate 42.3%, the rest 22.0%: +20.3 points (95% interval 18.1 to 22.5, adjusted p = 1e-60)"
[[nodiscard]] std::string finding_words(const std::string& label, const slice::GroupFigure& figure);

/// What was compared and how it was tested.
[[nodiscard]] std::string method_words(const slice::GroupComparison& groups);
/// "2 groups have fewer than 30 cases: shown, not tested."; empty without any.
[[nodiscard]] std::string small_words(const slice::GroupComparison& groups, const slice::GroupTable& table);

/// A spread by the name that fairness tools give it.
struct NamedSpread {
  std::string_view name;  ///< "demographic parity difference"
  std::string_view key;   ///< "demographic_parity_difference"
  slice::GroupSpread spread;
};
[[nodiscard]] std::vector<NamedSpread> named_spreads(const slice::GroupTable& table);

}  // namespace errata::report
