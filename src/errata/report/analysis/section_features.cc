#include <fmt/format.h>

#include "errata/report/analysis/figures.h"
#include "errata/report/analysis/sections.h"
#include "errata/report/analysis/words.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"

namespace errata::report {

namespace {

std::string tree_html(const slice::ErrorTree& tree, int index, const std::string& condition, double whole) {
  const slice::TreeNode& node = tree.nodes[static_cast<std::size_t>(index)];
  const bool leaf = !node.split;
  std::string html = fmt::format("<li><span class=\"{}{}\">{}: {} of {} fail</span>", leaf ? "leaf" : "",
                                 leaf && node.interval.low > whole ? " bad" : "", condition, percent_text(node.rate),
                                 counted(node.n, "case", "cases"));
  if (!leaf) {
    const std::string yes = marked_up(words_of(*node.split));
    html += "<ul>" + tree_html(tree, node.yes, yes, whole) + tree_html(tree, node.no, "otherwise", whole) + "</ul>";
  }
  return html + "</li>";
}

}  // namespace

std::string features_section(const slice::Analysis& analysis, const std::vector<Chart>& charts) {
  std::string html = "<section id=\"features\"><h2>What goes with failure</h2>\n" + charts_html(charts, "features");
  if (const std::string small = charts_html(charts, "each_feature"); !small.empty()) {
    html += fmt::format("<h3>{} in each part of the features that go most with it</h3><div class=\"small\">{}</div>\n",
                        by_loss(analysis) ? "Mean loss" : "Failure rate", small);
  }
  html += charts_html(charts, "two_features");
  if (analysis.tree && analysis.tree->nodes.size() > 1) {
    html += "<h3>Error map</h3><p class=\"soft\">The best tree of at most " +
            fmt::format("{} splits a path, found exactly, not greedily.</p><ul class=\"tree\">{}</ul>\n",
                        analysis.tree->depth, tree_html(*analysis.tree, 0, "all cases", whole_failure_rate(analysis)));
  }
  if (!analysis.singles.empty()) {
    html += "<div class=\"script-only\"><h3>Every part of every feature</h3></div>" +
            filter_html("singles", "Filter, e.g. age") +
            fmt::format(
                "<div class=\"scroll script-only\"><table id=\"singles\" class=\"sortable cards\"><thead><tr><th>Cases "
                "with</th><th class=\"number\">{}</th><th class=\"number\">× rest</th><th "
                "class=\"number\">Cases</th><th class=\"number\">Of failures</th><th class=\"number\" "
                "data-first=\"ascending\">Adjusted p</th></tr></thead><tbody></tbody></table></div>\n",
                by_loss(analysis) ? "Mean loss" : "Fail");
  }
  return html + "</section>\n";
}

}  // namespace errata::report
