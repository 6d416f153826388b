#pragma once

#include <string>
#include <string_view>

/// What tests of tokenizers have in common.
namespace errata::tokenizer {

/// A tokenizer.json of GPT-2's kind: 0 <|end|>, 1 "a", 2 "b", 3 "c", 4 " " (Ġ), 5 ab, 6 Ġab, 7 abc, 8 "1".
inline std::string small_tokenizer(std::string_view merges = R"(["a b", "Ġ ab", "ab c"])",
                                   std::string_view normalizer = "null",
                                   std::string_view pre_tokenizer = R"({"type":"ByteLevel","use_regex":true})",
                                   std::string_view post_processor = "null", std::string_view more_of_model = "") {
  std::string text =
      R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<|end|>",)"
      R"("single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":)";
  text += normalizer;
  text.append(R"(,"pre_tokenizer":)").append(pre_tokenizer);
  text.append(R"(,"post_processor":)").append(post_processor);
  text += R"(,"decoder":{"type":"ByteLevel"},"model":{"type":"BPE",)";
  text += more_of_model;
  text += R"("vocab":{"<|end|>":0,"a":1,"b":2,"c":3,"Ġ":4,"ab":5,"Ġab":6,"abc":7,"1":8},"merges":)";
  text.append(merges).append("}}");
  return text;
}

}  // namespace errata::tokenizer
