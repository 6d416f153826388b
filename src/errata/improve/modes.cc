#include "errata/improve/modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "errata/improve/error_kinds.h"
#include "errata/memory/embedder.h"
#include "errata/memory/modes.h"
#include "errata/stats/association.h"

namespace errata::improve {
namespace {

constexpr std::size_t kLeastFailures = 10, kFitFailures = 50;
constexpr std::size_t kFirstModes = 8, kMostModes = 12;
constexpr double kSharedByMost = 0.75;  ///< of a mode's failures: the feature names it
constexpr double kSharedByTwo = 0.9;    ///< the same for two values together
constexpr std::size_t kFirstKinds = 3;  ///< of error, told of a mode

/// Features of every failure: the skill first.
struct Described {
  std::vector<std::string> names{"skill"};
  std::vector<std::vector<std::string>> values;  ///< [failures][names]
  std::vector<std::string_view> kinds;           ///< [failures] of error; empty where the answer is right
};

Result<Described> described(const Task& task, std::span<const StoredAnswer> failures, bool knows_truth) {
  Described all;
  for (const StoredAnswer& failure : failures) {
    const std::size_t skill = skill_of(task, failure.skill);
    if (skill == task.skills().size())
      return data_error(fmt::format("a failure of skill '{}', which the task has not", failure.skill));
    auto& values = all.values.emplace_back(1, failure.skill);
    const Question question{.skill = skill, .prompt = failure.prompt};
    for (auto& feature : task.features(question)) {
      if (all.values.size() == 1) all.names.push_back(feature.name);
      values.push_back(std::move(feature.value));
    }
    const bool right = !knows_truth || task.verify(question, failure.answer);
    all.kinds.push_back(right ? std::string_view()
                              : error_kind(task.meaning(task.reference(question)), task.meaning(failure.answer)));
  }
  return all;
}

/// Failures of the first rounds that have enough of them.
std::size_t fit_on(std::span<const StoredAnswer> failures) {
  std::size_t count = 0;
  while (count < failures.size()) {
    const std::size_t round = failures[count].round;
    while (count < failures.size() && failures[count].round == round) ++count;
    if (count >= kFitFailures) break;
  }
  return count;
}

/// Where each failure lies: [failures, width].
struct Placed {
  std::size_t width = 0;
  std::vector<float> z;
};

Result<Placed> placed(const Described& all, std::span<const StoredAnswer> failures, std::size_t fitted) {
  memory::Schema schema{.categories = all.names, .embedding = failures[0].embedding.size()};
  ERRATA_ASSIGN(auto embedder, memory::Embedder::create(schema, {}));
  std::vector<std::string_view> categories;
  const auto view = [&](std::size_t i) {
    categories.assign(all.values[i].begin(), all.values[i].end());
    return memory::CaseView{.categories = categories, .embedding = failures[i].embedding};
  };
  for (std::size_t i = 0; i < fitted; ++i) embedder.observe(view(i));
  ERRATA_TRY(embedder.fit());
  Placed made{.width = embedder.width(), .z = {}};
  made.z.resize(failures.size() * made.width);
  std::vector<float> x(embedder.features());
  for (std::size_t i = 0; i < failures.size(); ++i)
    embedder.embed(view(i), x, std::span(made.z).subspan(i * made.width, made.width));
  return made;
}

/// The mode of every failure, as the modes stand at the end.
Result<std::vector<std::uint32_t>> sorted_into_modes(const Placed& at, std::size_t count, std::size_t fitted) {
  ERRATA_ASSIGN(auto modes,
                memory::FailureModes::make(
                    {.width = at.width, .max_modes = kMostModes, .fit_modes = kFirstModes, .confident = 0}));
  const auto row = [&](std::size_t i) { return std::span(at.z).subspan(i * at.width, at.width); };
  modes.fit({std::span(at.z).first(fitted * at.width), fitted, at.width}, 0);
  std::map<std::uint32_t, std::uint32_t> merged;
  std::vector<std::uint32_t> joined;
  for (std::size_t i = 0; i < count; ++i) {
    const auto update = modes.learn({.z = row(i), .confidence = kNaN, .failed = true, .ticket = i}, 0);
    if (update.retired != memory::kNoMode && update.merged_into != memory::kNoMode)
      merged[update.retired] = update.merged_into;
    joined.push_back(update.mode);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto match = modes.match(row(i), 0); match.mode != memory::kNoMode) joined[i] = match.mode;
    for (auto into = merged.find(joined[i]); into != merged.end(); into = merged.find(joined[i]))
      joined[i] = into->second;
  }
  return joined;
}

/// "digits_a 3", "carries 1 or 2": what the values of a feature share; nothing where they share nothing.
std::string shared_value(const std::string& name, const std::map<std::string, std::size_t>& counts, std::size_t all) {
  std::vector<std::pair<std::string, std::size_t>> most(counts.begin(), counts.end());
  std::ranges::stable_sort(most, std::greater<>(), &std::pair<std::string, std::size_t>::second);
  const auto share = [&](std::size_t count) { return static_cast<double>(count) / static_cast<double>(all); };
  const std::string prefix = name == "skill" ? std::string() : name + " ";
  if (share(most[0].second) >= kSharedByMost) return prefix + most[0].first;
  if (most.size() < 2 || share(most[0].second + most[1].second) < kSharedByTwo) return {};
  const auto [first, second] = std::minmax(most[0].first, most[1].first);
  return fmt::format("{}{} or {}", prefix, first, second);
}

std::string name_of_mode(const Described& all, std::span<const std::size_t> members) {
  std::string name;
  for (std::size_t f = 0; f < all.names.size(); ++f) {
    std::map<std::string, std::size_t> counts;
    for (const std::size_t i : members) ++counts[all.values[i][f]];
    const std::string shared = shared_value(all.names[f], counts, members.size());
    if (!shared.empty()) name += (name.empty() ? "" : ", ") + shared;
  }
  return name.empty() ? "mixed" : name;
}

/// Kinds of error of wrong answers, the most frequent first: "carry (31)".
std::vector<std::string> kinds_of(const Described& all, std::span<const std::size_t> members) {
  std::map<std::string_view, std::size_t> counts;
  for (const std::size_t i : members)
    if (!all.kinds[i].empty()) ++counts[all.kinds[i]];
  std::vector<std::pair<std::string_view, std::size_t>> most(counts.begin(), counts.end());
  std::ranges::stable_sort(most, std::greater<>(), &std::pair<std::string_view, std::size_t>::second);
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : most)
    if (kinds.size() < kFirstKinds) kinds.push_back(fmt::format("{} ({})", kind, count));
  return kinds;
}

double information_of(const Described& all, std::span<const std::uint32_t> of) {
  std::map<std::uint32_t, std::size_t> rows;
  std::map<std::string_view, std::size_t> columns;
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (all.kinds[i].empty()) continue;
    rows.try_emplace(of[i], rows.size());
    columns.try_emplace(all.kinds[i], columns.size());
  }
  std::vector<std::uint64_t> counts(rows.size() * columns.size());
  for (std::size_t i = 0; i < of.size(); ++i)
    if (!all.kinds[i].empty()) ++counts[rows[of[i]] * columns.size() + columns[all.kinds[i]]];
  return counts.empty() ? kNaN : stats::adjusted_mutual_information({counts, rows.size(), columns.size()});
}

FailureMode summed_up(std::uint32_t id, const Described& all, std::span<const StoredAnswer> failures,
                      std::span<const std::size_t> members) {
  FailureMode mode{.id = id, .name = name_of_mode(all, members), .failures = {}};
  mode.failures.resize(failures.back().round);
  for (const std::size_t i : members) ++mode.failures[failures[i].round - 1];
  mode.kinds = kinds_of(all, members);
  const auto wrong = std::ranges::find(members, Detected::wrong, [&](std::size_t i) { return failures[i].detected; });
  const StoredAnswer& shown = failures[wrong == members.end() ? members.front() : *wrong];
  mode.prompt = shown.prompt;
  mode.answer = shown.answer;
  mode.correction = shown.correction;
  return mode;
}

/// Modes of one name are told apart by a number.
void number_namesakes(std::vector<FailureMode>& modes) {
  std::map<std::string, std::size_t> seen;
  for (FailureMode& mode : modes)
    if (const std::size_t before = seen[mode.name]++; before > 0) mode.name += fmt::format(" ({})", before + 1);
}

}  // namespace

Result<FoundModes> find_modes(const Task& task, std::span<const StoredAnswer> failures, bool knows_truth) {
  FoundModes found;
  if (failures.size() < kLeastFailures) return found;
  const auto width = failures[0].embedding.size();
  if (width == 0 || std::ranges::any_of(failures, [&](const auto& one) { return one.embedding.size() != width; }))
    return data_error("the failure memory has failures whose hidden states are missing or of another width");
  ERRATA_ASSIGN(const Described all, described(task, failures, knows_truth));
  const std::size_t fitted = fit_on(failures);
  ERRATA_ASSIGN(const Placed at, placed(all, failures, fitted));
  ERRATA_ASSIGN(found.of, sorted_into_modes(at, failures.size(), fitted));
  std::map<std::uint32_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < found.of.size(); ++i) members[found.of[i]].push_back(i);
  for (const auto& [id, of_mode] : members) found.modes.push_back(summed_up(id, all, failures, of_mode));
  std::ranges::stable_sort(found.modes, std::greater<>(),
                           [&](const FailureMode& mode) { return members[mode.id].size(); });
  number_namesakes(found.modes);
  found.information = information_of(all, found.of);
  return found;
}

std::vector<double> weights_across_modes(std::span<const StoredAnswer> failures, double exponent) {
  std::map<std::uint32_t, double> sizes;
  for (const StoredAnswer& one : failures) ++sizes[one.mode];
  std::vector<double> weights;
  double sum = 0;
  for (const StoredAnswer& one : failures) sum += weights.emplace_back(std::pow(sizes[one.mode], -exponent));
  for (double& weight : weights) weight *= static_cast<double>(failures.size()) / sum;
  return weights;
}

std::vector<StoredAnswer> as_often_as(std::span<const StoredAnswer> failures, std::span<const double> weights) {
  std::vector<StoredAnswer> often;
  double reach = 0.5;
  for (std::size_t i = 0; i < failures.size(); ++i)
    for (reach += weights[i]; reach >= 1; --reach) often.push_back(failures[i]);
  return often;
}

}  // namespace errata::improve
