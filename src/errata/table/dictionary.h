#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "errata/table/packed_integers.h"

namespace errata::table {

/// Numbers distinct strings in the order they come; sorts them at the end.
///     Dictionary d;  codes.push_back(d.code("b")); codes.push_back(d.code("a"));
///     std::vector<std::string> names = d.sort(codes);  // {"a", "b"}, codes {1, 0}
class Dictionary {
 public:
  Dictionary();
  /// The number of `text`, a new one when it was not seen before. Allocates only for new strings.
  [[nodiscard]] std::int32_t code(std::string_view text);
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  /// The strings in bytewise order; non-negative `codes` are renumbered to it. Leaves the dictionary empty.
  [[nodiscard]] std::vector<std::string> sort(PackedIntegers<std::int32_t, -1>& codes);
  [[nodiscard]] std::vector<std::string> sort(std::vector<std::int32_t>& codes);

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::int32_t code = -1;
  };
  void grow();
  [[nodiscard]] std::vector<std::string> take_sorted(std::vector<std::int32_t>& rank);
  std::vector<std::string> texts_;
  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
};

}  // namespace errata::table
