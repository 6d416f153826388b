#include "errata/report/allocation/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "errata/report/allocation/words.h"
#include "errata/report/kit/numbers.h"

namespace errata::report {
namespace {

using relevance::Allocation;

constexpr std::size_t kMapColumns = 64, kMapRows = 20;

/// Share of the tokens in each cell of a map, drawn as shades.
std::vector<std::string> map_lines(const Allocation& allocation, std::size_t width) {
  const auto& grid = allocation.grid;
  // A character is twice as high as wide.
  const std::size_t columns = std::min({kMapColumns, width, grid.columns() * 2});
  const std::size_t rows = std::clamp<std::size_t>(columns * grid.rows() / (2 * grid.columns()), 1, kMapRows);
  std::vector<double> tokens(rows * columns), patches(rows * columns);
  const auto cells_of = [&](std::uint32_t patch, auto use) {
    const std::size_t row = grid.row_of(patch) * rows / grid.rows();
    const std::size_t first = grid.column_of(patch) * columns / grid.columns();
    const std::size_t end = std::max(first + 1, (grid.column_of(patch) + 1) * columns / grid.columns());
    for (std::size_t column = first; column < end; ++column) use(row * columns + column);
  };
  for (std::uint32_t patch = 0; patch < grid.count(); ++patch) cells_of(patch, [&](std::size_t c) { patches[c] += 1; });
  for (std::size_t i = 0; i < allocation.positions.size(); ++i)
    cells_of(allocation.positions[i], [&](std::size_t c) { tokens[c] += static_cast<double>(allocation.budgets[i]); });
  double most = 0;
  for (std::size_t c = 0; c < tokens.size(); ++c) most = std::max(most, tokens[c] / std::max(patches[c], 1.0));
  constexpr std::array<std::string_view, 5> kShades{"·", "░", "▒", "▓", "█"};
  std::vector<std::string> lines(rows);
  for (std::size_t c = 0; c < tokens.size(); ++c) {
    const double share = most > 0 ? tokens[c] / std::max(patches[c], 1.0) / most : 0;
    lines[c / columns] += kShades[static_cast<std::size_t>(std::ceil(share * (kShades.size() - 1)))];
  }
  return lines;
}

void write_how(const relevance::ImageAllocation& made, TerminalText& out) {
  out.heading("How that was decided");
  for (const DecisionWords& line : decision_words(made))
    out.item("- ", line.words, line.alert ? Ink::alert : Ink::plain);
}

}  // namespace

std::string allocation_terminal(const relevance::ImageAllocation& made, const TerminalOptions& options) {
  TerminalText out(options);
  const auto& grid = made.allocated.allocation.grid;
  out.paragraph(fmt::format("{}: {} x {} pixels, {} x {} patches", plain_text(made.image, kLongLine), grid.width,
                            grid.height, grid.columns(), grid.rows()),
                Ink::bold);
  if (!made.query.empty()) out.paragraph(fmt::format("\"{}\"", plain_text(made.query, kLongLine)));
  out.blank();
  out.paragraph(allocation_headline(made) + ".", Ink::bold);
  out.blank();
  for (const std::string& line : map_lines(made.allocated.allocation, out.width())) out.paragraph(line);
  write_how(made, out);
  out.lines("Warnings", made.warnings);
  return out.take();
}

std::string video_terminal(const relevance::VideoSummary& made, const TerminalOptions& options) {
  TerminalText out(options);
  out.paragraph(fmt::format("{}: {} of {} x {} pixels", plain_text(made.video, kLongLine),
                            counted(made.frames, "frame", "frames"), made.width, made.height),
                Ink::bold);
  if (!made.query.empty()) out.paragraph(fmt::format("\"{}\"", plain_text(made.query, kLongLine)));
  out.blank();
  out.paragraph(fmt::format("{} in all, at most {} a frame of {} allowed; {}.", counted(made.tokens, "token", "tokens"),
                            count_text(made.most_tokens), count_text(made.options.limits.total),
                            counted(made.contexts.size(), "context", "contexts")),
                Ink::bold);
  std::vector<std::string> lines;
  for (const double seconds : made.contexts) lines.push_back(fmt::format("at {:.2f} s", seconds));
  out.lines("Contexts begin", lines);
  lines.clear();
  for (const auto& [strategy, frames] : made.strategies)
    lines.push_back(fmt::format("{} in {}", relevance::name_of(strategy), counted(frames, "frame", "frames")));
  out.lines("Strategies", lines);
  out.lines("Warnings", made.warnings);
  return out.take();
}

}  // namespace errata::report
