// Which column plays which part.
//
// Problem: a log seldom says which of its columns is the label or the score, and a column that is mistaken for a
// feature spoils the analysis: a second score explains failures without telling anybody anything.
//
// Idea: the user's word first; then, role by role, the first usual name (in order of preference) that a free column of
// a fitting type bears. What is left is a feature, but for score-like columns that were not chosen and for types that
// cannot be sliced, which are set aside with a warning.
#include "errata/table/roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "errata/table/row_index.h"
#include "errata/table/text.h"

namespace errata::table {
namespace {

using Slot = std::optional<std::string> Roles::*;
using Wish = std::optional<std::string> RoleNames::*;

struct RoleRule {
  std::string_view role;
  Slot slot;
  Wish wish;
  std::string_view fits;               ///< letters of Usable that fit: n(umber) c(ategory) t(ime) l(ist)
  std::string_view usual;              ///< names in order of preference, between bars
  std::string_view named_fits = fits;  ///< letters that fit a column which the user names
};

constexpr std::string_view kScoreNames =
    "|y_prob|y_proba|y_score|p1|prob|proba|probability|score|p|confidence|prob_1|proba_1|p_1|y_prob_1|y_proba_1"
    "|pred_prob|pred_proba|predicted_probability|";

constexpr std::array<RoleRule, 8> kRules{{
    {"label", &Roles::label, &RoleNames::label, "nc",
     "|y_true|label|target|truth|ground_truth|actual|gold|y|class|outcome|true_label|"},
    {"prediction", &Roles::prediction, &RoleNames::prediction, "nc",
     "|y_pred|prediction|pred|predicted|predictions|y_hat|yhat|predicted_label|predicted_class|pred_label|"},
    {"score", &Roles::score, &RoleNames::score, "n", kScoreNames},
    {"time", &Roles::time, &RoleNames::time, "nt",
     "|timestamp|ts|time|datetime|date|event_time|created_at|date_time|t|", "ntc"},
    {"stream", &Roles::stream, &RoleNames::stream, "nc", "|stream|batch|batch_id|partition|"},
    {"id", &Roles::id, &RoleNames::id, "nctl", "|id|row_id|case_id|uuid|unnamed: 0|"},
    {"weight", &Roles::weight, &RoleNames::weight, "n", "|weight|sample_weight|"},
    {"embedding", &Roles::embedding, &RoleNames::embedding, "l", "|embedding|", "lc"},
}};

char letter(Usable usable) {
  switch (usable) {
    case Usable::number: return 'n';
    case Usable::category: return 'c';
    case Usable::time: return 't';
    case Usable::list: return 'l';
    case Usable::nothing: return '-';
  }
  return '-';
}

std::string_view words(Usable usable) {
  switch (usable) {
    case Usable::number: return "numbers";
    case Usable::category: return "text";
    case Usable::time: return "times";
    case Usable::list: return "lists of numbers";
    case Usable::nothing: return "values of a nested or binary type";
  }
  return "";
}

/// Place of a name in a list of usual names; npos when it is not one of them.
std::size_t usual_rank(std::string_view list, std::string_view name) { return list.find("|" + folded(name) + "|"); }

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

/// "; near names are a, b" or all the names of a narrow log.
std::string suggestions(std::span<const NamedColumn> columns, std::string_view name) {
  constexpr std::size_t kShown = 5;
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const NamedColumn& column : columns) {
    const std::size_t distance = edit_distance(folded(name), folded(column.name));
    if (distance <= std::max<std::size_t>(2, name.size() / 3)) near.emplace_back(distance, column.name);
  }
  std::ranges::sort(near);
  std::string text;
  for (std::size_t i = 0; i < std::min(near.size(), kShown); ++i) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", near[i].second);
  }
  if (!text.empty()) return "; near names are " + text;
  for (std::size_t i = 0; i < std::min(columns.size(), 2 * kShown); ++i) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", columns[i].name);
  }
  return fmt::format("; it has {}{}", text, columns.size() > 2 * kShown ? ", …" : "");
}

/// What no expression of columns is.
bool is_bare_name(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

constexpr std::size_t kMaxCrossed = 3;

/// "race * sex" as its columns.
std::vector<std::string> split_crossing(std::string_view name) {
  std::vector<std::string> columns;
  while (true) {
    const std::size_t star = std::min(name.find('*'), name.size());
    std::string_view column = name.substr(0, star);
    column.remove_prefix(std::min(column.find_first_not_of(' '), column.size()));
    column.remove_suffix(column.size() - (column.find_last_not_of(' ') + 1));
    columns.emplace_back(column);
    if (star == name.size()) return columns;
    name.remove_prefix(star + 1);
  }
}

class Settling {
 public:
  Settling(std::span<const NamedColumn> columns, const RoleNames& named)
      : columns_(columns), named_(named), taken_(columns.size(), 0) {}

  Result<SettledRoles> settle(const std::optional<std::string>& loss) {
    ERRATA_TRY(take_named(loss));
    ERRATA_TRY(check_label());
    for (const RoleRule& rule : kRules) guess(rule);
    tell_lost_label();
    take_row_indices();
    if (!settled_.roles.embedding) guess_embedding();
    ERRATA_TRY(take_features());
    ERRATA_TRY(settle_groups());
    return std::move(settled_);
  }

 private:
  bool is_column(std::string_view name) const { return std::ranges::count(columns_, name, &NamedColumn::name) > 0; }

  Result<std::size_t> find(std::string_view name, std::string_view role) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].name == name) return i;
    }
    return invalid_argument(
        fmt::format("{} column {}: the log has no such column{}", role, name, suggestions(columns_, name)));
  }

  Result<std::size_t> take(std::string_view name, std::string_view role, std::string_view fits) {
    ERRATA_ASSIGN(const std::size_t i, find(name, role));
    if (fits.find(letter(columns_[i].usable)) == std::string_view::npos) {
      return invalid_argument(
          fmt::format("{} column {}: it holds {}, which cannot be used so", role, name, words(columns_[i].usable)));
    }
    taken_[i] = 1;
    return i;
  }

  Result<void> take_named(const std::optional<std::string>& loss) {
    for (const RoleRule& rule : kRules) {
      const std::optional<std::string>& name = named_.*rule.wish;
      if (!name) continue;
      ERRATA_TRY(take(*name, rule.role, rule.named_fits));
      settled_.roles.*rule.slot = name;
    }
    for (const std::string& name : named_.scores) ERRATA_TRY(take(name, "scores", "n"));
    settled_.roles.scores = named_.scores;
    if (loss && (is_column(*loss) || is_bare_name(*loss))) {
      ERRATA_TRY(take(*loss, "loss", "n"));
      settled_.roles.loss = loss;
    }
    for (const std::string& name : named_.ignore) ERRATA_TRY(take(name, "ignored", "nctl-"));
    settled_.roles.ignored = named_.ignore;
    for (const std::string& name : named_.others) ERRATA_TRY(take(name, "named", "nct"));
    settled_.roles.others = named_.others;
    for (const std::string& name : named_.lists) ERRATA_TRY(take(name, "list", "lc"));
    settled_.roles.lists = named_.lists;
    for (const std::string& name : named_.features) ERRATA_TRY(take(name, "feature", "nct"));
    return {};
  }

  /// The label stands for what is not known when a case is judged, so little else can be the same column.
  Result<void> check_label() {
    const auto& roles = settled_.roles;
    if (!roles.label) return {};
    if (roles.label == roles.prediction)
      return invalid_argument(
          fmt::format("column {}: it cannot be both the label and the prediction, or nothing fails", *roles.label));
    if (roles.label == roles.stream)
      settled_.warnings.push_back(fmt::format(
          "column {}: the stream is the label itself, which is not known when a case is judged", *roles.label));
    return {};
  }

  /// A log whose label was named for something else has none.
  void tell_lost_label() {
    constexpr const RoleRule& kLabel = kRules.front();
    if (settled_.roles.label) return;
    for (const RoleRule& rule : kRules) {
      const auto& name = named_.*rule.wish;
      if (name && usual_rank(kLabel.usual, *name) != std::string_view::npos)
        settled_.warnings.push_back(
            fmt::format("column {}: it is named as the {}, and no other column looks like the label: the log has none",
                        *name, rule.role));
    }
  }

  void guess(const RoleRule& rule) {
    if (settled_.roles.*rule.slot || (rule.role == "score" && !settled_.roles.scores.empty())) return;
    std::size_t best = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool fits = rule.fits.find(letter(columns_[i].usable)) != std::string_view::npos;
      const std::size_t rank = usual_rank(rule.usual, columns_[i].name);
      if (taken_[i] != 0 || !fits || rank == std::string_view::npos) continue;
      if (best == columns_.size() || rank < usual_rank(rule.usual, columns_[best].name)) best = i;
    }
    if (best == columns_.size()) return;
    taken_[best] = 1;
    settled_.roles.*rule.slot = columns_[best].name;
    settled_.roles.guessed.emplace_back(rule.role);
  }

  /// The number of a row, which programs write beside the columns, is an id; in a file without names of columns, whose
  /// first is column0 as well, it is not.
  void take_row_indices() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const NamedColumn& column = columns_[i];
      if (taken_[i] != 0 || !is_row_index(column.name) || is_column("column1") || is_column("column01")) continue;
      if (column.usable != Usable::number && column.usable != Usable::category) continue;
      taken_[i] = 1;
      if (settled_.roles.id) {
        settled_.roles.ignored.push_back(column.name);
        settled_.warnings.push_back(fmt::format("column {}: ignored: it numbers the rows", column.name));
      } else {
        settled_.roles.id = column.name;
        settled_.roles.guessed.emplace_back("id");
      }
    }
  }

  void guess_embedding() {
    const auto free_list = [&](std::size_t i) { return taken_[i] == 0 && columns_[i].usable == Usable::list; };
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!free_list(i)) continue;
      taken_[i] = 1;
      settled_.roles.embedding = columns_[i].name;
      settled_.roles.guessed.emplace_back("embedding");
      return;
    }
  }

  Result<void> take_features() {
    if (!named_.features.empty()) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const bool named = std::ranges::find(named_.features, columns_[i].name) != named_.features.end();
        if (named) settled_.roles.features.push_back(columns_[i].name);
        if (!named && taken_[i] == 0) settled_.roles.ignored.push_back(columns_[i].name);
      }
      return {};
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (taken_[i] != 0) continue;
      const NamedColumn& column = columns_[i];
      std::string_view why;
      if (column.usable == Usable::number && usual_rank(kScoreNames, column.name) != std::string_view::npos) {
        why = "it looks like a score; name it with --features to use it as a feature";
      } else if (column.usable == Usable::list || column.usable == Usable::nothing) {
        why = "lists and nested or binary values cannot be features; write their parts as columns of their own";
      }
      if (why.empty()) {
        settled_.roles.features.push_back(column.name);
      } else {
        settled_.roles.ignored.push_back(column.name);
        settled_.warnings.push_back(fmt::format("column {}: ignored: {}", column.name, why));
      }
    }
    return {};
  }

  /// A group is told by columns of any role; several joined by '*' are crossed, unless a column is called so itself.
  Result<void> settle_groups() {
    for (const std::string& name : named_.groups) {
      std::vector<std::string> crossed = is_column(name) ? std::vector{name} : split_crossing(name);
      if (crossed.size() > kMaxCrossed)
        return invalid_argument(fmt::format("group {}: at most {} columns can be crossed", name, kMaxCrossed));
      for (const std::string& column : crossed) {
        ERRATA_ASSIGN(const std::size_t i, find(column, "group"));
        const Usable usable = columns_[i].usable;
        if (usable != Usable::number && usable != Usable::category)
          return invalid_argument(
              fmt::format("group column {}: it holds {}; groups are told by text or numbers", column, words(usable)));
        if (std::ranges::count(crossed, column) > 1)
          return invalid_argument(fmt::format("group {}: it crosses {} with itself", name, column));
      }
      if (std::ranges::count(settled_.roles.groups, crossed) == 0) settled_.roles.groups.push_back(std::move(crossed));
    }
    return {};
  }

  std::span<const NamedColumn> columns_;
  const RoleNames& named_;
  std::vector<std::uint8_t> taken_;
  SettledRoles settled_;
};

}  // namespace

bool is_usual_time(std::string_view name) {
  const auto rule = std::ranges::find(kRules, std::string_view("time"), &RoleRule::role);
  return usual_rank(rule->usual, name) != std::string_view::npos;
}

PlayedRole played_role(const Roles& roles, std::string_view column) {
  const auto is_guessed = [&](std::string_view role) { return std::ranges::count(roles.guessed, role) > 0; };
  for (const RoleRule& rule : kRules)
    if (roles.*rule.slot == column) return {.role = std::string(rule.role), .guessed = is_guessed(rule.role)};
  if (roles.loss == column) return {.role = "loss"};
  if (std::ranges::count(roles.scores, column) > 0) return {.role = "score", .guessed = is_guessed("scores")};
  return {.role = std::ranges::count(roles.features, column) > 0 ? "feature" : "ignored"};
}

std::vector<std::string> columns_of_classes(const Roles& roles, const ReadOptions& options) {
  const Task settled = options.settled ? options.settled->task : Task::unknown;
  std::vector<std::string> classes;
  if (options.task.value_or(settled) == Task::numbers || options.failure || options.loss) return classes;
  for (const auto& name : {roles.label, roles.prediction})
    if (name) classes.push_back(*name);
  return classes;
}

std::vector<std::string> expressions_of(const ReadOptions& options, const Roles& roles) {
  std::vector<std::string> expressions;
  if (options.failure) expressions.push_back(*options.failure);
  if (options.loss && !roles.loss) expressions.push_back(*options.loss);
  return expressions;
}

Result<SettledRoles> settle_roles(std::span<const NamedColumn> columns, const RoleNames& named,
                                  const std::optional<std::string>& loss) {
  return Settling(columns, named).settle(loss);
}

}  // namespace errata::table
