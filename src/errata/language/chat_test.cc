#include "errata/language/chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace errata::language {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTurns =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
    "'\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
constexpr const char* kLlama3Turns =
    "{{ bos_token }}{{ '<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' + content | trim + '<|eot_id|>' }}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}";

std::string why_no_template(std::string_view jinja) {
  const auto chat = ChatTemplate::recognise(jinja, "<s>", "</s>");
  return chat ? "none" : chat.error().message;
}

TEST(Chat, ChatMlSaysItsOwnSystemMessageWhereNoneIsGiven) {
  const std::string jinja = "{{ '<|im_start|>system\\nBe kind.<|im_end|>\\n' }}" + std::string(kTurns);
  const auto chat = ChatTemplate::recognise(jinja, "", "<|im_end|>").value();
  EXPECT_EQ(chat_prompt(chat, std::vector<Message>{{"user", "hi"}}),
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(chat_prompt(chat, std::vector<Message>{{"system", "s"}, {"user", "u"}, {"assistant", "a"}, {"user", "v"}}),
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n"
            "<|im_start|>user\nv<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(ChatTemplate::recognise(kTurns, "<s>", "").value().default_system, "");
}

TEST(Chat, Llama3BeginsTheTextAndTrims) {
  const auto chat = ChatTemplate::recognise(kLlama3Turns, "<|begin|>", "").value();
  EXPECT_EQ(chat_prompt(chat, std::vector<Message>{{"user", " hi\n"}}),
            "<|begin|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|><|start_header_id|>assistant<|end_header_"
            "id|>\n\n");
}

TEST(Chat, OtherTemplatesAreRefusedInASentence) {
  EXPECT_THAT(why_no_template("{{ '<start_of_turn>' }}"),
              HasSubstr("the chat template is of no form that is known here;"));
  EXPECT_THAT(why_no_template(""), HasSubstr("no form"));
  EXPECT_THAT(why_no_template(std::string(kTurns) + "[INST]"), HasSubstr("is of two forms"));
  EXPECT_THAT(why_no_template(std::string(kTurns) + "<think>"), HasSubstr("lets the model think first"));
  EXPECT_THAT(why_no_template("{{ '<|im_start|>user: ' }}"), HasSubstr("does not go on as it"));
  EXPECT_THAT(why_no_template(std::string(kTurns) + "| trim"), HasSubstr("changes what is said"));
  EXPECT_THAT(
      why_no_template("'<|im_start|>system\\na<|im_end|>' '<|im_start|>system\\nb<|im_end|>'" + std::string(kTurns)),
      HasSubstr("two system messages"));
  EXPECT_THAT(why_no_template(std::string(kLlama3Turns) + "Cutting Knowledge Date: May"), HasSubstr("other dates"));
  EXPECT_THAT(why_no_template("[INST]"), HasSubstr("begins turns as Llama 2's"));
  EXPECT_THAT(why_no_template(std::string(1 << 17, ' ')), HasSubstr("more than 64 KiB"));
}

TEST(Chat, ConversationsThatAskForNothingAreRefused) {
  const auto chat = ChatTemplate::recognise(kTurns, "", "").value();
  const auto why = [&](const std::vector<Message>& messages) { return chat_prompt(chat, messages).error().message; };
  EXPECT_THAT(why({}), HasSubstr("asks for no answer"));
  EXPECT_THAT(why({{"user", "a"}, {"assistant", "b"}}), HasSubstr("asks for no answer"));
  EXPECT_THAT(why({{"user", "a"}, {"user", "b"}}), HasSubstr("message 2 is of the role \"user\", where \"assistant\""));
  EXPECT_THAT(why({{"user", "a"}, {"system", "b"}, {"user", "c"}}), HasSubstr("message 2 is of the role \"system\""));
}

}  // namespace
}  // namespace errata::language
