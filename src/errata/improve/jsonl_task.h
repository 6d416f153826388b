#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/improve/task_listed.h"

namespace errata::improve {

/// When an answer to a question of a file is right.
enum class Match : std::uint8_t {
  exact,    ///< the same text but for blanks at both ends
  numeric,  ///< the same number (task_match.h), of the whole answer or behind its last "####"
  pattern,  ///< the line's field `pattern`, a regular expression of ECMAScript, matches the whole answer
};
[[nodiscard]] std::string_view name_of(Match match);

struct JsonlOptions {
  std::string file;
  Match match = Match::exact;
  std::vector<std::string> skills{};  ///< keeps those alone; empty: all
};

/// Questions of a file, a JSON object a line: {"prompt": …, "completion": …}, or a chat, {"messages": [{"role": "user",
/// "content": …}, …, {"role": "assistant", "content": …}]}, whose last message is the answer and whose others are the
/// prompt, a paragraph each. A field `skill` names the skill ("all" without it).
/// @return data error naming file and line; invalid_argument for a skill that no line has
[[nodiscard]] Result<std::unique_ptr<Task>> make_jsonl_task(const JsonlOptions& options);

/// GSM8K as published: {"question": …, "answer": "… #### 72"} a line. Right is an answer with the same number behind
/// its last "####". Skills: steps_2, steps_3 … by the lines of the answer before that, the longest together from 8 on.
/// @return as make_jsonl_task()
[[nodiscard]] Result<std::unique_ptr<Task>> make_gsm8k_task(const JsonlOptions& options);

}  // namespace errata::improve
