#include <fmt/format.h>

#include <algorithm>

#include "errata/report/analysis/sections.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {

namespace {

std::string named_role(const table::Roles& roles, const char* role, const std::optional<std::string>& column) {
  if (!column) return {};
  const bool guessed = std::ranges::find(roles.guessed, role) != roles.guessed.end();
  return fact(role, fmt::format("<span class=\"name\">{}</span>{}", escape_html(plain_text(*column)),
                                guessed ? " <span class=\"soft\">guessed from its name</span>" : ""));
}

std::string name_list(const std::vector<std::string>& names) {
  constexpr std::size_t kNamesTold = 40;
  std::string html;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesTold); ++i) {
    html += fmt::format("{}<span class=\"name\">{}</span>", i > 0 ? ", " : "", escape_html(plain_text(names[i])));
  }
  if (names.size() > kNamesTold) html += fmt::format(" and {} more", names.size() - kNamesTold);
  return html;
}

}  // namespace

std::string method_section(const slice::Analysis& analysis) {
  const slice::ConfirmOptions& confirm = analysis.options.confirm;
  const table::Roles& roles = analysis.roles;
  std::string html = "<section id=\"method\"><h2>How this was found</h2>\n<dl class=\"facts\">";
  html += fact("A failure is", escape_html(plain_text(analysis.rule.words, kLongText)));
  if (!analysis.rule.sql.empty())
    html += fact("as SQL", fmt::format("<code>{}</code>", escape_html(analysis.rule.sql)));
  html += named_role(roles, "label", roles.label) + named_role(roles, "prediction", roles.prediction) +
          named_role(roles, "score", roles.score) + fact("scores", name_list(roles.scores)) +
          named_role(roles, "time", roles.time) + named_role(roles, "stream", roles.stream) +
          named_role(roles, "id", roles.id) + named_role(roles, "weight", roles.weight) +
          named_role(roles, "loss", roles.loss) + fact("features", name_list(roles.features)) +
          fact("ignored", name_list(roles.ignored));
  html += fact("Search", fmt::format("every conjunction of up to {} on {} or more cases, ranked by {}, nothing sampled",
                                     counted(confirm.search.max_predicates, "predicate", "predicates"),
                                     count_text(analysis.top.min_support_rows),
                                     escape_html(slice::name_of(confirm.search.rank))));
  html += fact("Confirmation", fmt::format("{}, exact one-sided test, Benjamini–Hochberg at {}, seed {}",
                                           escape_html(split_words(analysis)), level_text(confirm.fdr), confirm.seed));
  if (analysis.roles.score || !analysis.roles.scores.empty()) {
    html += fact("Expected failures",
                 "the share that fails among other cases of like confidence and prediction (isotonic regression in ten "
                 "folds); two-sided Poisson binomial test on the held-out cases, Benjamini–Hochberg");
  }
  return html + "</dl></section>\n";
}

}  // namespace errata::report
