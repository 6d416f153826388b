#include "errata/checklist/real.h"

#include <algorithm>
#include <array>

namespace errata::checklist {

std::string_view name_of(RealKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"real photo", "real void", "real foreign"};
  return kNames[static_cast<std::size_t>(kind)];
}

RealKind kind_of_name(std::string_view file) {
  constexpr std::array<std::string_view, 2> kEmptyNames{"abstract", "texture"};
  constexpr std::array<std::string_view, 4> kForeignNames{"xray", "ultrasound", "thermal", "microscopy"};
  const std::string_view first = file.substr(0, file.find_first_of("_-."));
  if (std::ranges::find(kEmptyNames, first) != kEmptyNames.end()) return RealKind::empty;
  if (std::ranges::find(kForeignNames, first) != kForeignNames.end()) return RealKind::foreign;
  return RealKind::photo;
}

}  // namespace errata::checklist
