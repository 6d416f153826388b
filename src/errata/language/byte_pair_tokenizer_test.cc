#include "errata/language/byte_pair_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errata/base/atomic_file.h"
#include "errata/base/test_folder.h"
#include "errata/language/character_tokenizer.h"
#include "errata/tokenizer/byte_pair_training.h"
#include "errata/tokenizer/tokenizer_json.h"

namespace errata::language {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kChat =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
    "'\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/// 0 <|endoftext|>, 1 <|im_end|>, bytes from 2 on, and what "12+34" teaches.
tokenizer::ByteLevelVocabulary small_vocabulary() {
  const std::vector<std::string> texts{"12+34", "12+5", "12"};
  return tokenizer::train_byte_pairs(texts, {.size = 260, .special = {tokenizer::kEndOfText, "<|im_end|>"}}).value();
}

/// A folder as checkpoints have it.
void write_folder(const TestFolder& folder, std::string_view config, std::string_view generation,
                  std::string_view model) {
  (void)folder.file("tokenizer.json", tokenizer::tokenizer_json(small_vocabulary()));
  if (!config.empty()) (void)folder.file("tokenizer_config.json", config);
  if (!generation.empty()) (void)folder.file("generation_config.json", generation);
  if (!model.empty()) (void)folder.file("config.json", model);
}

std::string why_no_tokenizer(std::string_view config, std::string_view generation = "", std::string_view model = "") {
  const TestFolder folder;
  write_folder(folder, config, generation, model);
  const auto made = BytePairTokenizer::load(folder.path());
  return made ? "none" : made.error().message;
}

TEST(BytePairTokenizer, IsSavedAndLoadedAsItWasMade) {
  const auto made =
      BytePairTokenizer::create(small_vocabulary(),
                                {.ends = {1, 0}, .chat_template = kChat, .begin_name = "<|endoftext|>"}, "made")
          .value();
  EXPECT_THAT(*made.encode("12"), ElementsAre(258));
  EXPECT_EQ(made.decode(std::vector<std::int32_t>{258, 1}), "12");
  EXPECT_EQ(made.vocabulary(), 260U);
  const TestFolder folder;
  ASSERT_TRUE(made.save(folder / "model"));
  const auto loaded = load_tokenizer(folder / "model").value();
  EXPECT_THAT(*loaded->encode("12"), ElementsAre(258));
  EXPECT_THAT(loaded->ends(), ElementsAre(1, 0));
  EXPECT_EQ(loaded->end(), 1);
  EXPECT_EQ(loaded->chat(std::vector<Message>{{"user", "a"}}),
            "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
}

TEST(BytePairTokenizer, KeepsTheBytesOfItsFiles) {
  const TestFolder folder;
  write_folder(folder, R"({ "eos_token": {"content":"<|im_end|>", "lstrip":false}, "chat_template":
    [{"name":"tool","template":"x"},{"name":"default","template":"y"}] })",
               "", R"({"eos_token_id":[1,0]})");
  (void)folder.file("chat_template.jinja", kChat);
  const auto loaded = BytePairTokenizer::load(folder.path()).value();
  ASSERT_TRUE(loaded.save(folder / "copy"));
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"})
    EXPECT_EQ(read_file(folder / name).value(), read_file(folder / "copy" / name).value()) << name;
  EXPECT_THAT(BytePairTokenizer::load(folder / "copy")->ends(), ElementsAre(1, 0))
      << "config.json is not the tokenizer's";
  EXPECT_TRUE(loaded.chat(std::vector<Message>{{"user", "a"}})) << "the file of its own is the template";
}

TEST(BytePairTokenizer, TheEndIsWhatTheFilesSayInTheirOrder) {
  const TestFolder folder;
  write_folder(folder, R"({"eos_token":"<|im_end|>"})", R"({"eos_token_id":[0,1]})", R"({"eos_token_id":70})");
  EXPECT_THAT(BytePairTokenizer::load(folder.path())->ends(), ElementsAre(1, 0));
  write_folder(folder, "{}", R"({"eos_token_id":0})", R"({"eos_token_id":70})");
  EXPECT_THAT(BytePairTokenizer::load(folder.path())->ends(), ElementsAre(0));
  write_folder(folder, "{}", "{}", R"({"eos_token_id":70})");
  EXPECT_THAT(BytePairTokenizer::load(folder.path())->ends(), ElementsAre(70));
}

TEST(BytePairTokenizer, APromptBeginsAsTheFileSaysOnce) {
  auto vocabulary = small_vocabulary();
  vocabulary.before = {0};
  const auto made = BytePairTokenizer::create(vocabulary, {.ends = {1}}, "made").value();
  EXPECT_THAT(*prompt_tokens(made, "12"), ElementsAre(0, 258));
  EXPECT_THAT(*prompt_tokens(made, "<|endoftext|>12"), ElementsAre(0, 258));
  EXPECT_THAT(*prompt_tokens(made, ""), ElementsAre(0));
  EXPECT_THAT(*made.encode("12"), ElementsAre(258));
  const auto characters = CharacterTokenizer::create("12").value();
  EXPECT_THAT(*prompt_tokens(characters, "12"), ElementsAre(1, 2));
  EXPECT_THAT(characters.chat({}).error().message, HasSubstr("has no chat template"));
}

TEST(BytePairTokenizer, AQuestionIsAUsersMessageWhereThereIsAChatTemplate) {
  const auto chats =
      BytePairTokenizer::create(small_vocabulary(), {.ends = {1}, .chat_template = kChat}, "made").value();
  const std::string asked = "<|im_start|>user\n12<|im_end|>\n<|im_start|>assistant\n";
  EXPECT_EQ(*question_tokens(chats, "12"), *chats.encode(asked));
  const auto plain = BytePairTokenizer::create(small_vocabulary(), {.ends = {1}}, "made").value();
  EXPECT_THAT(*question_tokens(plain, "12"), ElementsAre(258));
}

TEST(BytePairTokenizer, FoldersThatSayNoEndOrNonsenseAreRefused) {
  EXPECT_THAT(why_no_tokenizer(""), HasSubstr("tokenizer.json: nothing says which token ends an answer"));
  EXPECT_THAT(why_no_tokenizer(R"({"eos_token":"</s>"})"),
              HasSubstr("tokenizer_config.json: eos_token \"</s>\" is no token of"));
  EXPECT_THAT(why_no_tokenizer(R"({"eos_token":7})"), HasSubstr("eos_token is no name of a token"));
  EXPECT_THAT(why_no_tokenizer("[]"), HasSubstr("tokenizer_config.json: no JSON object"));
  EXPECT_THAT(why_no_tokenizer("", R"({"eos_token_id":"1"})"),
              HasSubstr("generation_config.json: eos_token_id is no number"));
  EXPECT_THAT(why_no_tokenizer("", R"({"eos_token_id":260})"),
              HasSubstr("the token 260 ends answers, and is not in 0 to 259"));
  EXPECT_THAT(why_no_tokenizer("", "", R"({"eos_token_id":[-1]})"),
              HasSubstr("config.json: eos_token_id is no number"));
  EXPECT_THAT(why_no_tokenizer(R"({"eos_token":"<|im_end|>","chat_template":7})"),
              HasSubstr("chat_template is no text"));
  EXPECT_THAT(why_no_tokenizer(std::string(100, '[')), HasSubstr("nested more than 32 deep"));
  const TestFolder folder;
  EXPECT_THAT(load_tokenizer(folder.path()).error().message, HasSubstr("has no tokenizer, neither tokenizer.json nor"));
}

}  // namespace
}  // namespace errata::language
