#include "errata/language/perplexity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/base/checksum.h"
#include "errata/language/generation.h"
#include "errata/nn/shards.h"

namespace errata::language {
namespace {

constexpr std::size_t kMostFile = std::size_t{1} << 26U;

/// −log p of a token, of logits.
double surprise(std::span<const float> logits, std::int32_t token) {
  const double most = std::ranges::max(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return std::log(sum) + most - static_cast<double>(logits[static_cast<std::size_t>(token)]);
}

/// Of all tokens but the first.
Result<double> surprise_of(const Model& model, std::span<const std::int32_t> tokens) {
  const std::size_t width = model.config.vocabulary;
  ERRATA_ASSIGN(const auto logits, logits_of(model, nullptr, tokens));
  double sum = 0;
  for (std::size_t t = 0; t + 1 < tokens.size(); ++t)
    sum += surprise(std::span(logits).subspan(t * width, width), tokens[t + 1]);
  return sum;
}

}  // namespace

Result<Texts> read_texts(const std::filesystem::path& file, const Tokenizer& tokenizer, std::size_t positions) {
  ERRATA_ASSIGN(const std::string content, read_file(file, kMostFile));
  Texts texts;
  std::size_t number = 0;
  for (std::size_t at = 0; at < content.size(); ++number) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    std::string_view line(content.data() + at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const auto place = [&] { return fmt::format("{}, line {}", file.string(), number + 1); };
    const auto words = tokenizer.encode(line);
    if (!words) return data_error(fmt::format("{}: {}", place(), words.error().message));
    std::vector<std::int32_t> tokens = tokenizer.begin();
    tokens.insert(tokens.end(), words->begin(), words->end());
    if (tokens.size() < 2 || tokens.size() > positions)
      return data_error(fmt::format("{}: a text of {} tokens is not from 2 to {}, which the model reads", place(),
                                    tokens.size(), positions));
    texts.push_back(std::move(tokens));
  }
  if (texts.empty()) return data_error(fmt::format("{}: no line with a text", file.string()));
  return texts;
}

PartedTexts parted(Texts texts) {
  const auto key = [](const std::vector<std::int32_t>& text) {
    return checksum(std::string_view(reinterpret_cast<const char*>(text.data()), text.size() * sizeof(std::int32_t)));
  };
  std::ranges::sort(texts, [&](const auto& a, const auto& b) { return std::pair(key(a), a) < std::pair(key(b), b); });
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
  PartedTexts parts;
  for (std::size_t i = 0; i < texts.size(); ++i)
    (i % 2 == 0 ? parts.measured : parts.rehearsed).push_back(std::move(texts[i]));
  return parts;
}

Result<double> perplexity(const Model& model, const Texts& texts, const Cancellation* cancellation) {
  if (texts.empty()) return invalid_argument("no texts to measure a perplexity on");
  std::vector<Result<double>> surprises(texts.size(), 0.0);
  nn::for_each_shard(texts.size(), [&](std::size_t i) { surprises[i] = surprise_of(model, texts[i]); }, cancellation);
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ERRATA_ASSIGN(const double of_text, std::move(surprises[i]));
    sum += of_text;
    count += texts[i].size() - 1;
  }
  if (count == 0) return invalid_argument("texts of one token alone have no perplexity");
  return std::exp(sum / static_cast<double>(count));
}

}  // namespace errata::language
