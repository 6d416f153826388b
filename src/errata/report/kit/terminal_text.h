#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace errata::report {

struct TerminalOptions {
  bool colour = false;     ///< ANSI colours; for terminals only
  std::size_t width = 80;  ///< columns, at least 60; no line is wider
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
  TerminalText(bool colour, std::size_t width) : colour_(colour), width_(width) {}

  /// An empty line and a heading.
  void heading(std::string_view text);
  /// Text wrapped to the width, every line behind `indent` spaces.
  void paragraph(std::string_view text, Ink ink = Ink::plain, std::size_t indent = 0);
  /// A paragraph whose first line begins with `mark` and whose other lines stand under its text.
  void item(std::string_view mark, std::string_view text, Ink ink = Ink::plain, std::size_t indent = 0);
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
