#define PCRE2_CODE_UNIT_WIDTH 8
#include "errata/tokenizer/split_pattern.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "errata/base/utf8.h"
#include "errata/tokenizer/byte_characters.h"

namespace errata::tokenizer {
namespace {

/// White space as Unicode has it; PCRE2's own \s also holds U+180E, which lost it in Unicode 6.3.
constexpr std::string_view kWhiteSpace = R"(\x09-\x0d\x{85}\p{Z})";
constexpr std::string_view kOfMeaning = R"(\^$.|?*+()[]{})";
constexpr std::size_t kDeepestGroup = 16;

/// Reads a pattern and writes it for PCRE2.
class PatternTranslation {
 public:
  PatternTranslation(std::string_view pattern, std::string_view place) : pattern_(pattern), place_(place) {}

  Result<std::string> whole() {
    ERRATA_ASSIGN(const Part part, alternatives(0));
    (void)part;
    if (at_ < pattern_.size()) return refused("a ) that closes nothing");
    return std::move(out_);
  }

 private:
  struct Part {
    bool repeats = false;  ///< something in it is repeated without end or often
    bool is_look = false;  ///< looks ahead or behind
  };

  [[nodiscard]] bool next_is(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!next_is(text)) return false;
    at_ += text.size();
    return true;
  }
  [[nodiscard]] std::unexpected<Error> refused(const std::string& what) const {
    return data_error(fmt::format("{}: the pattern \"{}\" has, at byte {}, {}, which is not supported", place_,
                                  shown(pattern_), at_ + 1, what));
  }

  Result<Part> alternatives(std::size_t depth) {
    if (depth > kDeepestGroup) return refused("a group in too many others");
    Part whole;
    while (at_ < pattern_.size() && !next_is(")")) {
      if (take("|")) {
        out_ += '|';
        continue;
      }
      ERRATA_ASSIGN(Part part, atom(depth));
      ERRATA_ASSIGN(const bool repeated, quantifier(part));
      whole.repeats |= part.repeats || repeated;
    }
    return whole;
  }

  Result<Part> atom(std::size_t depth) {
    if (take("(")) return group(depth);
    if (take("[")) {
      ERRATA_TRY(character_class());
      return Part{};
    }
    if (take("\\")) {
      ERRATA_TRY(escape(false));
      return Part{};
    }
    if (take(".")) {
      out_ += "[^\\n]";
      return Part{};
    }
    if (kOfMeaning.contains(pattern_[at_])) return refused(fmt::format("a {} that stands alone", pattern_[at_]));
    literal();
    return Part{};
  }

  Result<Part> group(std::size_t depth) {
    constexpr std::array<std::string_view, 6> kOpens{"?:", "?i:", "?=", "?!", "?<=", "?<!"};
    const auto* const opens = std::ranges::find_if(kOpens, [&](std::string_view one) { return next_is(one); });
    if (opens == kOpens.end() && next_is("?")) return refused("a group of another kind");
    const bool is_plain = opens == kOpens.end();
    if (!is_plain) at_ += opens->size();
    out_ += fmt::format("({}", is_plain ? "?:" : *opens);
    ERRATA_ASSIGN(Part part, alternatives(depth + 1));
    if (!take(")")) return refused("the end, where a group is open");
    out_ += ')';
    part.is_look = !is_plain && (opens->contains('=') || opens->contains('!'));
    return part;
  }

  /// @return whether it repeats what stands before it more than once
  Result<bool> quantifier(const Part& part) {
    std::size_t most = 1;
    const std::size_t begin = at_;
    bool is_interval = false;
    if (take("*") || take("+")) {
      most = kMostRepeats + 1;
    } else if (take("{")) {
      is_interval = true;
      ERRATA_ASSIGN(most, interval());
    } else if (!take("?")) {
      return false;
    }
    if (part.is_look) return refused("a look ahead or behind that is repeated");
    if (part.repeats && most > 1) return refused("a repeated group that repeats");
    if (!take("?") && !is_interval) (void)take("+");
    if (next_is("+") || next_is("*") || next_is("?") || next_is("{")) return refused("a repeat of a repeat");
    out_ += pattern_.substr(begin, at_ - begin);
    return most > 1;
  }

  /// What follows a brace. @return how often at most
  Result<std::size_t> interval() {
    ERRATA_ASSIGN(const std::size_t least, count());
    std::size_t most = least;
    if (take(",")) {
      most = kMostRepeats + 1;
      if (!next_is("}")) {
        ERRATA_ASSIGN(most, count());
      }
    }
    if (!take("}") || most < least) return refused("braces that are no {m}, {m,} or {m,n}");
    return most;
  }

  Result<std::size_t> count() {
    std::size_t number = 0;
    const std::size_t begin = at_;
    while (at_ < pattern_.size() && pattern_[at_] >= '0' && pattern_[at_] <= '9' && number <= kMostRepeats)
      number = number * 10 + static_cast<std::size_t>(pattern_[at_++] - '0');
    if (at_ == begin || number > kMostRepeats) return refused(fmt::format("no number up to {}", kMostRepeats));
    return number;
  }

  Result<void> character_class() {
    out_ += take("^") ? "[^" : "[";
    if (next_is("]")) return refused("an empty class");
    while (!next_is("]")) {
      if (at_ >= pattern_.size()) return refused("the end, where a class is open");
      if (next_is("[") || next_is("&&")) return refused("a class in a class");
      if (take("\\"))
        ERRATA_TRY(escape(true));
      else
        literal();
    }
    ++at_;
    out_ += ']';
    return {};
  }

  /// What follows a backslash.
  Result<void> escape(bool in_class) {
    if (at_ >= pattern_.size()) return refused("the end, behind a backslash");
    const char c = pattern_[at_];
    if (c == 'p' || c == 'P') return category();
    if (c == 'S' && in_class) return refused("\\S in a class");
    ++at_;
    switch (c) {
      case 's': out_ += in_class ? std::string(kWhiteSpace) : fmt::format("[{}]", kWhiteSpace); return {};
      case 'S': out_ += fmt::format("[^{}]", kWhiteSpace); return {};
      case 'd': out_ += "\\p{Nd}"; return {};
      case 'D': out_ += "\\P{Nd}"; return {};
      case 'r':
      case 'n':
      case 't': out_ += fmt::format("\\{}", c); return {};
      default: break;
    }
    const bool is_sign = c > ' ' && c < 0x7F && !((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
    if (!is_sign) {
      --at_;
      return refused("a backslash before it");
    }
    out_ += fmt::format("\\{}", c);
    return {};
  }

  /// \p{…}: one of Unicode's general categories.
  Result<void> category() {
    const std::size_t begin = at_++;
    if (!take("{")) return refused("no {…} behind \\p");
    const std::size_t end = std::min(pattern_.find('}', at_), pattern_.size());
    const std::string_view name = pattern_.substr(at_, end - at_);
    constexpr std::string_view kCategories =
        " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs "
        "Zl Zp C Cc Cf Cn Co Cs ";
    if (end == pattern_.size() || name.contains(' ') || !kCategories.contains(fmt::format(" {} ", name)))
      return refused("a property that is no general category (L, Nd, …)");
    at_ = end + 1;
    out_ += fmt::format("\\{}", pattern_.substr(begin, at_ - begin));
    return {};
  }

  void literal() {
    const Utf8Character character = first_character(pattern_.substr(at_));
    if (character.code < U' ' || character.code > U'~')
      out_ += fmt::format("\\x{{{:x}}}", static_cast<std::uint32_t>(character.code));
    else
      out_ += pattern_[at_];
    at_ += character.bytes;
  }

  static constexpr std::size_t kMostRepeats = 1000;
  std::string_view pattern_, place_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> SplitPattern::translated(std::string_view pattern, std::string_view place) {
  ERRATA_TRY(check_text({.content = pattern, .place = place}, kMostBytes));
  if (pattern.empty()) return data_error(fmt::format("{}: an empty pattern", place));
  return PatternTranslation(pattern, place).whole();
}

Result<SplitPattern> SplitPattern::create(std::string_view pattern, std::string_view place) {
  constexpr std::uint32_t kMostSteps = 1'000'000, kMostKibibytes = 64 << 10U;
  ERRATA_ASSIGN(const std::string translation, translated(pattern, place));
  int problem = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* const code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translation.data()), translation.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE, &problem, &at, nullptr);
  if (code == nullptr) {
    std::array<PCRE2_UCHAR, 256> message{};
    pcre2_get_error_message(problem, message.data(), message.size());
    return data_error(fmt::format("{}: the pattern \"{}\" is none: {}", place, shown(pattern),
                                  reinterpret_cast<const char*>(message.data())));
  }
  SplitPattern made;
  made.place_ = place;
  made.code_ = {code, [](void* one) { pcre2_code_free(static_cast<pcre2_code*>(one)); }};
  (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // without it the same matches, slower
  pcre2_match_context* const context = pcre2_match_context_create(nullptr);
  ERRATA_CHECK(context != nullptr);
  made.context_ = {context, [](void* one) { pcre2_match_context_free(static_cast<pcre2_match_context*>(one)); }};
  pcre2_set_match_limit(context, kMostSteps);
  pcre2_set_heap_limit(context, kMostKibibytes);
  return made;
}

Result<void> SplitPattern::find(std::string_view text,
                                const std::function<void(std::size_t begin, std::size_t end)>& found) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(pcre2_match_data_create(1, nullptr),
                                                                                  pcre2_match_data_free);
  ERRATA_CHECK(match != nullptr);
  const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(match.get());
  std::size_t at = 0, last_end = SIZE_MAX;
  while (at <= text.size()) {
    const auto search = [&](std::uint32_t options) {
      return pcre2_match(static_cast<const pcre2_code*>(code_.get()), reinterpret_cast<PCRE2_SPTR>(text.data()),
                         text.size(), at, options | PCRE2_NO_UTF_CHECK, match.get(),
                         static_cast<pcre2_match_context*>(context_.get()));
    };
    int matched = search(0);
    if (matched == PCRE2_ERROR_JIT_STACKLIMIT) matched = search(PCRE2_NO_JIT);
    if (matched == PCRE2_ERROR_NOMATCH) return {};
    if (matched < 0)
      return data_error(
          fmt::format("{}: a pattern takes more steps on this text than patterns of tokenizers do", place_));
    if (ends[0] == ends[1] && ends[0] == last_end) {
      at += at < text.size() ? first_character(text.substr(at)).bytes : 1;
      continue;
    }
    found(ends[0], ends[1]);
    at = last_end = ends[1];
  }
  return {};
}

}  // namespace errata::tokenizer
