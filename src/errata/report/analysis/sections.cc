#include "errata/report/analysis/sections.h"

#include <fmt/format.h>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/predicate_words.h"

namespace errata::report {

std::string conjunction_html(const std::vector<table::Predicate>& where) {
  std::string html;
  for (const table::Predicate& predicate : where) {
    if (!html.empty()) html += " <span class=\"and\">and</span> ";
    html += marked_up(words_of(predicate));
  }
  return html;
}

std::string file_list(const slice::Analysis& analysis) {
  if (analysis.files.size() == 1) return plain_text(analysis.files.front(), kLongText);
  if (analysis.files.empty()) return "a prediction log";
  return fmt::format("{} and {} more", plain_text(analysis.files.front(), kLongText), analysis.files.size() - 1);
}

}  // namespace errata::report
