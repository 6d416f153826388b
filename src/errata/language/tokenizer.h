#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::language {

/// Texts as tokens of a model and back.
class Tokenizer {
 public:
  Tokenizer() = default;
  virtual ~Tokenizer() = default;

  /// @return data error naming what the tokenizer has no token for
  [[nodiscard]] virtual Result<std::vector<std::int32_t>> encode(std::string_view text) const = 0;
  /// The text; the end gives nothing. @param tokens  in [0, vocabulary())
  [[nodiscard]] virtual std::string decode(std::span<const std::int32_t> tokens) const = 0;
  [[nodiscard]] virtual std::size_t vocabulary() const = 0;
  /// The token that ends an answer.
  [[nodiscard]] virtual std::int32_t end() const = 0;
  /// Writes its file into the folder of a model.
  [[nodiscard]] virtual Result<void> save(const std::filesystem::path& folder) const = 0;

 protected:
  Tokenizer(const Tokenizer&) = default;
  Tokenizer(Tokenizer&&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  Tokenizer& operator=(Tokenizer&&) = default;
};

/// The tokenizer in the folder of a model. @return data error naming the file
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> load_tokenizer(const std::filesystem::path& folder);

}  // namespace errata::language
