#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata::nn {

struct NamedTensor {
  std::string name;  ///< "layer0.weight"; letters, digits, _ and .
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< row-major, the product of `shape` long
};

/// A model file: weights, and what is known about them.
struct Archive {
  std::string kind;           ///< "errata.auditor", "errata.classifier"
  std::uint32_t version = 1;  ///< of that kind
  std::string description;    ///< JSON: names, shapes, normalisation, training, metrics; opaque here; empty: {}
  std::vector<NamedTensor> tensors;
  std::uint64_t fingerprint = 0;  ///< of weights and description, as they were read; tells two networks apart
};

/// Writes the archive whole or not at all, as one zip file that is two things: a TorchScript archive that Python opens
/// with torch.jit.load and calls, and the records extra/errata.json and extra/errata.weights that Errata reads back
/// without running any code.
/// @param script  TorchScript source of methods (`def forward(self, x: Tensor): …`), in which self.<name> with dots
///     replaced by _ is each tensor
/// @return output error naming the path; invalid_argument with the compiler's words for a script that is none
[[nodiscard]] Result<void> write_archive(const std::filesystem::path& place, const Archive& archive,
                                         std::string_view script);

/// Reads an archive of a kind up to a version. Runs no code of the file.
/// @return data error naming the path: truncated, no zip file, a TorchScript archive that Errata did not write, of
///     another kind (named), of a newer version (both named), tensors that do not fit their shapes
[[nodiscard]] Result<Archive> read_archive(const std::filesystem::path& place, std::string_view kind,
                                           std::uint32_t newest_version);

/// Whether a file is an archive that Errata wrote, of any kind; empty when it is not.
[[nodiscard]] std::string kind_of_archive(const std::filesystem::path& place);

}  // namespace errata::nn
