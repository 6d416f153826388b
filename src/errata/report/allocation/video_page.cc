// The page of a video. Its frames stand in it as small JPEGs, what is funded lies over them as drawings.
#include "errata/report/allocation/video_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "errata/image/picture.h"
#include "errata/report/allocation/charts.h"
#include "errata/report/allocation/json.h"
#include "errata/report/allocation/page_parts.h"
#include "errata/report/allocation/words.h"
#include "errata/report/kit/data_uri.h"
#include "errata/report/kit/html.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/shell.h"

namespace errata::report {
namespace {

using relevance::ShownFrame;
using relevance::VideoAllocation;
using relevance::VideoSummary;

constexpr std::size_t kListedContexts = 50;

std::string video_header(const VideoSummary& summary) {
  const std::string tiles =
      "<dl class=\"tiles\">" +
      tile_html("Frames", count_text(summary.frames), fmt::format("{} × {} pixels", summary.width, summary.height)) +
      tile_html("Tokens", count_text(summary.tokens), "of all frames") +
      tile_html("Most in a frame", count_text(summary.most_tokens),
                fmt::format("of {}", count_text(summary.options.limits.total))) +
      tile_html("Contexts", count_text(summary.contexts.size()), "scenes told apart") + "</dl>\n";
  return fmt::format(
      "<header><p class=\"source\">{}</p><h1>{} in {}: {} in all</h1><p class=\"lead\">{}</p>\n{}{}</header>\n",
      escape_html(plain_text(summary.video, kLongText)), counted(summary.frames, "frame", "frames"),
      counted(summary.contexts.size(), "context", "contexts"), counted(summary.tokens, "token", "tokens"),
      summary.query.empty() ? "Nothing was asked for."
                            : "Asked: " + escape_html(plain_text("“" + summary.query + "”", kLongText)),
      tiles, warnings_html(summary.warnings));
}

std::string course_section(const std::vector<Chart>& charts) {
  return "<section id=\"course\"><h2>Over time</h2>\n" + charts_html(charts, "course") + "</section>\n";
}

Result<std::string> frame_html(const ShownFrame& frame) {
  ERRATA_ASSIGN(const std::string content, image::jpeg_content(frame.picture));
  const auto& grid = frame.allocation.grid;
  const PanelPicture picture{.id = fmt::format("frame-{}", frame.number),
                             .height = grid.height,
                             .width = grid.width,
                             .unit = relevance::kPatch,
                             .uri = data_uri("image/jpeg", content)};
  const std::string title =
      fmt::format("{:.2f} s, frame {}: {} by {}{}", frame.seconds, count_text(frame.number),
                  counted(frame.allocation.tokens(), "token", "tokens"), relevance::name_of(frame.strategy),
                  frame.begins_context ? "; a context begins" : "");
  return panels_html(picture, {{.title = title,
                                .words = "The frame with frames around the patches that are funded: " + title,
                                .veiled = true,
                                .parts = funded_parts(frame.allocation)}});
}

Result<std::string> frames_section(const VideoAllocation& made) {
  std::string html = "<section id=\"frames\"><h2>Some of its frames</h2>\n";
  for (const ShownFrame& frame : made.course.shown()) {
    ERRATA_ASSIGN(const std::string one, frame_html(frame));
    html += one;
  }
  return html + frame_colours_html("the least tokens in a frame", "the most in it") + "</section>\n";
}

std::string video_figures(const VideoSummary& summary) {
  std::string html = "<section id=\"method\"><h2>Figures</h2>\n<dl class=\"facts\">";
  html += fact("Query and frames related by",
               summary.encoder.empty() ? std::string("nothing") : escape_html(plain_text(summary.encoder)));
  const auto& limits = summary.options.limits;
  html += fact("Budget of a frame",
               fmt::format("{}: {} to {} tokens a patch, {} in all", relevance::name_of(summary.options.rule),
                           count_text(limits.least), count_text(limits.most), count_text(limits.total)));
  for (const auto& [strategy, frames] : summary.strategies)
    html += fact(fmt::format("Strategy {}", relevance::name_of(strategy)), counted(frames, "frame", "frames"));
  if (summary.unlike_not_told) html += fact("Guards", escape_html(no_unlike_words(summary.encoder)));
  std::string times;
  for (std::size_t i = 0; i < std::min(kListedContexts, summary.contexts.size()); ++i)
    times += fmt::format("{}{:.2f} s", i == 0 ? "" : ", ", summary.contexts[i]);
  if (summary.contexts.size() > kListedContexts)
    times += fmt::format(" and {} more", count_text(summary.contexts.size() - kListedContexts));
  if (!times.empty()) html += fact("Contexts begin at", times);
  return html + "</dl></section>\n";
}

}  // namespace

Result<std::string> video_page(const VideoAllocation& made) {
  const std::vector<Chart> charts = video_charts(made);
  const bool has_frames = !made.course.shown().empty();
  ERRATA_ASSIGN(const std::string frames, has_frames ? frames_section(made) : std::string());
  return page_html({.title = "Errata allocation: " + plain_text(made.summary.video),
                    .contents = {{.there = !charts.empty(), .id = "course", .words = "Over time"},
                                 {.there = has_frames, .id = "frames", .words = "Some of its frames"},
                                 {.id = "method", .words = "Figures"}},
                    .main = video_header(made.summary) + (charts.empty() ? std::string() : course_section(charts)) +
                            frames + video_figures(made.summary),
                    .charts = charts,
                    .data_id = "allocation",
                    .data = video_json(made, -1)});
}

}  // namespace errata::report
