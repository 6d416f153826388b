#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "errata/relevance/patch_grid.h"

// What an allocation costs against what it saves, counted in multiply-adds, so that a run gives the same figures on any
// machine.
namespace errata::checklist {

/// A transformer that reads tokens, by its sizes.
struct TokenReader {
  std::string_view name;
  std::size_t layers = 0, width = 0;
  std::size_t hidden = 0;    ///< of the dense layers between attentions
  std::size_t matrices = 2;  ///< of width × hidden: 2, or 3 where they are gated
};
/// Image transformers from the smallest on; larger readers save more.
inline constexpr std::array<TokenReader, 3> kTokenReaders{
    {{.name = "ViT-Ti/16", .layers = 12, .width = 192, .hidden = 768},
     {.name = "ViT-B/16", .layers = 12, .width = 768, .hidden = 3072},
     {.name = "ViT-L/14", .layers = 24, .width = 1024, .hidden = 4096}}};

/// layers · n · (4 width² + matrices · width · hidden + 2 n width): projections, dense layers, attention over all
/// pairs. References: A. Vaswani et al., NeurIPS 2017; A. Dosovitskiy et al., ICLR 2021; H. Touvron et al., arXiv
/// 2302.13971.
[[nodiscard]] double reading_cost(const TokenReader& reader, std::size_t tokens);

/// Multiply-adds a pixel that all channels, planes and means over patches take at most, counted filter by filter.
inline constexpr double kChannelCost = 256;

/// Of what is measured of an image and of its encoding, which does not depend on the query's words.
[[nodiscard]] double looking_cost(const relevance::PatchGrid& grid);
/// Of choosing patches by vectors one after the other: each of n patches is compared with each of the chosen.
/// @param values  of a comparison
[[nodiscard]] double choosing_cost(std::size_t patches, std::size_t chosen, std::size_t values);

/// What an allocation costs, over what a reader saves by it: reading the funded patches in place of all of them.
/// @return >= 0; infinite where nothing is saved
[[nodiscard]] double cost_over_saving(double cost, const TokenReader& reader, std::size_t patches, std::size_t funded);

}  // namespace errata::checklist
