#include "errata/improve/word_problems.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "errata/improve/task_match.h"

namespace errata::improve {
namespace {

constexpr std::size_t kMostStoryDigits = 4, kLongestFrame = 33, kLongestEvent = 13;
constexpr std::array<std::string_view, 3> kStorySkills{"one", "two", "three"};
constexpr std::array<std::array<std::string_view, 2>, 6> kPeople{
    {{"Ann", "She"}, {"Ben", "He"}, {"Eva", "She"}, {"Tom", "He"}, {"Mia", "She"}, {"Max", "He"}}};
constexpr std::array<std::string_view, 6> kThings{"pears", "cards", "books", "coins", "shells", "stamps"};
constexpr std::array<std::string_view, 6> kVerbs{"buys", "finds", "gets", "sells", "gives", "loses"};
constexpr std::size_t kGiving = 3;  ///< verbs that add come first

struct Event {
  std::size_t verb = 0;
  std::int64_t number = 0;
  [[nodiscard]] bool adds() const { return verb < kGiving; }
};

struct Story {
  std::size_t person = 0, thing = 0;
  std::int64_t start = 0;
  std::vector<Event> events{};
};

std::int64_t bound_of(std::size_t digits) {
  std::int64_t power = 1;
  for (std::size_t i = 0; i < digits; ++i) power *= 10;
  return power;
}

std::size_t story_digits(std::int64_t value) { return fmt::formatted_size("{}", value); }

std::int64_t story_number(std::size_t digits, Rng& rng) {
  const std::int64_t least = digits == 1 ? 0 : bound_of(digits - 1);
  return least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound_of(digits) - least)));
}

std::string told(const Story& story) {
  const auto [name, pronoun] = kPeople[story.person];
  std::string text = fmt::format("{} has {} {}.", name, story.start, kThings[story.thing]);
  for (const Event& event : story.events) text += fmt::format(" {} {} {}.", pronoun, kVerbs[event.verb], event.number);
  return text + fmt::format(" How many {} has {} now? ", kThings[story.thing], name);
}

template <typename Table>
std::size_t place_in(const Table& table, std::string_view word) {
  const auto found = std::ranges::find(table, word);
  ERRATA_CHECK(found != table.end());
  return static_cast<std::size_t>(found - table.begin());
}

/// The words of a prompt that told() made.
std::vector<std::string_view> story_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    if (word.ends_with('.')) word.remove_suffix(1);
    words.push_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::int64_t number_at(std::string_view word) {
  std::int64_t value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  ERRATA_CHECK(read.ec == std::errc() && read.ptr == word.data() + word.size());
  return value;
}

Story story_of(const Question& question) {
  const auto words = story_words(question.prompt);
  ERRATA_CHECK(words.size() > 10);
  Story story{.thing = place_in(kThings, words[3]), .start = number_at(words[2])};
  while (kPeople[story.person][0] != words[0]) ERRATA_CHECK(++story.person < kPeople.size());
  for (std::size_t at = 4; words[at] != "How"; at += 3)
    story.events.push_back({.verb = place_in(kVerbs, words[at + 1]), .number = number_at(words[at + 2])});
  return story;
}

/// The counts from the first on; those that come after one out of range are wrong as well.
std::vector<std::int64_t> counts_of(const Story& story) {
  std::vector<std::int64_t> counts{story.start};
  for (const Event& event : story.events)
    counts.push_back(counts.back() + (event.adds() ? event.number : -event.number));
  return counts;
}

std::string worked(std::int64_t before, const Event& event, std::int64_t after) {
  return fmt::format("{}{}{}={}", before, event.adds() ? '+' : '-', event.number, after);
}

std::string with_end(const std::vector<std::string>& parts, std::string_view end) {
  return fmt::format("{} #### {}", fmt::join(parts, ", "), end);
}

/// The whole number that an answer ends with; nothing for what is no answer, or below 0.
std::optional<std::int64_t> count_in(std::string_view answer) {
  const auto number = final_number(answer);
  if (!number || number->size() > 9 || number->find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return number_at(*number);
}

std::size_t digit_carries(std::int64_t a, std::int64_t b, bool borrows) {
  std::size_t count = 0;
  for (std::int64_t carry = 0; a > 0 || b > 0; a /= 10, b /= 10) {
    const std::int64_t x = a % 10, y = b % 10;
    carry = borrows ? (x - y - carry < 0 ? 1 : 0) : (x + y + carry > 9 ? 1 : 0);
    count += static_cast<std::size_t>(carry);
  }
  return count;
}

}  // namespace

Result<void> WordProblems::check_options(std::size_t digits, const std::vector<std::string>& skills) {
  if (digits < 1 || digits > kMostStoryDigits)
    return invalid_argument(fmt::format("digits {} are not from 1 to {}", digits, kMostStoryDigits));
  for (const std::string& skill : skills)
    if (std::ranges::find(kStorySkills, skill) == kStorySkills.end())
      return invalid_argument(fmt::format("skill '{}' is none of {}", skill, fmt::join(kStorySkills, ", ")));
  if (skills.empty() || std::set(skills.begin(), skills.end()).size() != skills.size())
    return invalid_argument(fmt::format("skills '{}': different ones of {} are needed, at least one",
                                        fmt::join(skills, ","), fmt::join(kStorySkills, ", ")));
  return {};
}

WordProblems::WordProblems(std::size_t digits, std::vector<std::string> skills)
    : digits_(digits), skills_(std::move(skills)) {
  ERRATA_CHECK(check_options(digits_, skills_));
  std::set<char> characters;
  const auto take = [&](std::string_view text) { characters.insert(text.begin(), text.end()); };
  take("0123456789+-=,#?. has Howmanyw");
  for (const auto& person : kPeople) std::ranges::for_each(person, take);
  std::ranges::for_each(kThings, take);
  std::ranges::for_each(kVerbs, take);
  alphabet_.assign(characters.begin(), characters.end());
}

bool WordProblems::has_single() const { return std::ranges::find(skills_, kStorySkills[0]) != skills_.end(); }

Question WordProblems::generate(std::size_t skill, Rng& rng) const {
  const auto number = [&] { return story_number(1 + rng.below(digits_), rng); };
  Story story{.person = rng.below(kPeople.size()), .thing = rng.below(kThings.size()), .start = number()};
  const std::size_t events = 1 + place_in(kStorySkills, skills_[skill]);
  for (std::int64_t count = story.start; story.events.size() < events;) {
    const Event event{.verb = rng.below(kVerbs.size()), .number = number()};
    const std::int64_t after = event.adds() ? count + event.number : count - event.number;
    if (after < 0 || after >= bound_of(digits_)) continue;
    story.events.push_back(event);
    count = after;
  }
  return {.skill = skill, .prompt = told(story)};
}

std::string WordProblems::reference(const Question& question) const {
  const Story story = story_of(question);
  const auto counts = counts_of(story);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < story.events.size(); ++i)
    parts.push_back(worked(counts[i], story.events[i], counts[i + 1]));
  return with_end(parts, fmt::format("{}", counts.back()));
}

bool WordProblems::verify(const Question& question, std::string_view answer) const {
  return final_number(answer) == fmt::format("{}", counts_of(story_of(question)).back());
}

std::string WordProblems::meaning(std::string_view answer) const {
  return final_number(answer).value_or(std::string(answer));
}

Question WordProblems::variant(const Question& question, Rng& rng) const {
  const Story like = story_of(question);
  for (;;) {
    Story story{.person = rng.below(kPeople.size()),
                .thing = rng.below(kThings.size()),
                .start = story_number(story_digits(like.start), rng)};
    for (const Event& event : like.events)
      story.events.push_back({.verb = (event.adds() ? 0 : kGiving) + rng.below(kGiving),
                              .number = story_number(story_digits(event.number), rng)});
    const auto counts = counts_of(story);
    if (std::ranges::all_of(counts, [&](std::int64_t count) { return count >= 0 && count < bound_of(digits_); }))
      return {.skill = question.skill, .prompt = told(story)};
  }
}

std::vector<Feature> WordProblems::features(const Question& question) const {
  const Story story = story_of(question);
  const auto counts = counts_of(story);
  std::size_t carries = 0;
  for (std::size_t i = 0; i < story.events.size(); ++i)
    carries += digit_carries(counts[i], story.events[i].number, !story.events[i].adds());
  return {{.name = "digits", .value = fmt::format("{}", story_digits(story.start))},
          {.name = "carries", .value = fmt::format("{}", carries)},
          {.name = "last", .value = story.events.back().adds() ? "more" : "fewer"}};
}

std::size_t WordProblems::longest_prompt() const {
  return kLongestFrame + std::size_t{2} * 6 + digits_ + kStorySkills.size() * (kLongestEvent + digits_);
}

std::size_t WordProblems::usual_longest_answer() const { return kStorySkills.size() * (3 * digits_ + 4) + 5 + digits_; }

std::optional<Check> WordProblems::check(const Question& question, std::string_view answer) const {
  Story story = story_of(question);
  if (story.events.size() != 1) return std::nullopt;
  const auto count = count_in(answer);
  Event& event = story.events[0];
  // "a+b=c #### c" and nothing else, where c with the reverse event gives a.
  if (!count || *count >= bound_of(digits_) ||
      answer != with_end({worked(story.start, event, *count)}, fmt::format("{}", *count)))
    return Check{.ask = std::nullopt, .expected = {}};
  const std::int64_t start = std::exchange(story.start, *count);
  event.verb = (event.verb + kGiving) % kVerbs.size();
  return Check{.ask = Question{.skill = question.skill, .prompt = told(story)},
               .expected = with_end({worked(*count, event, start)}, fmt::format("{}", start))};
}

std::optional<Question> WordProblems::inverse(const Question& like, Rng& rng) const {
  Story story = story_of(like);
  if (story.events.size() != 1 || story.events[0].adds()) return std::nullopt;
  story.start = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound_of(story_digits(story.start)))));
  story.events[0] = {.verb = story.events[0].verb - kGiving,
                     .number = story_number(story_digits(story.events[0].number), rng)};
  return Question{.skill = like.skill, .prompt = told(story)};
}

std::optional<Lesson> WordProblems::inverted(const Question& like, const Question& asked,
                                             std::string_view answer) const {
  Story story = story_of(asked);
  const auto count = count_in(answer);
  if (!count || *count >= bound_of(digits_) || story_digits(*count) != story_digits(story_of(like).start))
    return std::nullopt;
  const std::int64_t left = std::exchange(story.start, *count);
  story.events[0].verb += kGiving;
  return Lesson{.question = {.skill = like.skill, .prompt = told(story)},
                .answer = with_end({worked(*count, story.events[0], left)}, fmt::format("{}", left))};
}

std::size_t WordProblems::steps(const Question& question) const {
  const std::size_t events = story_of(question).events.size();
  return events > 1 && has_single() ? events : 0;
}

std::optional<Question> WordProblems::step(const Question& question, std::span<const std::string> answers) const {
  Story story = story_of(question);
  if (!answers.empty()) {
    const auto count = count_in(answers.back());
    if (!count || *count >= bound_of(digits_)) return std::nullopt;
    story.start = *count;
  }
  story.events = {story.events[answers.size()]};
  return Question{.skill = skill_of(*this, kStorySkills[0]), .prompt = told(story)};
}

std::optional<std::string> WordProblems::assembled(const Question&, std::span<const std::string> answers) const {
  std::vector<std::string> parts;
  for (const std::string& answer : answers) parts.push_back(answer.substr(0, answer.find(" ####")));
  const auto count = count_in(answers.back());
  if (!count) return std::nullopt;
  return with_end(parts, fmt::format("{}", *count));
}

}  // namespace errata::improve
