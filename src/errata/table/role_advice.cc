#include "errata/table/role_advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "errata/table/classes.h"

namespace errata::table {
namespace {

constexpr std::size_t kManyClasses = 1000;

bool has_same_values(const Column& a, const Column& b) {
  if (a.kind != b.kind || a.kind == ColumnKind::timestamp) return false;
  if (a.kind == ColumnKind::categorical)
    return !a.categories.empty() && a.categories.size() <= kManyClasses && a.categories == b.categories;
  const auto values = distinct_integers(a, kManyClasses);
  return values && values == distinct_integers(b, kManyClasses);
}

}  // namespace

std::string role_advice(const PredictionLog& log) {
  if (log.roles.label.has_value() == log.roles.prediction.has_value()) return {};
  const bool has_label = log.roles.label.has_value();
  const std::string& name = has_label ? *log.roles.label : *log.roles.prediction;
  const char *known = has_label ? "label" : "prediction", *wanted = has_label ? "prediction" : "label";
  std::vector<std::string> candidates;
  for (const std::string& feature : log.roles.features)
    if (has_same_values(*log.find(name), *log.find(feature))) candidates.push_back(feature);
  std::string text = fmt::format("; the {} is {}", known, name);
  constexpr std::size_t kFew = 3;
  if (!candidates.empty() && candidates.size() <= kFew)
    text += fmt::format("; {} {} the same values: --{} {} says that it is the {}", fmt::join(candidates, ", "),
                        candidates.size() == 1 ? "has" : "have", wanted, candidates.front(), wanted);
  return text;
}

}  // namespace errata::table
