#include "errata/report/kit/terminal_text.h"

#include <algorithm>

#include "errata/base/error.h"
#include "errata/report/kit/numbers.h"
#include "errata/report/kit/utf8.h"

namespace errata::report {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastWrapWidth = 12;
constexpr std::size_t kLeastTextWidth = 8;
constexpr std::size_t kLines = 8;

std::string_view colour_code(Ink ink) {
  switch (ink) {
    case Ink::plain: return "";
    case Ink::bold: return "\x1b[1m";
    case Ink::soft: return "\x1b[2m";
    case Ink::alert: return "\x1b[1;31m";
    case Ink::good: return "\x1b[32m";
    case Ink::heading: return "\x1b[1;36m";
  }
  ERRATA_CHECK(false);
  return {};
}

/// Takes `excess` columns away from the texts, the widest first; numbers are never cut.
void narrow(const std::vector<TableColumn>& columns, std::vector<std::size_t>& widths, std::size_t excess) {
  while (excess > 0) {
    std::size_t widest = columns.size();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const bool is_text = columns[c].align == Align::left && !columns[c].wraps && widths[c] > kLeastTextWidth;
      if (is_text && (widest == columns.size() || widths[c] > widths[widest])) widest = c;
    }
    if (widest == columns.size()) return;
    --widths[widest];
    --excess;
  }
}

/// Width of each column: what its cells need, and for the wrapping one what is left.
std::vector<std::size_t> column_widths(const std::vector<TableColumn>& columns,
                                       const std::vector<TerminalText::Row>& rows, std::size_t width) {
  std::vector<std::size_t> widths;
  std::size_t wrapping = columns.size();
  std::size_t taken = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::size_t widest = display_width(columns[c].title);
    for (const TerminalText::Row& row : rows) widest = std::max(widest, display_width(row.cells[c].text));
    widths.push_back(widest);
    if (columns[c].wraps) {
      wrapping = c;
    } else {
      taken += widest;
    }
  }
  taken += kGap * (columns.size() - 1);
  if (wrapping < columns.size()) {
    const std::size_t left = std::max(width > taken ? width - taken : 0, kLeastWrapWidth);
    widths[wrapping] = std::min(widths[wrapping], left);
    taken += widths[wrapping];
  }
  if (taken > width) narrow(columns, widths, taken - width);
  return widths;
}

}  // namespace

std::string TerminalText::inked(std::string_view text, Ink ink) const {
  if (!colour_ || ink == Ink::plain || text.empty()) return std::string(text);
  return std::string(colour_code(ink)) + std::string(text) + "\x1b[0m";
}

void TerminalText::line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text_ += text;
  text_ += '\n';
}

void TerminalText::heading(std::string_view text) {
  blank();
  paragraph(text, Ink::heading);
}

void TerminalText::paragraph(std::string_view text, Ink ink, std::size_t indent) { item("", text, ink, indent); }

void TerminalText::item(std::string_view mark, std::string_view text, Ink ink, std::size_t indent) {
  const std::size_t before = indent + display_width(mark);
  bool first = true;
  for (const std::string& wrapped : wrap(text, width_ - std::min(before, width_ - kLeastWrapWidth))) {
    const std::string margin = first ? std::string(indent, ' ') + std::string(mark) : std::string(before, ' ');
    line(margin + inked(wrapped, ink));
    first = false;
  }
}

void TerminalText::lines(std::string_view heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  this->heading(heading);
  const std::size_t shown = std::min(lines.size(), kLines);
  for (std::size_t i = 0; i < shown; ++i) item("- ", plain_text(lines[i], kLongLine));
  more(shown, lines.size());
}

void TerminalText::more(std::size_t shown, std::size_t all) {
  if (shown < all) paragraph(count_text(all - shown) + " more in the report.", Ink::soft);
}

void TerminalText::table(const std::vector<TableColumn>& columns, const std::vector<Row>& rows) {
  const std::vector<std::size_t> widths = column_widths(columns, rows, width_);
  const auto padded = [&](std::string_view text, std::size_t c) {
    return columns[c].align == Align::left ? pad_right(text, widths[c]) : pad_left(text, widths[c]);
  };
  std::string titles;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    titles += std::string(c > 0 ? kGap : 0, ' ') + inked(padded(columns[c].title, c), Ink::soft);
  }
  line(std::move(titles));

  for (const Row& row : rows) {
    std::vector<std::vector<std::string>> lines;
    std::size_t height = 1;
    std::size_t wrapping = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      lines.push_back(columns[c].wraps ? wrap(row.cells[c].text, widths[c])
                                       : std::vector{fit(row.cells[c].text, std::max<std::size_t>(widths[c], 1))});
      height = std::max(height, lines[c].size());
      if (columns[c].wraps) wrapping = c;
    }
    for (std::size_t l = 0; l < height; ++l) {
      std::string text;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const std::string_view part = l < lines[c].size() ? std::string_view(lines[c][l]) : std::string_view();
        text += std::string(c > 0 ? kGap : 0, ' ') + inked(padded(part, c), row.cells[c].ink);
      }
      line(std::move(text));
    }
    std::size_t margin = 0;
    for (std::size_t c = 0; c < wrapping; ++c) margin += widths[c] + kGap;
    for (const std::string& note : row.notes) paragraph(note, Ink::soft, margin);
  }
}

}  // namespace errata::report
