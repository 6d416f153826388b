// Values far down in a file that do not fit what its first lines said.
//
// A reader of numbers takes 01 for 1, 0x2A for 42, 1E5 for 100000 and rounds 1.5 among whole numbers, without a word.
// To see how each value is written, the file is split into fields once more. 64 bytes become one bit each in a few
// words: the ends of fields, what is no digit, what is no sign of a number at all, and zeros that lead. The fields of a
// block are then walked from end to end, and of nearly all the bits between two ends say that they fit. All others are
// shown to a TextSurvey of their own. Where a quote stands, the record is gone through byte by byte.
#include "errata/table/late_values.h"

#include <algorithm>
#include <bit>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "errata/table/text.h"

namespace errata::table {
namespace {

constexpr std::size_t kMostWholeDigits = 18;
constexpr std::size_t kMostRecord = 2'000'000;
constexpr std::ptrdiff_t kGlance = 64;

bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Which of 64 bytes are what: bit i of a word is byte i.
struct Block {
  std::uint64_t ends = 0, digits = 0, zeros = 0, points = 0, minus = 0, quotes = 0;
};

#ifdef __SSE2__
Block block_at(const char* at, char delimiter, char quote) {
  Block block;
  for (int part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + std::ptrdiff_t{16} * part));
    const auto bits = [&](__m128i hits) {
      return std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(hits))} << (16 * part);
    };
    const auto equal = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const __m128i above_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    block.digits |= bits(_mm_cmpeq_epi8(_mm_min_epu8(above_zero, _mm_set1_epi8(9)), above_zero));
    block.ends |= bits(_mm_or_si128(equal(delimiter), _mm_or_si128(equal('\n'), equal('\r'))));
    block.zeros |= bits(equal('0'));
    block.points |= bits(equal('.'));
    block.minus |= bits(equal('-'));
    block.quotes |= bits(equal(quote));
  }
  return block;
}
#else
Block block_at(const char* at, char delimiter, char quote) {
  Block block;
  for (std::ptrdiff_t i = 0; i < kGlance; ++i) {
    const auto bit = [&](bool is) { return std::uint64_t{is} << i; };
    const char c = at[i];
    block.digits |= bit(is_digit(c));
    block.ends |= bit(c == delimiter || is_line_end(c));
    block.zeros |= bit(c == '0');
    block.points |= bit(c == '.');
    block.minus |= bit(c == '-');
    block.quotes |= bit(c == quote);
  }
  return block;
}
#endif

/// A number that is written as a reading says, and in no other way.
std::string_view model_of(const TextReading& reading) {
  if (reading.percent) return reading.decimal == ',' ? "0,5%" : reading.grouping == ',' ? "1,234.5%" : "0.5%";
  return reading.decimal == ',' ? "0,5" : reading.grouping == ',' ? "1,234.5" : "0.5";
}

/// 0.12345678901234567, as programs write doubles: too long to be seen as a number at a glance.
bool looks_like_a_fraction(const TextReading& reading, std::string_view text) {
  if (reading.kind != TextKind::number || reading.decimal != '.' || reading.grouping != '\0' || reading.percent)
    return false;
  if (text.front() == '-') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  return point != std::string_view::npos && point > 0 && (point == 1 || text.front() != '0') &&
         std::ranges::all_of(text.substr(0, point), is_digit) && std::ranges::all_of(text.substr(point + 1), is_digit);
}

}  // namespace

LateValues::LateValues(const TextDialect& dialect, std::vector<TextReading> readings,
                       const TextConventions& conventions)
    : dialect_(dialect), readings_(std::move(readings)), conventions_(&conventions), misfits_(readings_.size()) {
  for (const TextReading& reading : readings_) {
    const bool plain = reading.decimal == '.' && reading.grouping == '\0' && !reading.percent;
    const bool strict = reading.kind == TextKind::time && !reading.date_only;  // SQL reads it so, or tells
    looks_.push_back(reading.empty                               ? kClosely
                     : reading.kind == TextKind::text || strict  ? kNone
                     : reading.kind == TextKind::integer         ? kWhole
                     : reading.kind == TextKind::number && plain ? kNumber
                                                                 : kClosely);
  }
  for (const char c : {'\n', '\r', dialect.delimiter}) ends_[static_cast<unsigned char>(c)] = true;
}

void LateValues::add(std::string_view bytes) {
  rest_ += bytes;
  const char *begin = rest_.data(), *end = begin + rest_.size();
  const char* at = skip_lines(begin, end);
  if (skipped_ == dialect_.skipped) at = take_records(at, end);
  rest_.erase(0, static_cast<std::size_t>(at - begin));
  if (rest_.size() > 2 * kMostRecord) rest_.clear();  // a quote that does not end: the reader tells it
}

void LateValues::finish() { add("\n"); }

/// Passes over what stands before the header.
const char* LateValues::skip_lines(const char* at, const char* end) {
  while (skipped_ < dialect_.skipped) {
    const char* line_end = std::find_if(at, end, is_line_end);
    if (line_end + 1 >= end) break;  // a CR may be half of an end
    at = line_end + (line_end[0] == '\r' && line_end[1] == '\n' ? 2 : 1);
    ++skipped_;
  }
  return at;
}

/// @return where the first record begins that has not ended
const char* LateValues::take_records(const char* at, const char* end) {
  // The last end of a line: no field that is not quoted goes beyond it, so that the loops need not look for `end`.
  while (end > at && !is_line_end(end[-1])) --end;
  while (at < end) {
    const char* next = take_blocks(at, end);
    const char* record = next;  // or a later field of it, since column_ tells
    if (column_ == 0 && next < end && is_line_end(*next)) {
      at = next + 1;
      continue;
    }
    if (next == end) return end;
    next = take_record(next, end);
    if (next == nullptr) {
      looked_at_ = column_;
      column_ = 0;
      while (record > at && !is_line_end(record[-1])) --record;
      return record;
    }
    at = next;
    column_ = looked_at_ = 0;
    ++row_;
  }
  return at;
}

/// Takes the fields of whole blocks, as long as no quote comes.
/// @param at  where a record begins  @return where the field begins that was not taken, of column column_
const char* LateValues::take_blocks(const char* at, const char* end) {
  const char* begin = at;
  std::uint64_t starts = 1, minus_before = 0;  // for the first byte of the block
  unsigned signs = kClosely;                   // of the field that begins at `begin`
  for (; end - at >= kGlance; at += kGlance) {
    const Block block = block_at(at, dialect_.delimiter, dialect_.quote);
    if (block.quotes != 0 && dialect_.quote != '\0') break;
    const std::uint64_t first = block.ends << 1U | starts, minus = block.minus & first;
    const std::uint64_t zeros = block.zeros & (first | minus << 1U | minus_before) & (block.digits >> 1U | 1ULL << 63U);
    const std::uint64_t no_whole = (~block.digits & ~block.ends & ~minus) | zeros, no_number = no_whole & ~block.points;
    starts = block.ends >> 63U;
    minus_before = minus >> 63U;
    std::uint64_t from = ~std::uint64_t{0};  // the bits of the field and what is behind it
    for (std::uint64_t ends = block.ends; ends != 0; ends &= ends - 1) {
      const int bit = std::countr_zero(ends);
      const std::uint64_t field = from & ((1ULL << static_cast<unsigned>(bit)) - 1);
      signs |= ((no_whole & field) != 0 ? kWhole : 0U) | ((no_number & field) != 0 ? kNumber : 0U);
      const char* field_end = at + bit;
      const std::string_view text(begin, static_cast<std::size_t>(field_end - begin));
      if (text.size() > kMostWholeDigits) signs |= kWhole | kNumber;
      if (column_ < looks_.size() && (looks_[column_] & signs) != 0 && !text.empty()) look(column_, text);
      const bool blank = column_ == 0 && text.empty();
      const bool ends_line = *field_end != dialect_.delimiter;
      column_ = ends_line ? 0 : column_ + 1;
      row_ += ends_line && !blank ? 1U : 0U;
      looked_at_ = ends_line ? 0 : looked_at_;
      signs = kClosely;
      begin = field_end + 1;
      from = ~std::uint64_t{0} << static_cast<unsigned>(bit) << 1U;
    }
    signs |= ((no_whole & from) != 0 ? kWhole : 0U) | ((no_number & from) != 0 ? kNumber : 0U);
  }
  return begin;
}

/// @param at  where the field of column column_ begins  @return behind the record; nullptr where it has not ended
const char* LateValues::take_record(const char* at, const char* end) {
  for (;; ++column_, ++at) {
    if (dialect_.quote != '\0' && *at == dialect_.quote) {
      at = take_quoted(at, end, column_);
      if (at == nullptr) return nullptr;
    } else {
      const char* begin = at;
      while (!ends_[static_cast<unsigned char>(*at)]) ++at;
      const std::string_view field(begin, static_cast<std::size_t>(at - begin));
      if (column_ < looks_.size() && !fits_at_a_glance(column_, field)) look(column_, field);
    }
    if (is_line_end(*at)) return at;
  }
}

/// @param at  the quote that opens  @return at the sign that ends the field; nullptr where it has not ended
const char* LateValues::take_quoted(const char* at, const char* end, std::size_t column) {
  const char* begin = ++at;
  const bool doubled = dialect_.escape == dialect_.quote;
  for (;; ++at) {
    if (at >= end) return nullptr;
    if (!doubled && *at == dialect_.escape && at + 1 < end) {
      ++at;
    } else if (*at == dialect_.quote) {
      if (!doubled || at + 1 >= end || at[1] != dialect_.quote) break;
      ++at;
    }
  }
  const std::string_view field(begin, static_cast<std::size_t>(at - begin));
  ++at;
  while (at < end && !ends_[static_cast<unsigned char>(*at)]) ++at;
  if (at < end && column < looks_.size() && looks_[column] != kNone) look(column, field);
  return at < end ? at : nullptr;
}

bool LateValues::fits_at_a_glance(std::size_t column, std::string_view field) const {
  if (looks_[column] == kNone || field.empty()) return true;
  if (looks_[column] == kClosely || field.size() > kMostWholeDigits) return false;
  const std::string_view digits = field.front() == '-' ? field.substr(1) : field;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]))) return false;
  return std::ranges::all_of(digits, [&](char c) { return is_digit(c) || (c == '.' && looks_[column] == kNumber); });
}

void LateValues::look(std::size_t column, std::string_view field) {
  if (row_ == 0 || column < looked_at_ || fits(readings_[column], field)) return;
  LateMisfits& found = misfits_[column];
  if (found.count++ > 0) return;
  found.row = row_;
  found.first = field;
}

/// A value fits where it is read the same way beside one that is surely written so.
bool LateValues::fits(const TextReading& reading, std::string_view field) const {
  const std::string_view text = trimmed(field);
  if (text.empty() || std::ranges::find(reading.missing, text) != reading.missing.end()) return true;
  if (reading.empty) return false;
  if (looks_like_a_fraction(reading, text)) return true;
  if (reading.kind == TextKind::time) return !reading.date_only || text.find(':') == std::string_view::npos;
  TextSurvey survey(*conventions_);
  if (reading.kind == TextKind::number) survey.add(model_of(reading));
  survey.add(text);
  const TextReading both = survey.settle();
  return both.kind == reading.kind && both.missing.empty() && both.decimal == reading.decimal &&
         both.grouping == reading.grouping && both.percent == reading.percent;
}

}  // namespace errata::table
