#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace errata::scene {

/// A way to ask. "{colour}" and "{thing}" stand for words of a scene.
struct Phrasing {
  std::string_view asks;  ///< for "text", "sign", "title", … "wall", "object"; empty: for nothing in particular
  std::string_view text;
  bool withheld = false;  ///< for tests alone: nothing is trained or tuned on it
  [[nodiscard]] bool is_vague() const { return asks.empty(); }
};

/// All of them: as many withheld as not, of every subject.
[[nodiscard]] std::span<const Phrasing> phrasings();

/// Those of a subject.
[[nodiscard]] std::vector<Phrasing> phrasings_about(std::string_view asks, bool withheld);

/// What a kind of thing is asked for as: "shape" of a circle, "object" of a stove, "wall" of a wall.
[[nodiscard]] std::string_view subject_of(std::string_view kind);

/// Kinds of things by name (of shapes and objects) and colours by name that a phrasing can be filled with.
[[nodiscard]] std::span<const std::string_view> shape_names();
[[nodiscard]] std::span<const std::string_view> object_names();
[[nodiscard]] std::span<const std::string_view> colour_names();

/// The phrasing with its words put in.
[[nodiscard]] std::string filled(const Phrasing& phrasing, std::string_view colour, std::string_view thing);

/// Every word that a query made of phrasings that are not withheld can have; sorted.
[[nodiscard]] std::vector<std::string> query_vocabulary();

}  // namespace errata::scene
