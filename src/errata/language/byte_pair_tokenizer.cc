#include "errata/language/byte_pair_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/base/json_nesting.h"
#include "errata/tokenizer/byte_pair_training.h"
#include "errata/tokenizer/tokenizer_json.h"

namespace errata::language {
namespace {

using WordsJson = nlohmann::json;

constexpr std::size_t kMostWordsBytes = std::size_t{4} << 20;
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kTemplateFile = "chat_template.jinja";
constexpr const char* kGenerationConfig = "generation_config.json";
constexpr const char* kModelSettings = "config.json";

/// A JSON object beside the vocabulary, or nothing where there is no such file.
struct WordsFile {
  std::string place, content;
  WordsJson json;
  [[nodiscard]] bool is_there() const { return !content.empty(); }
  [[nodiscard]] WordsJson at(const char* key) const { return json.value(key, WordsJson()); }
};

Result<std::string> content_if_there(const std::filesystem::path& place, std::size_t most) {
  std::error_code ignored;
  if (!std::filesystem::exists(place, ignored)) return std::string();
  return read_file(place, most);
}

Result<WordsFile> words_file(const std::filesystem::path& folder, const char* name) {
  constexpr std::size_t kDeepest = 32;
  WordsFile file{.place = (folder / name).string(), .content = {}, .json = WordsJson::object()};
  ERRATA_ASSIGN(file.content, content_if_there(file.place, kMostWordsBytes));
  if (!file.is_there()) return file;
  if (nests_deeper(file.content, kDeepest))
    return data_error(fmt::format("{}: nested more than {} deep", file.place, kDeepest));
  file.json = WordsJson::parse(file.content, nullptr, false);
  if (!file.json.is_object()) return data_error(fmt::format("{}: no JSON object", file.place));
  return file;
}

/// eos_token_id, a number or a list; none where it is missing.
Result<std::vector<std::int32_t>> end_numbers(const WordsFile& file) {
  constexpr std::int64_t kBelow = std::int64_t{1} << 24;
  const WordsJson value = file.at("eos_token_id");
  const WordsJson list = value.is_array() ? value : value.is_null() ? WordsJson::array() : WordsJson::array({value});
  std::vector<std::int32_t> ends;
  for (const WordsJson& one : list) {
    if (!one.is_number_unsigned() || one.get<std::uint64_t>() >= kBelow)
      return data_error(fmt::format("{}: eos_token_id is no number of a token and no list of them", file.place));
    ends.push_back(one.get<std::int32_t>());
  }
  return ends;
}

/// The name of a token in tokenizer_config.json: a text, or an object with its content; none where it is missing.
Result<std::string> token_name(const WordsFile& file, const char* key) {
  WordsJson value = file.at(key);
  if (value.is_null()) return std::string();
  if (value.is_object()) value = value.value("content", WordsJson());
  if (!value.is_string()) return data_error(fmt::format("{}: {} is no name of a token", file.place, key));
  return value.get<std::string>();
}

/// The template of conversations: a text, or a list of named ones, of which "default" counts.
Result<std::string> template_text(const WordsFile& file) {
  const WordsJson value = file.at("chat_template");
  if (value.is_null()) return std::string();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array())
    for (const WordsJson& one : value)
      if (one.is_object() && one.value("name", WordsJson()) == "default" &&
          one.value("template", WordsJson()).is_string())
        return one["template"].get<std::string>();
  return data_error(fmt::format("{}: chat_template is no text and no list with a default", file.place));
}

void append_new(std::vector<std::int32_t>& to, const std::vector<std::int32_t>& from) {
  for (const std::int32_t one : from)
    if (std::ranges::find(to, one) == to.end()) to.push_back(one);
}

std::string ends_json(const std::vector<std::int32_t>& ends) {
  return WordsJson{{"eos_token_id", ends}}.dump(2) + "\n";
}

}  // namespace

Result<BytePairTokenizer> BytePairTokenizer::checked(tokenizer::ByteLevelVocabulary vocabulary, TokenizerWords words,
                                                     std::string_view place) {
  ERRATA_ASSIGN(auto pairs, tokenizer::ByteLevelTokenizer::create(std::move(vocabulary), place));
  if (words.ends.empty()) return data_error(fmt::format("{}: nothing says which token ends an answer", place));
  for (const std::int32_t end : words.ends)
    if (end < 0 || static_cast<std::size_t>(end) >= pairs.size())
      return data_error(
          fmt::format("{}: the token {} ends answers, and is not in 0 to {}", place, end, pairs.size() - 1));
  return BytePairTokenizer(std::move(pairs), std::move(words));
}

Result<BytePairTokenizer> BytePairTokenizer::create(tokenizer::ByteLevelVocabulary vocabulary, TokenizerWords words,
                                                    std::string_view place) {
  ERRATA_ASSIGN(auto made, checked(std::move(vocabulary), std::move(words), place));
  WordsJson config{{"tokenizer_class", "PreTrainedTokenizerFast"},
                   {"eos_token", tokenizer::name_of(made.pairs_.vocabulary(), made.end())}};
  if (!made.words_.begin_name.empty()) config["bos_token"] = made.words_.begin_name;
  if (!made.words_.chat_template.empty()) config["chat_template"] = made.words_.chat_template;
  made.files_ = {{kTokenizerFile, tokenizer::tokenizer_json(made.pairs_.vocabulary())},
                 {kTokenizerConfig, config.dump(2, ' ', false, WordsJson::error_handler_t::replace) + "\n"},
                 {kGenerationConfig, ends_json(made.words_.ends)}};
  return made;
}

Result<BytePairTokenizer> BytePairTokenizer::train(std::span<const std::string> texts, std::size_t size) {
  const tokenizer::BytePairTraining training{.size = size,
                                             .splitting = {.steps = {{.pattern = "[0-9]"}}, .as_gpt2 = true}};
  ERRATA_ASSIGN(auto vocabulary, tokenizer::train_byte_pairs(texts, training));
  return create(std::move(vocabulary), {.ends = {0}, .chat_template = {}, .begin_name = {}},
                "a vocabulary that was trained");
}

Result<BytePairTokenizer> BytePairTokenizer::load(const std::filesystem::path& folder) {
  const std::string place = (folder / kTokenizerFile).string();
  ERRATA_ASSIGN(std::string content, read_file(place, tokenizer::kMostTokenizerBytes));
  ERRATA_ASSIGN(auto vocabulary, tokenizer::parse_tokenizer_json({.content = content, .place = place}));
  ERRATA_ASSIGN(WordsFile config, words_file(folder, kTokenizerConfig));
  ERRATA_ASSIGN(WordsFile generation, words_file(folder, kGenerationConfig));
  ERRATA_ASSIGN(const WordsFile model, words_file(folder, kModelSettings));
  ERRATA_ASSIGN(std::string jinja, content_if_there(folder / kTemplateFile, kMostWordsBytes));
  TokenizerWords words;
  ERRATA_ASSIGN(const std::string end_name, token_name(config, "eos_token"));
  ERRATA_ASSIGN(words.begin_name, token_name(config, "bos_token"));
  ERRATA_ASSIGN(words.chat_template, template_text(config));
  if (!jinja.empty()) words.chat_template = jinja;
  ERRATA_ASSIGN(const auto ends, end_numbers(generation));
  ERRATA_ASSIGN(const auto model_ends, end_numbers(model));
  if (!end_name.empty()) {
    const auto& tokens = vocabulary.tokens;
    const auto added = std::ranges::find(vocabulary.added, end_name, &tokenizer::AddedToken::content);
    const auto token = std::ranges::find(tokens, end_name);
    if (added == vocabulary.added.end() && token == tokens.end())
      return data_error(fmt::format("{}: eos_token \"{}\" is no token of {}", config.place, end_name, place));
    words.ends = {added != vocabulary.added.end() ? added->number : static_cast<std::int32_t>(token - tokens.begin())};
  }
  append_new(words.ends, ends);
  if (ends.empty()) append_new(words.ends, model_ends);
  ERRATA_ASSIGN(auto made, checked(std::move(vocabulary), std::move(words), place));
  if (ends.empty()) generation.content = ends_json(made.words_.ends);
  made.files_ = {{kTokenizerFile, std::move(content)}, {kGenerationConfig, std::move(generation.content)}};
  if (config.is_there()) made.files_.push_back({kTokenizerConfig, std::move(config.content)});
  if (!jinja.empty()) made.files_.push_back({kTemplateFile, std::move(jinja)});
  return made;
}

Result<std::string> BytePairTokenizer::chat(std::span<const Message> messages) const {
  if (words_.chat_template.empty()) return Tokenizer::chat(messages);
  ERRATA_ASSIGN(const ChatTemplate form, ChatTemplate::recognise(words_.chat_template, words_.begin_name,
                                                                 tokenizer::name_of(pairs_.vocabulary(), end())));
  return chat_prompt(form, messages);
}

Result<void> BytePairTokenizer::save(const std::filesystem::path& folder) const {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return output_error(fmt::format("{}: {}", folder.string(), problem.message()));
  for (const File& file : files_) ERRATA_TRY(write_file(folder / file.name, file.content));
  return {};
}

}  // namespace errata::language
