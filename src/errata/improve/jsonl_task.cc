#include "errata/improve/jsonl_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/base/json_nesting.h"
#include "errata/improve/task_match.h"

namespace errata::improve {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostFile = std::size_t{1} << 30U;
constexpr std::size_t kMostLineDepth = 64;
constexpr std::size_t kMostPattern = 1000, kMostMatched = 2000;  ///< characters; matching may take long
constexpr std::string_view kMark = "####";                       ///< the number behind it is the answer
constexpr std::array<std::string_view, 3> kMatchNames{"exact", "numeric", "pattern"};

/// A line of a file as a question; the pattern where it has one.
struct Line {
  ListedQuestion question;
  std::string pattern{};
};
/// @return data error without a place
using ReadLine = std::function<Result<Line>(const Json&)>;

Result<std::string> text_of(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) return data_error(fmt::format("no field '{}'", field));
  if (!found->is_string()) return data_error(fmt::format("'{}' is no text", field));
  return found->get<std::string>();
}

Result<std::string> text_or(const Json& object, const char* field, const char* otherwise) {
  if (!object.contains(field)) return otherwise;
  return text_of(object, field);
}

Result<ListedQuestion> chat_of(const Json& messages) {
  if (!messages.is_array() || messages.size() < 2) return data_error("'messages' are no list of two or more");
  ListedQuestion read;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!messages[i].is_object()) return data_error(fmt::format("message {} is no object", i + 1));
    ERRATA_ASSIGN(const std::string role, text_of(messages[i], "role"));
    ERRATA_ASSIGN(std::string content, text_of(messages[i], "content"));
    const bool last = i + 1 == messages.size();
    if (last && role != "assistant") return data_error("the last message is not the assistant's");
    if (last)
      read.answer = std::move(content);
    else
      read.prompt += content + "\n\n";
  }
  return read;
}

Result<Line> read_pair(const Json& object) {
  Line line;
  if (const auto messages = object.find("messages"); messages != object.end()) {
    ERRATA_ASSIGN(line.question, chat_of(*messages));
  } else {
    ERRATA_ASSIGN(line.question.prompt, text_of(object, "prompt"));
    ERRATA_ASSIGN(line.question.answer, text_of(object, "completion"));
  }
  ERRATA_ASSIGN(line.question.skill, text_or(object, "skill", "all"));
  ERRATA_ASSIGN(line.pattern, text_or(object, "pattern", ""));
  return line;
}

Result<Line> read_gsm8k(const Json& object) {
  constexpr std::ptrdiff_t kMostSteps = 8;
  Line line;
  ERRATA_ASSIGN(line.question.prompt, text_of(object, "question"));
  ERRATA_ASSIGN(line.question.answer, text_of(object, "answer"));
  if (!final_number(line.question.answer)) return data_error("no number behind '####' in 'answer'");
  const std::string before = line.question.answer.substr(0, line.question.answer.rfind("####"));
  line.question.skill = fmt::format("steps_{}", std::min(kMostSteps, std::ranges::count(before, '\n')));
  line.question.prompt += '\n';
  return line;
}

Result<std::vector<Line>> read_lines(const JsonlOptions& options, const ReadLine& read) {
  ERRATA_ASSIGN(const std::string content, read_file(options.file, kMostFile));
  std::vector<Line> lines;
  std::size_t number = 0;
  for (std::string_view rest = content; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (text.empty()) continue;
    const auto bad = [&](std::string_view what) {
      return data_error(fmt::format("{}, line {}: {}", options.file, number, what));
    };
    if (nests_deeper(text, kMostLineDepth)) return bad(fmt::format("nested more than {} deep", kMostLineDepth));
    Json json;
    try {
      json = Json::parse(text);
    } catch (const Json::parse_error& error) {
      const bool is_utf8 = std::string_view(error.what()).find("UTF-8") == std::string_view::npos;
      return bad(fmt::format("no JSON object: {} at byte {}", is_utf8 ? "a mistake" : "no UTF-8", error.byte));
    }
    if (!json.is_object()) return bad("no JSON object");
    auto line = read(json);
    if (!line) return bad(line.error().message);
    if (trimmed(line->question.prompt).empty()) return bad("an empty question");
    if (trimmed(line->question.answer).empty()) return bad("an empty answer");
    line->question.place = fmt::format("line {}", number);
    lines.push_back(std::move(*line));
  }
  return lines;
}

Result<void> keep_skills(const JsonlOptions& options, std::vector<Line>& lines) {
  for (const std::string& skill : options.skills)
    if (std::ranges::none_of(lines, [&](const Line& line) { return line.question.skill == skill; }))
      return invalid_argument(fmt::format("{}: no line has the skill '{}'", options.file, skill));
  if (!options.skills.empty())
    std::erase_if(lines, [&](const Line& line) {
      return std::ranges::find(options.skills, line.question.skill) == options.skills.end();
    });
  return {};
}

bool matches(const std::regex& pattern, std::string_view answer) {
  const std::string text(trimmed(answer));
  if (text.size() > kMostMatched) return false;
  try {
    return std::regex_match(text, pattern);
  } catch (const std::regex_error&) {  // too hard a pattern for this answer
    return false;
  }
}

class FileTask : public ListedTask {
 public:
  FileTask(std::string_view name, Match match, std::vector<ListedQuestion> questions,
           std::map<std::string, std::regex, std::less<>> patterns)
      : ListedTask(questions), name_(name), match_(match), patterns_(std::move(patterns)) {
    const auto marked = std::ranges::count_if(questions, [](const auto& one) { return one.answer.contains(kMark); });
    all_marked_ = static_cast<std::size_t>(marked) == questions.size();
    none_marked_ = marked == 0;
  }

  [[nodiscard]] std::string_view name() const override { return name_; }

  [[nodiscard]] bool verify(const Question& question, std::string_view answer) const override {
    switch (match_) {
      case Match::numeric: return same_number(reference(question), answer);
      case Match::pattern: return matches(patterns_.at(question.prompt), answer);
      case Match::exact: break;
    }
    return trimmed(answer) == trimmed(reference(question));
  }

  [[nodiscard]] std::string meaning(std::string_view answer) const override {
    std::optional<std::string> number;
    if (match_ == Match::numeric && all_marked_) number = final_number(answer);
    if (match_ == Match::numeric && none_marked_) number = decimal(answer);
    return number.value_or(std::string(trimmed(answer)));
  }

 private:
  /// Both with "####" or both without.
  static bool same_number(std::string_view reference, std::string_view answer) {
    const auto number = [&](std::string_view text) {
      return reference.contains(kMark) ? final_number(text) : decimal(text);
    };
    const auto right = number(reference);
    return right && number(answer) == right;
  }

  std::string name_;
  Match match_;
  std::map<std::string, std::regex, std::less<>> patterns_;  ///< by prompt
  bool all_marked_ = false, none_marked_ = false;            ///< references with "####"
};

/// @return data error without a place
Result<std::regex> compiled(const Line& line) {
  if (line.pattern.empty()) return data_error("no field 'pattern'");
  if (line.pattern.size() > kMostPattern)
    return data_error(
        fmt::format("a pattern of {} characters, at most {} are read", line.pattern.size(), kMostPattern));
  try {
    std::regex pattern(line.pattern);
    if (!matches(pattern, line.question.answer))
      return data_error(fmt::format("the pattern '{}' does not match the completion", line.pattern));
    return pattern;
  } catch (const std::regex_error& error) {
    return data_error(fmt::format("pattern '{}': {}", line.pattern, error.what()));
  }
}

Result<std::unique_ptr<Task>> make_file_task(std::string_view name, const JsonlOptions& options, Match match,
                                             const ReadLine& read) {
  ERRATA_ASSIGN(auto lines, read_lines(options, read));
  ERRATA_TRY(keep_skills(options, lines));
  std::vector<ListedQuestion> questions;
  std::map<std::string, std::regex, std::less<>> patterns;
  for (Line& line : lines) {
    const auto bad = [&](std::string_view what) {
      return data_error(fmt::format("{}, {}: {}", options.file, line.question.place, what));
    };
    if (match == Match::pattern) {
      auto pattern = compiled(line);
      if (!pattern) return bad(pattern.error().message);
      patterns.insert_or_assign(line.question.prompt, std::move(*pattern));
    }
    if (match == Match::numeric && !final_number(line.question.answer) && !decimal(line.question.answer))
      return bad(fmt::format("the answer '{}' is no number, and has none behind '####'", line.question.answer));
    questions.push_back(std::move(line.question));
  }
  ERRATA_TRY(ListedTask::check_questions(questions, options.file));
  return std::make_unique<FileTask>(name, match, std::move(questions), std::move(patterns));
}

}  // namespace

std::string_view name_of(Match match) { return kMatchNames[static_cast<std::size_t>(match)]; }

Result<std::unique_ptr<Task>> make_jsonl_task(const JsonlOptions& options) {
  return make_file_task("jsonl", options, options.match, read_pair);
}

Result<std::unique_ptr<Task>> make_gsm8k_task(const JsonlOptions& options) {
  return make_file_task("gsm8k", options, Match::numeric, read_gsm8k);
}

}  // namespace errata::improve
