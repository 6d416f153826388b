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

/// A picture's patches as cells of text, a character twice as high as wide.
class CellMap {
 public:
  CellMap(const relevance::PatchGrid& grid, std::size_t width)
      : grid_(grid),
        columns_(std::min({kMapColumns, width, grid.columns() * 2})),
        rows_(std::clamp<std::size_t>(columns_ * grid.rows() / (2 * grid.columns()), 1, kMapRows)) {}

  [[nodiscard]] std::size_t count() const { return rows_ * columns_; }
  /// Calls use(cell) for each cell that a patch lies in.
  void each_cell(std::uint32_t patch, auto use) const {
    const std::size_t row = grid_.row_of(patch) * rows_ / grid_.rows();
    const std::size_t first = grid_.column_of(patch) * columns_ / grid_.columns();
    const std::size_t end = std::max(first + 1, (grid_.column_of(patch) + 1) * columns_ / grid_.columns());
    for (std::size_t column = first; column < end; ++column) use(row * columns_ + column);
  }
  /// Tokens that fall into each cell.
  [[nodiscard]] std::vector<double> tokens(const Allocation& allocation) const {
    std::vector<double> tokens(count());
    for (std::size_t i = 0; i < allocation.positions.size(); ++i)
      each_cell(allocation.positions[i],
                [&](std::size_t c) { tokens[c] += static_cast<double>(allocation.budgets[i]); });
    return tokens;
  }
  /// Lines of text. @param sign  of a cell
  [[nodiscard]] std::vector<std::string> lines(auto sign) const {
    std::vector<std::string> lines(rows_);
    for (std::size_t c = 0; c < count(); ++c) lines[c / columns_] += sign(c);
    return lines;
  }

 private:
  const relevance::PatchGrid& grid_;
  std::size_t columns_, rows_;
};

/// Share of the tokens in each cell of a map, drawn as shades.
std::vector<std::string> map_lines(const Allocation& allocation, std::size_t width) {
  const CellMap map(allocation.grid, width);
  std::vector<double> patches(map.count()), shares = map.tokens(allocation);
  for (std::uint32_t patch = 0; patch < allocation.grid.count(); ++patch)
    map.each_cell(patch, [&](std::size_t c) { patches[c] += 1; });
  for (std::size_t c = 0; c < shares.size(); ++c) shares[c] /= std::max(patches[c], 1.0);
  const double most = std::ranges::max(shares);
  constexpr std::array<std::string_view, 5> kShades{"·", "░", "▒", "▓", "█"};
  return map.lines([&](std::size_t c) {
    const double share = most > 0 ? shares[c] / most : 0;
    return kShades[static_cast<std::size_t>(std::ceil(share * (kShades.size() - 1)))];
  });
}

/// Which fixation put the most tokens into each cell: 1 to 9, then letters.
std::vector<std::string> fixation_lines(const relevance::ImageAllocation& made, std::size_t width) {
  constexpr std::string_view kSigns = "123456789abcdefghijklmnopqrstuvwxyz";
  const CellMap map(made.allocated.allocation.grid, width);
  std::vector<double> most(map.count());
  std::vector<std::string> signs(map.count(), "·");
  std::size_t number = 0;
  for (const Allocation& fixation : made.fixations()) {
    const std::vector<double> tokens = map.tokens(fixation);
    for (std::size_t c = 0; c < tokens.size(); ++c) {
      if (tokens[c] <= most[c]) continue;
      most[c] = tokens[c];
      signs[c] = number < kSigns.size() ? kSigns.substr(number, 1) : "+";
    }
    ++number;
  }
  return map.lines([&](std::size_t c) { return signs[c]; });
}

void write_fixations(const relevance::ImageAllocation& made, TerminalText& out) {
  if (made.later.empty()) return;
  out.heading(fixations_headline(made));
  std::size_t number = 0;
  for (const Allocation& fixation : made.fixations()) out.item("- ", fixation_words(made, ++number, fixation));
  out.blank();
  for (const std::string& line : fixation_lines(made, out.width())) out.paragraph(line);
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
  write_fixations(made, out);
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
  if (made.unlike_not_told) out.lines("How that was decided", {no_unlike_words(made.encoder)});
  out.lines("Warnings", made.warnings);
  return out.take();
}

}  // namespace errata::report
