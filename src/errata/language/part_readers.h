#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "errata/language/model.h"

namespace errata::language {

/// Reads numbers of a tensor from `first` on, a multiple of its row, whole rows. Called from several threads.
using ReadPart = std::function<void(std::size_t first, std::span<float> to)>;

/// Fills a model's values on the threads of `nn`. @param readers  one a part of the plan
void read_parts(Model& model, std::span<const ReadPart> readers);

}  // namespace errata::language
