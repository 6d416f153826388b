// The layout of a text file, from its first lines.
//
// Every combination of a delimiter and a way to quote splits the same lines into records. The right one is that under
// which the header has several names and nearly all records as many fields; one line that was cut off, or a text with a
// stray quote, does not change which that is, so that the fault is told by its line and not by a layout that fits
// nothing.
#include "errata/table/text_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "errata/table/text.h"

namespace errata::table {
namespace {

constexpr std::array<char, 5> kDelimiters{',', ';', '\t', '|', ':'};
constexpr std::array<std::pair<char, char>, 4> kQuotes{{{'"', '"'}, {'"', '\\'}, {'\0', '\0'}, {'\'', '\''}}};

using Record = std::vector<std::string>;

bool is_blank(char c, char delimiter) { return (c == ' ' || c == '\t') && c != delimiter; }

/// Splits lines into records; a quoted field may go over several lines.
class Records {
 public:
  Records(std::span<const std::string> lines, const TextDialect& dialect) : lines_(lines), dialect_(dialect) {}

  /// The next record that is not blank; nothing at the end. One that breaks the rules of quoting has no field.
  std::optional<Record> next() {
    while (line_ < lines_.size() && trimmed(lines_[line_]).empty()) ++line_;
    if (line_ >= lines_.size()) return std::nullopt;
    Record record;
    at_ = 0;
    bool sound = true;
    do {
      sound = add_field(record);
    } while (sound && at_ != kEndOfLine);
    ++line_;
    if (!sound) record.clear();
    return record;
  }

 private:
  static constexpr std::size_t kEndOfLine = std::string::npos;

  /// Adds the field at at_ and leaves at_ behind its delimiter, or at the end of the line.
  bool add_field(Record& record) {
    std::size_t begin = at_;
    while (begin < lines_[line_].size() && is_blank(lines_[line_][begin], dialect_.delimiter)) ++begin;
    const bool quoted =
        dialect_.quote != '\0' && begin < lines_[line_].size() && lines_[line_][begin] == dialect_.quote;
    if (quoted) return add_quoted(record, begin + 1);
    const std::size_t end = lines_[line_].find(dialect_.delimiter, at_);
    record.push_back(lines_[line_].substr(at_, end == kEndOfLine ? end : end - at_));
    at_ = end == kEndOfLine ? end : end + 1;
    return true;
  }

  bool add_quoted(Record& record, std::size_t at) {
    std::string field;
    const std::size_t opened = line_;
    for (;; ++at) {
      if (at >= lines_[line_].size()) {
        if (line_ + 1 == lines_.size()) {
          line_ = opened;
          return false;
        }
        ++line_;
        at = kEndOfLine;  // before the first character of the next line
        field += '\n';
        continue;
      }
      const std::string& line = lines_[line_];
      const bool escaped = line[at] == dialect_.escape && at + 1 < line.size() && line[at + 1] == dialect_.quote;
      if (escaped) ++at;
      if (!escaped && line[at] == dialect_.quote) break;
      field += line[at];
    }
    record.push_back(std::move(field));
    ++at;
    while (at < lines_[line_].size() && is_blank(lines_[line_][at], dialect_.delimiter)) ++at;
    if (at >= lines_[line_].size()) {
      at_ = kEndOfLine;
      return true;
    }
    at_ = at + 1;
    return lines_[line_][at] == dialect_.delimiter;
  }

  std::span<const std::string> lines_;
  const TextDialect& dialect_;
  std::size_t line_ = 0;
  std::size_t at_ = 0;
};

/// How well a layout fits: the share of records as wide as the header, which has at least two names, then its width.
using Fit = std::tuple<double, std::size_t>;

Fit fit_of(std::span<const std::string> lines, const TextDialect& dialect) {
  Records records(lines, dialect);
  const auto header = records.next();
  if (!header || header->size() < 2) return {0, 0};
  std::size_t all = 0, wide = 0;
  while (const auto record = records.next()) {
    ++all;
    const bool ends_in_delimiter = record->size() == header->size() + 1 && record->back().empty();
    wide += record->size() == header->size() || ends_in_delimiter ? 1U : 0U;
  }
  // A little for a header without any record, so that it is not taken for one name.
  return {all == 0 ? .01 : .01 + static_cast<double>(wide) / static_cast<double>(all), header->size()};
}

TextDialect best_fit(std::span<const std::string> lines, std::optional<char> delimiter) {
  TextDialect best{.delimiter = delimiter.value_or(',')};
  Fit best_fit{0, 0};
  for (const char candidate : kDelimiters) {
    if (delimiter && candidate != kDelimiters.front()) break;
    for (const auto& [quote, escape] : kQuotes) {
      const TextDialect dialect{.delimiter = delimiter.value_or(candidate), .quote = quote, .escape = escape};
      const Fit fit = fit_of(lines, dialect);
      if (fit <= best_fit) continue;
      best_fit = fit;
      best = dialect;
    }
  }
  return best;
}

bool is_number(std::string_view text) {
  text = trimmed(text);
  return !text.empty() && text.find_first_not_of("0123456789.,+-eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

/// Whether the line after comments is a header: comments then end before it, though they may hold delimiters.
bool names_columns(const std::string& line, const TextDialect& dialect) {
  Records records(std::span(&line, 1), dialect);
  const auto fields = records.next();
  return fields && !fields->empty() && std::ranges::none_of(*fields, is_number);
}

/// The line that names the columns: blank lines and comments before it are passed over, unless the only line that
/// could name them begins with the sign of a comment.
std::size_t header_line(std::span<const std::string> lines, std::optional<char> delimiter) {
  std::size_t first = 0;
  while (first < lines.size() && trimmed(lines[first]).empty()) ++first;
  std::size_t after = first;
  while (after < lines.size() && (trimmed(lines[after]).empty() || trimmed(lines[after]).starts_with('#'))) ++after;
  if (after == first || after >= lines.size()) return first;
  const TextDialect dialect = best_fit(lines.subspan(after), delimiter);
  std::size_t comment = after - 1;
  while (trimmed(lines[comment]).empty()) --comment;
  Records above(lines.subspan(comment, 1), dialect);
  Records below(lines.subspan(after, 1), dialect);
  const auto named = above.next(), rest = below.next();
  const bool as_wide = named && rest && named->size() == rest->size() && rest->size() > 1;
  return as_wide && !names_columns(lines[after], dialect) ? comment : after;
}

void name_columns(const Record& header, TextDialect& dialect) {
  std::set<std::string> taken;
  for (const std::string& field : header) taken.insert(folded(trimmed(field)));
  std::set<std::string> used;
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::string name(trimmed(header[i]));
    if (name.empty()) {
      ++dialect.unnamed;
      name = fmt::format("column{}", i);
    }
    if (!used.insert(folded(name)).second) {
      std::string other = name;
      for (std::size_t k = 1; taken.contains(folded(other)) || used.contains(folded(other)); ++k)
        other = fmt::format("{}_{}", name, k);
      used.insert(folded(other));
      dialect.repeated.emplace_back(std::exchange(name, other), other);
    }
    dialect.names.push_back(std::move(name));
  }
}

}  // namespace

TextDialect find_dialect(std::span<const std::string> lines, std::optional<char> delimiter) {
  std::size_t declared = 0;  // Excel's first line "sep=;"
  if (!lines.empty() && lines[0].size() == 5 && lines[0].starts_with("sep=")) {
    if (!delimiter) delimiter = lines[0].back();
    declared = 1;
  }
  const std::size_t skipped = declared + header_line(lines.subspan(declared), delimiter);
  TextDialect dialect = best_fit(lines.subspan(skipped), delimiter);
  dialect.skipped = skipped;
  const auto header = Records(lines.subspan(skipped), dialect).next();
  if (header) name_columns(header->empty() ? Record{lines[skipped]} : *header, dialect);
  return dialect;
}

}  // namespace errata::table
