#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace errata::report {

inline constexpr std::size_t kLeastWidth = 60;
/// A narrower terminal has no room for every column.
inline constexpr std::size_t kWholeWidth = 80;
/// Longest text of the log (a rule, a file name, a warning) that a terminal or a sentence shows in full.
inline constexpr std::size_t kLongLine = 400;

struct TerminalOptions {
  bool colour = false;     ///< ANSI colours; for terminals only
  std::size_t width = 80;  ///< columns, at least kLeastWidth; no line is wider
};

enum class Ink : std::uint8_t { plain, bold, soft, alert, good, heading };

/// One cell of a table and how it stands in its column.
struct Cell {
  std::string text;
  Ink ink = Ink::plain;
};

enum class Align : std::uint8_t { left, right };
struct TableColumn {
  std::string title;
  Align align = Align::right;
  bool wraps = false;  ///< takes the room that the others leave, its text on as many lines as it needs; one a table
};

/// Text for a terminal of a known width, built up paragraph by paragraph.
class TerminalText {
 public:
  explicit TerminalText(const TerminalOptions& options)
      : colour_(options.colour), width_(std::max(options.width, kLeastWidth)) {}

  [[nodiscard]] std::size_t width() const { return width_; }

  /// An empty line and a heading.
  void heading(std::string_view text);
  /// Text wrapped to the width, every line behind `indent` spaces.
  void paragraph(std::string_view text, Ink ink = Ink::plain, std::size_t indent = 0);
  /// A paragraph whose first line begins with `mark` and whose other lines stand under its text.
  void item(std::string_view mark, std::string_view text, Ink ink = Ink::plain, std::size_t indent = 0);
  /// The heading and the first eight lines as items of a list; nothing without lines.
  void lines(std::string_view heading, const std::vector<std::string>& lines);
  /// How many of `all` are not among those shown; nothing when none is.
  void more(std::size_t shown, std::size_t all);
  void blank() { text_ += '\n'; }
  /// Columns two spaces apart, rows of cells of columns.size(); soft notes may follow a row.
  struct Row {
    std::vector<Cell> cells;
    std::vector<std::string> notes;  ///< under the row, in the column that wraps
  };
  void table(const std::vector<TableColumn>& columns, const std::vector<Row>& rows);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  [[nodiscard]] std::string inked(std::string_view text, Ink ink) const;
  void line(std::string text);
  bool colour_;
  std::size_t width_;
  std::string text_;
};

}  // namespace errata::report
