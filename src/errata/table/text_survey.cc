// What the texts of a column are.
//
// Problem: a reader that takes a column for numbers or dates wherever it can turns version 1.10.11 into a day, the code
// 1E5 into 100000, and 03/01 into January or March as it likes; one NA makes a column of numbers text.
//
// Idea: count the forms of writing that occur, and take a column for more than text only where every value has a form
// that means it, in one way. Where two ways remain (day and month, 1,234) the more usual one is taken, and said.
#include "errata/table/text_survey.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "errata/base/error.h"
#include "errata/table/predicate.h"
#include "errata/table/text.h"
#include "errata/table/written_date.h"

namespace errata::table {
namespace {

constexpr std::size_t kMostDigits = 18;  ///< of a whole number that BIGINT holds in any case

bool equal_folded(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower,
                            [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

bool is_not_finite(std::string_view text) {
  return equal_folded(text, "inf") || equal_folded(text, "infinity") || equal_folded(text, "nan");
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - at;
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

/// 1,234 or 1,234,567: how many groups of three follow the first digits, and where they end; 0 when none does, and for
/// 0,859, since no number of thousands begins with 0.
std::size_t groups(std::string_view text, char sign, std::size_t& end) {
  const std::size_t first = digits_at(text, 0);
  end = first;
  if (first == 0 || first > 3 || text.front() == '0') return 0;
  std::size_t count = 0;
  for (; end < text.size() && text[end] == sign && digits_at(text, end + 1) == 3; end += 4) ++count;
  return count;
}

/// All of a text is digits, one comma and digits; points may stand between thousands before it.
bool has_decimal_comma(std::string_view text) {
  std::size_t end = 0;
  if (groups(text, '.', end) == 0) end = digits_at(text, 0);
  if (end >= text.size() || text[end] != ',') return false;
  const std::size_t behind = digits_at(text, end + 1);
  return (end > 0 || behind > 0) && behind > 0 && end + 1 + behind == text.size();
}

std::string times_behind(std::string_view date) {
  std::string formats;
  for (const std::string_view time :
       {"", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"})
    formats += fmt::format("{}'{}{}'", formats.empty() ? "" : ", ", date, time);
  return formats;
}

/// The time in UTC of a text that may name its zone, as SQL reads it, NULL where it is none.
std::string zoned(const std::string& text) {
  return fmt::format("make_timestamp(epoch_us(TRY_CAST({} AS TIMESTAMP WITH TIME ZONE)))", text);
}

/// A timestamp of `text`, NULL where it is none.
std::string time_sql(const TextReading& reading, const std::string& text) {
  const auto any_of = [&](std::initializer_list<std::string_view> dates) {
    std::vector<std::string> formats;
    for (const std::string_view date : dates) formats.push_back(times_behind(date));
    return fmt::format("try_strptime({}, [{}])", text, fmt::join(formats, ", "));
  };
  switch (reading.order) {
    case DateOrder::year_first:
      // A zone behind hours and minutes alone is read once seconds stand between them. SQL would take 1.02.24 for a day
      // of the year 1.
      return fmt::format(
          "CASE WHEN regexp_matches({}, '^[0-9]{{4}}') THEN coalesce({}, {}, {}) END", text, zoned(text),
          any_of({"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"}),
          zoned(fmt::format("upper(regexp_replace({}, '([T ][0-9]{{1,2}}:[0-9]{{2}})( ?[zuZU+-])', '\\1:00\\2'))",
                            text)));
    case DateOrder::month_alone: return fmt::format("try_strptime({}, ['%Y-%m', '%Y/%m'])", text);
    case DateOrder::month_first: return any_of({"%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"});
    case DateOrder::day_first: return any_of({"%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"});
    case DateOrder::named_month:
      return any_of({"%b %d, %Y", "%b %d %Y", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y", "%B %d %Y", "%d %B %Y", "%d-%B-%Y"});
    case DateOrder::own_format: return fmt::format("try_strptime({}, {})", text, sql_text(reading.format));
  }
  ERRATA_CHECK(false);
  return {};
}

std::string number_text(const TextReading& reading, std::string text) {
  if (reading.percent) text = fmt::format("rtrim({}, ' %')", text);
  if (reading.grouping != '\0') text = fmt::format("replace({}, '{}', '')", text, reading.grouping);
  if (reading.decimal != '.') text = fmt::format("replace({}, '{}', '.')", text, reading.decimal);
  return text;
}

void add_words(const std::map<std::string, std::size_t, std::less<>>& words, TextReading& reading) {
  for (const auto& [word, count] : words) {
    reading.missing.push_back(word);
    reading.missing_count += count;
  }
  std::ranges::sort(reading.missing);
}

constexpr std::array<std::string_view, 4> kTypes{"text", "number", "time", "boolean"};

}  // namespace

bool means_missing(std::string_view text) {
  constexpr std::array<std::string_view, 13> kWords{"na",  "n/a", "null", "none", "nat", "<na>", "#n/a",
                                                    "\\n", "-",   "--",   "?",    ".",   "nil"};
  return text.size() <= 4 &&
         std::ranges::any_of(kWords, [&](std::string_view word) { return equal_folded(text, word); });
}

std::string_view name_of(ColumnType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::optional<ColumnType> parse_column_type(std::string_view word) {
  const auto found = std::ranges::find(kTypes, word);
  return found == kTypes.end() ? std::nullopt : std::optional(static_cast<ColumnType>(found - kTypes.begin()));
}

void TextSurvey::add(std::string_view value) {
  const std::string_view text = trimmed(value);
  if (std::ranges::find(conventions_->null_values, text) != conventions_->null_values.end()) {
    ++null_words_[std::string(text)];
    return;
  }
  ++values_;
  if (add_number(text)) return;
  if (is_not_finite(without_sign(text))) {
    ++not_finite_[std::string(text)];
    ++counts_.not_finite;
  } else if (means_missing(text)) {
    ++words_[std::string(text)];
    ++counts_.words;
  } else if (equal_folded(text, "true") || equal_folded(text, "false")) {
    ++counts_.truth;
  } else if (const auto date = written_date(text)) {
    ++counts_.dates[static_cast<std::size_t>(date->form)];
    counts_.times_of_day += date->time_of_day ? 1U : 0U;
    if (date->form == WrittenDate::Form::year_first && date->points && !date->time_of_day) ++counts_.points_in_years;
    if (date->form != WrittenDate::Form::year_last) return;
    counts_.day_first += date->day_first ? 1U : 0U;
    counts_.month_first += date->month_first ? 1U : 0U;
    counts_.points += date->points ? 1U : 0U;
  }
}

bool TextSurvey::add_number(std::string_view value) {
  const bool percent = value.ends_with('%');
  if (percent) value = trimmed(value.substr(0, value.size() - 1));
  const std::string_view text = without_sign(value);
  Forms& forms = percent ? counts_.percent : counts_.plain;
  const auto counted = [](std::size_t& count) {
    ++count;
    return true;
  };
  std::size_t end = 0;
  const std::size_t whole = digits_at(text, 0);
  if (whole == text.size() && whole > 0) {
    const bool code = whole > kMostDigits || (whole > 1 && text.front() == '0');
    return code ? false : counted(forms.whole);
  }
  if (groups(text, ',', end) > 0) {
    const bool one = end == text.size() && groups(text, ',', end) == 1;
    const bool more = end == text.size() || (text[end] == '.' && end + 1 + digits_at(text, end + 1) == text.size());
    if (one) return counted(forms.comma_and_three);
    if (more) return counted(forms.grouped);
  }
  if (has_decimal_comma(text)) return counted(forms.comma);
  std::size_t at = whole;
  const bool point = at < text.size() && text[at] == '.';
  if (point) at += 1 + digits_at(text, at + 1);
  if (at == (point ? 1U : 0U) || (whole > 1 && text.front() == '0')) return false;
  if (at == text.size()) {
    if (!percent) look_for_versions(value);
    return counted(forms.fraction);
  }
  if (text[at] != 'e' && text[at] != 'E') return false;
  const bool sign = at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+');
  const std::size_t exponent = digits_at(text, at + 1 + (sign ? 1U : 0U));
  if (exponent == 0 || exponent > 3 || at + 1 + (sign ? 1U : 0U) + exponent != text.size()) return false;
  return counted(point || sign ? forms.fraction : forms.whole_exponent);
}

/// Versions are told from numbers by 1.10 beside 1.9: numbers are written with as many digits everywhere, or without
/// zeros at their end.
void TextSurvey::look_for_versions(std::string_view fraction) {
  constexpr std::size_t kShort = 3;
  const std::size_t whole = digits_at(fraction, 0), behind = digits_at(fraction, whole + 1);
  if (whole == 0 || whole > kShort || behind == 0 || behind > kShort || whole + 1 + behind != fraction.size()) return;
  decimals_.fewest = decimals_.short_ones == 0 ? behind : std::min(decimals_.fewest, behind);
  ++decimals_.short_ones;
  if (fraction.back() == '0' && behind > 1 && fraction.size() > decimals_.zero.size()) decimals_.zero = fraction;
}

/// Settles what commas and points mean; nothing is left to settle without commas.
bool TextSurvey::read_commas(const Forms& forms, std::size_t values, TextReading& reading) const {
  const std::size_t commas = forms.comma + forms.comma_and_three;
  if (forms.grouped == 0 && forms.fraction == 0 && commas > 0 && forms.whole + commas == values &&
      (forms.comma > 0 || conventions_->decimal_comma)) {
    reading.decimal = ',';
    reading.grouping = '.';
    return true;
  }
  if (forms.comma > 0 || forms.whole + forms.fraction + forms.comma_and_three + forms.grouped != values) return false;
  reading.grouping = ',';
  reading.either_number = forms.grouped == 0 && forms.fraction == 0;
  return true;
}

bool TextSurvey::read_numbers(std::size_t values, TextReading& reading) const {
  reading.kind = TextKind::number;
  const auto has_commas = [](const Forms& f) { return f.comma + f.comma_and_three + f.grouped > 0; };
  if (counts_.percent.all() == values) {
    reading.percent = true;
    return !has_commas(counts_.percent) || read_commas(counts_.percent, values, reading);
  }
  const Forms& c = counts_.plain;
  if (c.whole == values) {
    reading.kind = TextKind::integer;
    return true;
  }
  const std::size_t finite = values - counts_.not_finite;
  if (c.all() != finite) return false;
  if (has_commas(c)) return read_commas(c, finite, reading);
  if (decimals_.short_ones == values && !decimals_.zero.empty() &&
      decimals_.fewest < digits_at(decimals_.zero, decimals_.zero.find('.') + 1))
    reading.version = decimals_.zero;
  return c.whole_exponent == 0 || c.fraction > 0;
}

bool TextSurvey::read_dates(std::size_t values, TextReading& reading) const {
  const Counts& c = counts_;
  reading.kind = TextKind::time;
  reading.date_only = c.times_of_day == 0;
  const auto all = [&](WrittenDate::Form form) { return c.dates[static_cast<std::size_t>(form)] == values; };
  if (all(WrittenDate::Form::year_first)) {
    reading.order = DateOrder::year_first;
    reading.points_in_years = c.points_in_years == values;
  } else if (all(WrittenDate::Form::month_alone)) {
    reading.order = DateOrder::month_alone;
  } else if (all(WrittenDate::Form::named_month)) {
    reading.order = DateOrder::named_month;
  } else if (all(WrittenDate::Form::year_last) && std::max(c.day_first, c.month_first) == values) {
    const bool either = c.day_first == c.month_first;
    reading.either_order = either && c.points < values && !conventions_->day_first;
    const bool day_first = either ? conventions_->day_first.value_or(c.points == values) : c.day_first == values;
    reading.order = day_first ? DateOrder::day_first : DateOrder::month_first;
  } else {
    return false;
  }
  return true;
}

TextReading TextSurvey::settle() const {
  TextReading text;
  add_words(null_words_, text);
  TextReading reading = text;
  const auto with_words = [&]() {
    add_words(words_, reading);
    return reading;
  };
  const std::size_t values = values_ - counts_.words;
  if (values == 0) {
    reading.empty = true;
    return with_words();
  }
  if (counts_.not_finite == values) return text;
  if (read_numbers(values, reading)) return with_words();
  reading = text;
  const std::size_t others = values - counts_.not_finite;
  if (counts_.truth == others) {
    reading.kind = TextKind::boolean;
  } else if (!read_dates(others, reading)) {
    return text;
  }
  add_words(not_finite_, reading);
  return with_words();
}

TextReading TextSurvey::settle_as(ColumnType type) const {
  TextReading reading = settle();
  switch (type) {
    case ColumnType::text:
      reading = {};
      add_words(null_words_, reading);
      return reading;
    case ColumnType::time:
      if (reading.kind == TextKind::integer || reading.kind == TextKind::number) return reading;  // since 1970
      return settle_time();
    case ColumnType::number:
      reading.version.clear();
      if (reading.kind == TextKind::number || reading.kind == TextKind::integer) return reading;
      break;
    case ColumnType::boolean:
      if (reading.kind == TextKind::boolean) return reading;
      break;
  }
  reading = {.kind = type == ColumnType::number ? TextKind::number : TextKind::boolean};
  add_words(null_words_, reading);
  add_words(words_, reading);
  if (type == ColumnType::number &&
      (conventions_->decimal_comma || (counts_.plain.comma > 0 && counts_.plain.fraction == 0))) {
    reading.decimal = ',';
    reading.grouping = '.';
  }
  return reading;
}

TextReading TextSurvey::settle_time() const {
  TextReading reading;
  add_words(null_words_, reading);
  add_words(words_, reading);
  add_words(not_finite_, reading);
  if (conventions_->time_format) {
    reading.kind = TextKind::time;
    reading.order = DateOrder::own_format;
    reading.format = *conventions_->time_format;
    return reading;
  }
  const auto most = std::ranges::max_element(counts_.dates);
  if (*most == 0) return reading;
  reading.kind = TextKind::time;
  switch (static_cast<WrittenDate::Form>(most - counts_.dates.begin())) {
    case WrittenDate::Form::year_first: reading.order = DateOrder::year_first; break;
    case WrittenDate::Form::month_alone: reading.order = DateOrder::month_alone; break;
    case WrittenDate::Form::named_month: reading.order = DateOrder::named_month; break;
    case WrittenDate::Form::year_last: {
      const bool either = counts_.day_first == counts_.month_first;
      reading.either_order = either && counts_.points < *most && !conventions_->day_first;
      const bool day_first =
          either ? conventions_->day_first.value_or(counts_.points == *most) : counts_.day_first > counts_.month_first;
      reading.order = day_first ? DateOrder::day_first : DateOrder::month_first;
      break;
    }
  }
  return reading;
}

std::string_view sql_type(const TextReading& reading) {
  switch (reading.kind) {
    case TextKind::text: return "VARCHAR";
    case TextKind::boolean: return "BOOLEAN";
    case TextKind::integer: return "BIGINT";
    case TextKind::number: return "DOUBLE";
    case TextKind::time: return reading.date_only ? "DATE" : "TIMESTAMP";
  }
  ERRATA_CHECK(false);
  return {};
}

std::string reading_sql(const TextReading& reading, const std::string& text, bool lenient) {
  std::string value = text;
  if (!reading.missing.empty()) {
    std::vector<std::string> words;
    for (const std::string& word : reading.missing) words.push_back(sql_text(word));
    value = fmt::format("CASE WHEN trim({0}) IN ({1}) THEN NULL ELSE {0} END", text, fmt::join(words, ", "));
  }
  const std::string_view cast = lenient ? "TRY_CAST" : "CAST";
  switch (reading.kind) {
    case TextKind::text: return value;
    case TextKind::boolean:
    case TextKind::integer: return fmt::format("{}({} AS {})", cast, value, sql_type(reading));
    case TextKind::number: {
      const std::string number = fmt::format("{}({} AS DOUBLE)", cast, number_text(reading, value));
      return reading.percent ? fmt::format("{} / 100", number) : number;
    }
    case TextKind::time: break;
  }
  const std::string time = time_sql(reading, fmt::format("trim({})", value));
  const std::string strict =
      fmt::format("CASE WHEN ({}) IS NULL THEN NULL ELSE coalesce({}, error('Could not convert string to a time')) END",
                  value, time);
  return fmt::format("CAST({} AS {})", lenient ? time : strict, sql_type(reading));
}

std::string misfit_sql(const TextReading& reading, const std::string& text) {
  TextReading words_only = reading;  // for words that mean missing the reading gives NULL as well
  words_only.kind = TextKind::text;
  return fmt::format("({}) IS NOT NULL AND ({}) IS NULL", reading_sql(words_only, text),
                     reading_sql(reading, text, true));
}

}  // namespace errata::table
