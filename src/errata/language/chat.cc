#include "errata/language/chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "errata/base/utf8.h"
#include "errata/tokenizer/unicode.h"

namespace errata::language {
namespace {

constexpr std::string_view kKnowledge = "Cutting Knowledge Date: December 2023\n";
constexpr std::string_view kToday = "26 Jul 2024";  // of the template itself

/// A template as what it writes: \n in texts are lines, and all texts stand in '.
std::string plain(std::string_view jinja) {
  std::string text;
  for (std::size_t i = 0; i < jinja.size(); ++i) {
    const bool is_line = jinja[i] == '\\' && i + 1 < jinja.size() && jinja[i + 1] == 'n';
    text += is_line ? '\n' : jinja[i] == '"' ? '\'' : jinja[i];
    i += is_line ? 1 : 0;
  }
  return text;
}

bool has(std::string_view text, std::string_view part) { return text.contains(part); }

std::unexpected<Error> refused(std::string_view why) {
  return data_error(fmt::format(
      "the chat template {}; ChatML, Llama 3's and Llama 2's are understood (docs/methods/language.md)", why));
}

/// The system's message that a ChatML template writes of itself; nothing where it writes two.
std::optional<std::string> own_system(std::string_view text) {
  constexpr std::string_view kBegin = "<|im_start|>system\n", kEnd = "<|im_end|>";
  std::string found;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    const std::size_t end = text.find(kEnd, at);
    if (end == std::string_view::npos) break;
    const std::string_view content = text.substr(at, end - at);
    if (content.empty() || content.front() == '\'' || has(content, "{{") || has(content, "}}") || has(content, "{%"))
      continue;
    if (!found.empty() && found != content) return std::nullopt;
    found = content;
  }
  return found;
}

Result<ChatTemplate> chatml_of(std::string_view text, ChatTemplate chat) {
  if (!has(text, "<|im_end|>") || !has(text, "<|im_start|>assistant\n"))
    return refused("begins turns as ChatML does and does not go on as it");
  if (has(text, "trim") || has(text, "strip()") || has(text, "eos_token"))
    return refused("is ChatML that changes what is said");
  auto system = own_system(text);
  if (!system) return refused("has two system messages of its own");
  chat.form = ChatForm::chatml;
  chat.default_system = std::move(*system);
  if (!has(text, "bos_token")) chat.begin.clear();
  return chat;
}

Result<ChatTemplate> llama3_of(std::string_view text, ChatTemplate chat) {
  if (!has(text, "<|end_header_id|>\n\n") || !has(text, "<|eot_id|>") ||
      !has(text, "<|start_header_id|>assistant<|end_header_id|>\n\n"))
    return refused("begins turns as Llama 3's does and does not go on as it");
  chat.form = ChatForm::llama3;
  chat.trims = has(text, "trim");
  if (!has(text, "bos_token")) chat.begin.clear();
  if (!has(text, "Cutting Knowledge Date")) return chat;
  if (!has(text, kKnowledge) || !has(text, kToday)) return refused("says other dates than Llama 3.1's and 3.2's");
  chat.system_header = fmt::format("{}Today Date: {}\n\n", kKnowledge, kToday);
  return chat;
}

Result<ChatTemplate> llama2_of(std::string_view text, ChatTemplate chat) {
  if (!has(text, "[/INST]") || !has(text, "<<SYS>>\n") || !has(text, "\n<</SYS>>\n\n"))
    return refused("begins turns as Llama 2's does and does not go on as it");
  if (chat.begin.empty() || chat.end.empty()) return refused("is Llama 2's, and bos_token or eos_token has no name");
  chat.form = ChatForm::llama2;
  return chat;
}

/// Without white space around it, as Python's str.strip() has it.
std::string_view stripped(std::string_view text) {
  const auto is_space = [](std::string_view at) {
    return tokenizer::kind_of(first_character(at).code) == tokenizer::CharacterKind::space;
  };
  while (!text.empty() && is_space(text)) text.remove_prefix(first_character(text).bytes);
  while (!text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80U) --last;
    if (!is_space(text.substr(last))) break;
    text = text.substr(0, last);
  }
  return text;
}

Result<void> check_messages(std::span<const Message> messages) {
  if (messages.empty() || messages.back().role != "user")
    return invalid_argument("a conversation that does not end with a message of the user asks for no answer");
  bool is_user = true;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string& role = messages[i].role;
    if (i == 0 && role == "system") continue;
    const std::string_view wanted = is_user ? "user" : "assistant";
    if (role != wanted)
      return invalid_argument(fmt::format("message {} is of the role \"{}\", where \"{}\" is wanted", i + 1,
                                          with_broken_bytes_shown(role), wanted));
    is_user = !is_user;
  }
  return {};
}

std::string chatml(const ChatTemplate& chat, std::span<const Message> messages) {
  std::string text = chat.begin;
  const auto turn = [&](std::string_view role, std::string_view content) {
    text += fmt::format("<|im_start|>{}\n{}<|im_end|>\n", role, content);
  };
  if (messages.front().role != "system" && !chat.default_system.empty()) turn("system", chat.default_system);
  for (const Message& message : messages) turn(message.role, message.content);
  return text + "<|im_start|>assistant\n";
}

std::string llama3(const ChatTemplate& chat, std::span<const Message> messages) {
  std::string text = chat.begin;
  const auto turn = [&](std::string_view role, std::string_view header, std::string_view content) {
    text += fmt::format("<|start_header_id|>{}<|end_header_id|>\n\n{}{}<|eot_id|>", role, header,
                        chat.trims ? stripped(content) : content);
  };
  if (messages.front().role != "system" && !chat.system_header.empty()) turn("system", chat.system_header, "");
  for (const Message& message : messages)
    turn(message.role, message.role == "system" ? chat.system_header : "", message.content);
  return text + "<|start_header_id|>assistant<|end_header_id|>\n\n";
}

std::string llama2(const ChatTemplate& chat, std::span<const Message> messages) {
  std::string text, system;
  for (const Message& message : messages) {
    if (message.role == "system") {
      system = fmt::format("<<SYS>>\n{}\n<</SYS>>\n\n", message.content);
      continue;
    }
    const std::string content = std::exchange(system, "") + message.content;
    text += message.role == "user" ? fmt::format("{}[INST] {} [/INST]", chat.begin, stripped(content))
                                   : fmt::format(" {} {}", stripped(content), chat.end);
  }
  return text;
}

}  // namespace

Result<ChatTemplate> ChatTemplate::recognise(std::string_view jinja, std::string_view begin, std::string_view end) {
  constexpr std::size_t kMostTemplate = 1 << 16;
  if (jinja.size() > kMostTemplate) return refused("has more than 64 KiB");
  const std::string text = plain(jinja);
  for (const std::string_view mark : {"<think>", "enable_thinking", "reasoning_content"})
    if (has(text, mark)) return refused("lets the model think first");
  constexpr std::array<std::string_view, 3> kMarks{"<|im_start|>", "<|start_header_id|>", "[INST]"};
  const auto forms = std::ranges::count_if(kMarks, [&](std::string_view mark) { return has(text, mark); });
  if (forms != 1) return refused(forms == 0 ? "is of no form that is known here" : "is of two forms");
  ChatTemplate chat;
  chat.begin = begin;
  chat.end = end;
  if (has(text, kMarks[0])) return chatml_of(text, std::move(chat));
  if (has(text, kMarks[1])) return llama3_of(text, std::move(chat));
  return llama2_of(text, std::move(chat));
}

Result<std::string> chat_prompt(const ChatTemplate& chat, std::span<const Message> messages) {
  ERRATA_TRY(check_messages(messages));
  switch (chat.form) {
    case ChatForm::chatml: return chatml(chat, messages);
    case ChatForm::llama3: return llama3(chat, messages);
    case ChatForm::llama2: return llama2(chat, messages);
  }
  return invalid_argument("a form of chats that is none");
}

}  // namespace errata::language
