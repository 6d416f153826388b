#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/checklist/checklist.h"

namespace errata::checklist {

/// Collects what there is to see of one case while it is measured, and nothing of any other.
class Album {
 public:
  /// An album that wants nothing: cases are measured alone.
  Album() = default;
  /// @param at  of the cases of the mode
  explicit Album(std::size_t at) : at_(at) {}

  /// Whether pages of a case are kept; what only they need is computed only then.
  [[nodiscard]] bool wants(std::size_t at) const { return at_ == at; }

  /// A page of an album: a picture, a query, and the patches that it asks for.
  struct Page {
    std::string_view name{};  ///< View::name
    const image::Picture& picture;
    std::string_view query{};
    const std::vector<std::uint8_t>& truth;
  };
  /// What an allocator made of a page; looks at pages of one name are put together. Nothing for cases not wanted.
  void add(std::size_t at, const Page& page, std::string_view allocator, const relevance::Allocation& allocation);

  /// What was collected. @param shown  why
  [[nodiscard]] Example example(Shown shown) &&;

 private:
  std::optional<std::size_t> at_;
  std::vector<const image::Picture*> seen_;  ///< [pictures] where they were
  Example example_;
};

/// A case that is shown, and why.
struct Choice {
  std::size_t at = 0;
  Shown shown{};
};
/// Which cases of a mode are shown: the one in which the first contender misses its gates by most, or where it misses
/// none the second; and of the others that in which the second does middling. Cases without a scene, and those in
/// which the first was not measured, are none. How far a value misses a gate is its distance over the gate's limit,
/// or the distance itself where the limit is 0; of several figures the farthest counts.
[[nodiscard]] std::vector<Choice> choose_examples(const std::vector<Contender>& contenders,
                                                  const std::vector<Case>& cases);

}  // namespace errata::checklist
