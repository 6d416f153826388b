#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "errata/base/error.h"

namespace errata::language {

/// One turn of a conversation.
struct Message {
  std::string role;  ///< "system", "user" or "assistant"
  std::string content;
};

/// How conversations become prompts.
enum class ChatForm : std::uint8_t {
  chatml,  ///< <|im_start|>role, a line, content<|im_end|>: Qwen2, Qwen2.5, SmolLM2
  llama3,  ///< <|start_header_id|>role<|end_header_id|>, an empty line, content<|eot_id|>
  llama2,  ///< [INST] content [/INST]
};

/// The part of a chat template that is understood here: its form, recognised by the markers that it writes, and what it
/// adds. docs/methods/language.md lists the markers.
struct ChatTemplate {
  ChatForm form = ChatForm::chatml;
  std::string begin, end;      ///< tokens by name: of a text's beginning (may be empty), of an answer's end (llama2)
  std::string default_system;  ///< what chatml says where no message is the system's; empty: nothing
  std::string system_header;   ///< what llama3 says before the system's message; empty: nothing
  bool trims = false;          ///< llama3: contents without white space around them

  /// @param jinja  the template of tokenizer_config.json  @param begin, end  names of those tokens; may be empty
  /// @return data error with a sentence: none of the forms, two of them, or one that does more
  [[nodiscard]] static Result<ChatTemplate> recognise(std::string_view jinja, std::string_view begin,
                                                      std::string_view end);
};

/// The prompt that asks for the next answer, as the template writes it.
/// @param messages  a system's first, if any; then the user's and the assistant's in turn, the user's last
/// @return invalid_argument naming the message
[[nodiscard]] Result<std::string> chat_prompt(const ChatTemplate& chat, std::span<const Message> messages);

}  // namespace errata::language
