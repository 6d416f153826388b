#include <fmt/format.h>

#include "errata/checklist/reading.h"
#include "errata/report/checklist/sections.h"
#include "errata/report/checklist/words.h"
#include "errata/report/kit/html.h"

namespace errata::report {

std::string reading_section(const std::vector<checklist::Reading>& readings) {
  std::string html = "<section id=\"reading\"><h2>Reading at an equal budget</h2>\n";
  for (const checklist::Reading& reading : readings)
    html += fmt::format("<h3>By relevance of “{}”</h3>\n<p class=\"soft\">{}</p>\n{}<p>{}</p>\n",
                        escape_html(plain_text(reading.relevance)), escape_html(reading_words(reading)),
                        figures_table(reading.contenders), escape_html(reading_goal_words(reading)));
  return html + "</section>\n";
}

}  // namespace errata::report
