#include "errata/tokenizer/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "errata/base/json_nesting.h"
#include "errata/tokenizer/merge_names.h"

namespace errata::tokenizer {
namespace {

using Json = nlohmann::json;

/// Numbers lie at most so much more apart than there are tokens.
constexpr std::size_t kSparseNumbers = 1 << 16;

/// An object of the file and its name in it.
class Node {
 public:
  Node(const Json& json, std::string name) : json_(json), name_(std::move(name)) {}

  [[nodiscard]] std::unexpected<Error> refused(const std::string& why) const {
    return data_error(fmt::format("{}: {}", name_, why));
  }
  [[nodiscard]] const Json& at(const std::string& key) const {
    static const Json missing;
    const auto found = json_.find(key);
    return found == json_.end() ? missing : *found;
  }
  [[nodiscard]] Node child(const std::string& key) const { return {at(key), fmt::format("{}.{}", name_, key)}; }
  [[nodiscard]] const Json& json() const { return json_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// An object with these fields at most.
  [[nodiscard]] Result<void> has_only(std::initializer_list<std::string_view> fields) const {
    if (!json_.is_object()) return refused("is no object");
    for (const auto& [key, value] : json_.items())
      if (std::ranges::find(fields, key) == fields.end())
        return refused(fmt::format("has the field \"{}\", which is not supported", shown(key)));
    return {};
  }
  [[nodiscard]] Result<bool> flag(const std::string& key) const {
    const Json& value = at(key);
    if (value.is_null()) return false;
    if (!value.is_boolean()) return refused(fmt::format("{} is neither true nor false", key));
    return value.get<bool>();
  }
  /// What may be missing, false, empty or 0, and nothing else.
  [[nodiscard]] Result<void> is_off(const std::string& key) const {
    const Json& value = at(key);
    const bool is_off =
        value.is_null() || value == Json(false) || value == Json("") || value == Json(0) || value == Json(0.0);
    if (!is_off) return refused(fmt::format("{} is {}, which is not supported", key, shown(value.dump(-1, ' ', true))));
    return {};
  }
  [[nodiscard]] Result<std::string> text(const std::string& key) const {
    const Json& value = at(key);
    if (!value.is_string()) return refused(fmt::format("{} is no text", key));
    return value.get<std::string>();
  }
  [[nodiscard]] Result<std::string> type() const {
    if (!json_.is_object() || !at("type").is_string()) return refused("has no type");
    return text("type");
  }

 private:
  const Json& json_;
  std::string name_;
};

/// The parts of a Sequence, or the one that it is.
Result<std::vector<Node>> sequence(const Node& node, const char* key) {
  ERRATA_ASSIGN(const std::string type, node.type());
  if (type != "Sequence") return std::vector{node};
  ERRATA_TRY(node.has_only({"type", key}));
  const Node parts = node.child(key);
  if (!parts.json().is_array()) return parts.refused("is no list");
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < parts.json().size(); ++i)
    nodes.emplace_back(parts.json()[i], fmt::format("{}[{}]", parts.name(), i));
  return nodes;
}

/// A number of a token.
Result<std::int32_t> number_of(const Json& value, std::size_t below, const Node& node, const std::string& what) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= below)
    return node.refused(fmt::format("{} has the number {}, not a whole one from 0 to {}", what,
                                    shown(value.dump(-1, ' ', true)), below - 1));
  return value.get<std::int32_t>();
}

Result<void> take_added(const Node& list, std::size_t below, ByteLevelVocabulary& vocabulary) {
  if (list.json().is_null()) return {};
  if (!list.json().is_array()) return list.refused("is no list");
  for (std::size_t i = 0; i < list.json().size(); ++i) {
    const Node node(list.json()[i], fmt::format("{}[{}]", list.name(), i));
    ERRATA_TRY(node.has_only({"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}));
    ERRATA_TRY(node.is_off("single_word"));
    AddedToken token;
    ERRATA_ASSIGN(token.content, node.text("content"));
    ERRATA_ASSIGN(token.number, number_of(node.at("id"), below, node, "it"));
    ERRATA_ASSIGN(token.takes_before, node.flag("lstrip"));
    ERRATA_ASSIGN(token.takes_after, node.flag("rstrip"));
    ERRATA_ASSIGN(token.is_normalized, node.flag("normalized"));
    ERRATA_ASSIGN(token.is_special, node.flag("special"));
    vocabulary.added.push_back(std::move(token));
  }
  return {};
}

Result<void> take_normalizer(const Node& node, ByteLevelVocabulary& vocabulary) {
  if (node.json().is_null()) return {};
  ERRATA_ASSIGN(const auto parts, sequence(node, "normalizers"));
  for (const Node& part : parts) {
    ERRATA_ASSIGN(const std::string type, part.type());
    if (type != "NFC") return part.refused(fmt::format("\"{}\" is not supported; NFC is", shown(type)));
    ERRATA_TRY(part.has_only({"type"}));
    vocabulary.composes = true;
  }
  return {};
}

/// A text that a regular expression matches as it is.
std::string literal_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{})").contains(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

Result<SplitStep> split_of(const Node& node) {
  ERRATA_TRY(node.has_only({"type", "pattern", "behavior", "invert"}));
  const Node pattern = node.child("pattern");
  ERRATA_TRY(pattern.has_only({"Regex", "String"}));
  const bool is_literal = !pattern.at("String").is_null();
  if (is_literal && !pattern.at("Regex").is_null()) return pattern.refused("is both Regex and String");
  ERRATA_ASSIGN(const std::string text, pattern.text(is_literal ? "String" : "Regex"));
  ERRATA_ASSIGN(const std::string behavior, node.text("behavior"));
  ERRATA_ASSIGN(const bool inverts, node.flag("invert"));
  const bool removes = behavior == "Removed";
  if (!removes && behavior != "Isolated")
    return node.refused(fmt::format("behavior \"{}\" is not supported; Isolated and Removed are", shown(behavior)));
  SplitStep step{.pattern = is_literal ? literal_pattern(text) : text,
                 .drops_matches = removes && !inverts,
                 .drops_rest = removes && inverts};
  ERRATA_TRY(SplitPattern::translated(step.pattern, pattern.name()));
  return step;
}

Result<void> take_splitting(const Node& node, ByteLevelVocabulary& vocabulary) {
  if (node.json().is_null()) return node.refused("is missing; ByteLevel is wanted");
  ERRATA_ASSIGN(const auto parts, sequence(node, "pretokenizers"));
  Splitting& splitting = vocabulary.splitting;
  bool has_bytes = false;
  for (const Node& part : parts) {
    ERRATA_ASSIGN(const std::string type, part.type());
    if (has_bytes) return part.refused(fmt::format("\"{}\" behind ByteLevel is not supported", shown(type)));
    if (type == "ByteLevel") {
      ERRATA_TRY(part.has_only({"type", "add_prefix_space", "trim_offsets", "use_regex"}));
      ERRATA_ASSIGN(splitting.begins_with_space, part.flag("add_prefix_space"));
      splitting.as_gpt2 = true;  // also where the field is missing
      if (!part.at("use_regex").is_null()) {
        ERRATA_ASSIGN(splitting.as_gpt2, part.flag("use_regex"));
      }
      has_bytes = true;
    } else if (type == "Split") {
      ERRATA_ASSIGN(auto step, split_of(part));
      splitting.steps.push_back(std::move(step));
    } else if (type == "Digits") {
      ERRATA_TRY(part.has_only({"type", "individual_digits"}));
      ERRATA_ASSIGN(const bool single, part.flag("individual_digits"));
      splitting.steps.push_back({.pattern = std::string(kDigitPattern) + (single ? "" : "+")});
    } else {
      return part.refused(fmt::format("\"{}\" is not supported; ByteLevel, Split and Digits are", shown(type)));
    }
  }
  if (!has_bytes) return node.refused("has no ByteLevel, and only byte-level BPE is supported");
  return {};
}

/// The numbers that a piece of a template stands for; none for the text itself.
Result<std::vector<std::int32_t>> template_numbers(const Node& piece, const Node& specials, std::size_t below) {
  ERRATA_TRY(piece.has_only({"SpecialToken"}));
  ERRATA_ASSIGN(const std::string id, piece.child("SpecialToken").text("id"));
  const Node special = specials.child(id);
  if (!special.json().is_object() || !special.at("ids").is_array())
    return specials.refused(fmt::format("has no ids for \"{}\"", shown(id)));
  std::vector<std::int32_t> numbers;
  for (const Json& one : special.at("ids")) {
    ERRATA_ASSIGN(const std::int32_t number, number_of(one, below, special, "it"));
    numbers.push_back(number);
  }
  return numbers;
}

Result<void> take_template(const Node& node, std::size_t below, ByteLevelVocabulary& vocabulary) {
  ERRATA_TRY(node.has_only({"type", "single", "pair", "special_tokens"}));
  const Node single = node.child("single"), specials = node.child("special_tokens");
  if (!single.json().is_array()) return single.refused("is no list");
  if (!specials.json().is_object()) return specials.refused("is no object");
  if (!vocabulary.before.empty() || !vocabulary.after.empty()) return node.refused("is a second one that adds tokens");
  bool has_text = false;
  for (std::size_t i = 0; i < single.json().size(); ++i) {
    const Node piece(single.json()[i], fmt::format("{}[{}]", single.name(), i));
    if (piece.json().is_object() && piece.json().contains("Sequence")) {
      if (has_text) return piece.refused("is the text once more");
      has_text = true;
      continue;
    }
    ERRATA_ASSIGN(const auto numbers, template_numbers(piece, specials, below));
    auto& to = has_text ? vocabulary.after : vocabulary.before;
    to.insert(to.end(), numbers.begin(), numbers.end());
  }
  if (!has_text) return single.refused("has no place for the text");
  return {};
}

Result<void> take_post_processor(const Node& node, std::size_t below, ByteLevelVocabulary& vocabulary) {
  if (node.json().is_null()) return {};
  ERRATA_ASSIGN(const auto parts, sequence(node, "processors"));
  for (const Node& part : parts) {
    ERRATA_ASSIGN(const std::string type, part.type());
    if (type == "TemplateProcessing")
      ERRATA_TRY(take_template(part, below, vocabulary));
    else if (type != "ByteLevel")
      return part.refused(fmt::format("\"{}\" is not supported; ByteLevel and TemplateProcessing are", shown(type)));
  }
  return {};
}

Result<void> check_decoder(const Node& node) {
  ERRATA_ASSIGN(const auto parts, sequence(node, "decoders"));
  for (const Node& part : parts) {
    ERRATA_ASSIGN(const std::string type, part.type());
    if (type != "ByteLevel") return part.refused(fmt::format("\"{}\" is not supported; ByteLevel is", shown(type)));
  }
  return {};
}

Result<void> take_vocabulary(const Node& node, ByteLevelVocabulary& vocabulary) {
  if (!node.json().is_object() || node.json().empty()) return node.refused("is no object of tokens and their numbers");
  const std::size_t below = 2 * node.json().size() + kSparseNumbers;
  for (const auto& [token, value] : node.json().items()) {
    if (token.empty()) return node.refused("has a token without a name");
    ERRATA_ASSIGN(const std::int32_t number,
                  number_of(value, below, node, fmt::format("the token \"{}\"", shown(token))));
    const auto place = static_cast<std::size_t>(number);
    if (vocabulary.tokens.size() <= place) vocabulary.tokens.resize(place + 1);
    if (!vocabulary.tokens[place].empty())
      return node.refused(fmt::format("the tokens \"{}\" and \"{}\" have one number, {}",
                                      shown(vocabulary.tokens[place]), shown(token), number));
    vocabulary.tokens[place] = token;
  }
  return {};
}

Result<void> take_merges(const Node& node, ByteLevelVocabulary& vocabulary) {
  if (!node.json().is_array()) return node.refused("is no list");
  ERRATA_ASSIGN(const MergeNames names, MergeNames::create(vocabulary.tokens, node.name()));
  vocabulary.merges.reserve(node.json().size());
  for (const Json& merge : node.json()) {
    const std::size_t index = vocabulary.merges.size();
    const bool is_pair = merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
    if (!is_pair && !merge.is_string())
      return node.refused(
          fmt::format("merge {} is {}, neither \"a b\" nor [\"a\", \"b\"]", index, shown(merge.dump(-1, ' ', true))));
    ERRATA_ASSIGN(const PairMerge pair, is_pair ? names.of(merge[0].get_ref<const std::string&>(),
                                                           merge[1].get_ref<const std::string&>(), index)
                                                : names.parse(merge.get_ref<const std::string&>(), index));
    vocabulary.merges.push_back(pair);
  }
  return {};
}

Result<void> take_model(const Node& node, ByteLevelVocabulary& vocabulary) {
  const bool is_old = node.json().is_object() && node.at("type").is_null() && node.at("merges").is_array();
  ERRATA_ASSIGN(const std::string type, is_old ? Result<std::string>("BPE") : node.type());
  if (type != "BPE") return node.refused(fmt::format("type \"{}\" is not supported; BPE is", shown(type)));
  ERRATA_TRY(node.has_only({"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
                            "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"}));
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback"})
    ERRATA_TRY(node.is_off(key));
  ERRATA_ASSIGN(vocabulary.ignores_merges, node.flag("ignore_merges"));
  ERRATA_TRY(take_vocabulary(node.child("vocab"), vocabulary));
  if (!node.at("unk_token").is_null()) {
    ERRATA_ASSIGN(const std::string unknown, node.text("unk_token"));
    const Json& number = node.child("vocab").at(unknown);
    if (number.is_null()) return node.refused(fmt::format("unk_token \"{}\" is no token", shown(unknown)));
    vocabulary.unknown = number.get<std::int32_t>();
  }
  return take_merges(node.child("merges"), vocabulary);
}

std::string json_text(std::string_view text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string vocabulary_json(const ByteLevelVocabulary& vocabulary) {
  std::string out = "{";
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i)
    if (!vocabulary.tokens[i].empty())
      out += fmt::format("{}{}:{}", out.size() > 1 ? "," : "", json_text(vocabulary.tokens[i]), i);
  return out + "}";
}

std::string merges_json(const ByteLevelVocabulary& vocabulary) {
  const auto token = [&](std::int32_t number) { return vocabulary.tokens[static_cast<std::size_t>(number)]; };
  std::string out = "[";
  for (const PairMerge& merge : vocabulary.merges) {
    const std::string left = token(merge.left), right = token(merge.right);
    const bool has_space = left.contains(' ') || right.contains(' ');
    out += fmt::format("{}{}", out.size() > 1 ? "," : "",
                       has_space ? Json{left, right}.dump() : json_text(fmt::format("{} {}", left, right)));
  }
  return out + "]";
}

Json added_json(const ByteLevelVocabulary& vocabulary) {
  Json list = Json::array();
  for (const AddedToken& token : vocabulary.added)
    list.push_back({{"id", token.number},
                    {"content", token.content},
                    {"single_word", false},
                    {"lstrip", token.takes_before},
                    {"rstrip", token.takes_after},
                    {"normalized", token.is_normalized},
                    {"special", token.is_special}});
  return list;
}

Json splitting_json(const Splitting& splitting) {
  Json parts = Json::array();
  for (const SplitStep& step : splitting.steps)
    parts.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", step.pattern}}},
                     {"behavior", step.drops_matches || step.drops_rest ? "Removed" : "Isolated"},
                     {"invert", step.drops_rest}});
  parts.push_back({{"type", "ByteLevel"},
                   {"add_prefix_space", splitting.begins_with_space},
                   {"trim_offsets", true},
                   {"use_regex", splitting.as_gpt2}});
  if (parts.size() == 1) return parts[0];
  return {{"type", "Sequence"}, {"pretokenizers", parts}};
}

/// The tokens around a text, by names that are their numbers' names.
Json template_json(const ByteLevelVocabulary& vocabulary) {
  if (vocabulary.before.empty() && vocabulary.after.empty()) return nullptr;
  const auto name = [&](std::int32_t number) { return name_of(vocabulary, number); };
  Json single = Json::array(), specials = Json::object();
  const auto append = [&](const std::vector<std::int32_t>& numbers) {
    for (const std::int32_t number : numbers) {
      single.push_back({{"SpecialToken", {{"id", name(number)}, {"type_id", 0}}}});
      specials[name(number)] = {{"id", name(number)}, {"ids", {number}}, {"tokens", {name(number)}}};
    }
  };
  append(vocabulary.before);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  append(vocabulary.after);
  Json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", specials}};
}

}  // namespace

Result<ByteLevelVocabulary> parse_tokenizer_json(const NamedText& file) {
  constexpr std::size_t kDeepest = 32;
  ERRATA_TRY(check_text(file, kMostTokenizerBytes));
  if (nests_deeper(file.content, kDeepest))
    return data_error(fmt::format("{}: nested more than {} deep", file.place, kDeepest));
  const Json json = Json::parse(file.content, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return data_error(fmt::format("{}: no JSON object", file.place));
  const Node root(json, std::string(file.place));
  ERRATA_TRY(root.has_only({"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
                            "post_processor", "decoder", "model"}));
  ByteLevelVocabulary vocabulary;
  ERRATA_TRY(take_model(root.child("model"), vocabulary));
  const std::size_t below = 2 * (vocabulary.tokens.size() + root.at("added_tokens").size()) + kSparseNumbers;
  ERRATA_TRY(take_added(root.child("added_tokens"), below, vocabulary));
  ERRATA_TRY(take_normalizer(root.child("normalizer"), vocabulary));
  ERRATA_TRY(take_splitting(root.child("pre_tokenizer"), vocabulary));
  ERRATA_TRY(take_post_processor(root.child("post_processor"), below, vocabulary));
  ERRATA_TRY(check_decoder(root.child("decoder")));
  return vocabulary;
}

std::string tokenizer_json(const ByteLevelVocabulary& vocabulary) {
  const Json unknown = vocabulary.unknown ? Json(name_of(vocabulary, *vocabulary.unknown)) : Json();
  return fmt::format(
      "{{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\n\"added_tokens\":{},\n\"normalizer\":{},\n"
      "\"pre_tokenizer\":{},\n\"post_processor\":{},\n\"decoder\":{},\n"
      "\"model\":{{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":{},\"continuing_subword_prefix\":null,"
      "\"end_of_word_suffix\":null,\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":{},\n"
      "\"vocab\":{},\n\"merges\":{}}}}}\n",
      added_json(vocabulary).dump(), vocabulary.composes ? R"({"type":"NFC"})" : "null",
      splitting_json(vocabulary.splitting).dump(), template_json(vocabulary).dump(),
      R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})", unknown.dump(),
      vocabulary.ignores_merges, vocabulary_json(vocabulary), merges_json(vocabulary));
}

}  // namespace errata::tokenizer
