#include <fmt/format.h>

#include <algorithm>

#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/replay/sections.h"
#include "errata/report/replay/words.h"

namespace errata::report {

namespace {

constexpr std::size_t kStreamsShown = 12, kStreamsMost = 1000, kLongStreamName = 80;

std::string stream_row(const replay::StreamResult& stream, double accepted_fail) {
  const auto& policy = stream.policy;
  const double fail = rate_of(stream.failures, stream.evaluated - stream.without_outcome);
  const double accepted = rate_of(policy.accepted, policy.cases);
  const double of_these = rate_of(policy.accepted_failures, policy.accepted);
  return fmt::format("<tr{}><td class=\"where short\">{}</td>", of_these > accepted_fail ? " class=\"failing\"" : "",
                     escape_html(plain_text(stream.name, kLongStreamName))) +
         number_cell("evaluated", static_cast<double>(stream.evaluated), count_text(stream.evaluated)) +
         number_cell("failures", static_cast<double>(stream.failures), count_text(stream.failures)) +
         number_cell("fail", fail, percent_text(fail)) +
         number_cell("accepted", accepted,
                     fmt::format("{} ({})", count_text(policy.accepted), percent_text(accepted))) +
         number_cell("accepted fail", of_these, percent_text(of_these), " rate") +
         number_cell("regimes on", static_cast<double>(stream.regimes_on), count_text(stream.regimes_on),
                     stream.regimes_on > 0 ? " bad" : "") +
         number_cell("modes", static_cast<double>(stream.modes), count_text(stream.modes), " wide-only") + "</tr>\n";
}

std::string stream_table(const replay::Replay& replay, std::string_view id, std::size_t count) {
  const double accepted_fail = rate_of(replay.policy.accepted_failures, replay.policy.accepted);
  std::string html = fmt::format(
      "<div class=\"scroll\"><table id=\"{}\" class=\"sortable cards\"><thead><tr><th>{}</th>"
      "<th class=\"number\">Evaluated</th><th class=\"number\">Failures</th><th class=\"number\">Fail</th>"
      "<th class=\"number\">Accepted</th><th class=\"number\">Accepted that fail</th>"
      "<th class=\"number\">Regimes on</th><th class=\"number wide-only\">Modes</th></tr></thead><tbody>\n",
      id, escape_html(plain_text(replay.stream_column, kLongText)));
  for (std::size_t s = 0; s < count; ++s) html += stream_row(replay.streams[s], accepted_fail);
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string streams_section(const replay::Replay& replay) {
  const std::size_t all = replay.streams.size(), shown = std::min(all, kStreamsShown);
  std::string html =
      fmt::format("<section id=\"streams\"><h2>Streams</h2>\n<p>{}</p>\n", marked_up(streams_words(replay))) +
      stream_table(replay, "stream-table", shown);
  if (shown < all) {
    const std::size_t listed = std::min(all, kStreamsMost);
    html += fmt::format("<details><summary>{}</summary>{}</details>\n",
                        listed == all ? fmt::format("All {} streams", count_text(all))
                                      : fmt::format("The worst {} of {} streams; the JSON has all", count_text(listed),
                                                    count_text(all)),
                        stream_table(replay, "all-streams", listed));
  }
  return html + "</section>\n";
}

}  // namespace errata::report
