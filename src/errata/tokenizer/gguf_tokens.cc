#include "errata/tokenizer/gguf_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "errata/tokenizer/byte_characters.h"
#include "errata/tokenizer/merge_names.h"

namespace errata::tokenizer {
namespace {

constexpr std::int64_t kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5;

struct Pre {
  std::string_view name;
  std::vector<SplitStep> steps;
  bool as_gpt2 = false, composes = false, ignores_merges = false, adds_bos = false;
};

/// By tokenizer.ggml.pre.
Result<Pre> pre_of(std::string_view name, std::string_view place) {
  const SplitStep digit{.pattern = std::string(kDigitPattern)};
  const SplitStep llama{.pattern = std::string(kLlama3Pattern)}, qwen{.pattern = std::string(kQwen2Pattern)};
  const std::vector<SplitStep> plain{{.pattern = R"([\p{P}\$\+<=>\^~\|]+)"},
                                     {.pattern = std::string(kGpt2Pattern)},
                                     {.pattern = R"(\p{N}+)"},
                                     {.pattern = "[0-9][0-9][0-9]"}};
  for (const Pre& pre :
       {Pre{.name = "gpt-2", .steps = {}, .as_gpt2 = true}, Pre{.name = "smollm", .steps = {digit}, .as_gpt2 = true},
        Pre{.name = "qwen2", .steps = {qwen}, .composes = true},
        Pre{.name = "llama-bpe", .steps = {llama}, .ignores_merges = true, .adds_bos = true},
        Pre{.name = "default", .steps = plain}, Pre{.name = "", .steps = plain}})
    if (pre.name == name) return pre;
  return data_error(
      fmt::format("{}: tokenizer.ggml.pre is \"{}\"; gpt-2, llama-bpe, qwen2, smollm and default are supported", place,
                  shown(name)));
}

}  // namespace

Result<ByteLevelVocabulary> gguf_vocabulary(const GgufTokens& gguf, std::string_view place) {
  if (!gguf.token_types.empty() && gguf.token_types.size() != gguf.tokens.size())
    return data_error(fmt::format("{}: tokenizer.ggml.token_type has {} values for {} tokens", place,
                                  gguf.token_types.size(), gguf.tokens.size()));
  ERRATA_ASSIGN(Pre pre, pre_of(gguf.pre, place));
  ByteLevelVocabulary vocabulary{.tokens = gguf.tokens,
                                 .splitting = {.steps = std::move(pre.steps), .as_gpt2 = pre.as_gpt2},
                                 .composes = pre.composes,
                                 .ignores_merges = pre.ignores_merges};
  for (std::size_t i = 0; i < gguf.token_types.size(); ++i) {
    const std::int64_t type = gguf.token_types[i];
    if (type < kNormal || type > kUnused)
      return data_error(fmt::format("{}: tokenizer.ggml.token_type {} is {}, not 1 to 5", place, i, type));
    if (type == kUnused) vocabulary.tokens[i].clear();
    if (type == kControl || type == kUserDefined)
      vocabulary.added.push_back(
          {.number = static_cast<std::int32_t>(i), .content = gguf.tokens[i], .is_special = type == kControl});
  }
  if (gguf.adds_bos.value_or(pre.adds_bos)) {
    if (!gguf.bos)
      return data_error(fmt::format("{}: texts begin with a token, and no bos_token_id says which", place));
    vocabulary.before = {*gguf.bos};
  }
  ERRATA_ASSIGN(const MergeNames names,
                MergeNames::create(vocabulary.tokens, fmt::format("{}: tokenizer.ggml", place)));
  vocabulary.merges.reserve(gguf.merges.size());
  for (const std::string& merge : gguf.merges) {
    ERRATA_ASSIGN(const PairMerge pair, names.parse(merge, vocabulary.merges.size()));
    vocabulary.merges.push_back(pair);
  }
  return vocabulary;
}

}  // namespace errata::tokenizer
