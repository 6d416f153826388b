#pragma once

#include <string>
#include <string_view>

#include "errata/base/bytes.h"
#include "errata/base/error.h"

/// What a part of the memory writes of itself, and the part that it reads again.
namespace errata::memory::test {

std::string bytes_of(const auto& part) {
  ByteWriter out;
  part.save(out);
  return out.bytes();
}

template <typename Part>
Result<Part> loaded(std::string_view bytes) {
  ByteReader in(bytes);
  ERRATA_ASSIGN(auto part, Part::load(in));
  ERRATA_TRY(in.finish("part"));
  return part;
}

}  // namespace errata::memory::test
