#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "errata/relevance/allocator.h"
#include "errata/relevance/scene_encoder.h"
#include "errata/scene/scene.h"

namespace errata::checklist {

/// Everyone may fund kPositions patches with kTotal tokens.
inline constexpr std::size_t kPositions = 273, kTotal = 40'000;

/// Which frame of which video a picture is.
struct Frame {
  std::uint64_t video = 0;
  std::size_t number = 0;  ///< from 0 on, in order
};

/// An image and a query as allocators get them, with what an encoder says of both, so that all of them see the same.
struct Task {
  const image::Picture* picture = nullptr;
  std::string query;
  relevance::QueryRelevance encoded{};
  relevance::QueryRelevance cosines{};    ///< the same as the document takes it: unscaled
  std::size_t total = kTotal;             ///< tokens, of allocators that are asked (Ground::ask)
  std::optional<Frame> frame{};           ///< of a video
  std::vector<std::uint32_t> examined{};  ///< positions that earlier looks funded
};
[[nodiscard]] Task make_task(const image::Picture& picture, const std::string& query,
                             const relevance::SceneEncoder& encoder);

/// A way to allocate.
struct Allocator {
  std::string name;
  std::function<Result<relevance::Allocation>(const Task&, ThreadPool&)> allocate;  ///< empty: the outsider, see Ground
  bool by_encoder = true;  ///< what the encoder says of the query makes a difference
};
[[nodiscard]] relevance::AllocateOptions with_budget(relevance::AllocateOptions options);

inline constexpr const char* kYours = "yours";  ///< an outsider
inline constexpr const char* kErrata = "errata";
inline constexpr const char* kDocument = "document";
inline constexpr const char* kDocumentsFix = "document's fix";

/// Coverage entropy of the tokens from which on an allocation counts as an even one.
inline constexpr double kEven = .95;
/// relevance::coverage_entropy() of an allocation.
[[nodiscard]] double coverage(const relevance::Allocation& allocation);

/// Errata's, and the one that the document describes.
[[nodiscard]] Allocator errata_allocator();
[[nodiscard]] Allocator document_allocator();
/// The document's with its weights changed where its guard fires: no salient region.
[[nodiscard]] Allocator documents_reweighting();
/// DivPrune, CDPruner, ToDRE (checklist/published.h), random, uniform, down-sample.
[[nodiscard]] std::vector<Allocator> other_allocators();

/// An encoder that says what it was told.
class Told : public relevance::QueryEncoder {
 public:
  explicit Told(const relevance::QueryRelevance& relevance) : relevance_(&relevance) {}
  [[nodiscard]] std::string_view name() const override { return "told"; }
  [[nodiscard]] Result<relevance::QueryRelevance> score(const image::Picture&, std::string_view) const override {
    return *relevance_;
  }

 private:
  const relevance::QueryRelevance* relevance_;
};

/// Share of the patches of a truth that are funded. @param truth  [patches] 0/1, at least one 1
[[nodiscard]] double recall(const relevance::Allocation& allocation, const std::vector<std::uint8_t>& truth);
/// Share of the tokens that lie on patches of a truth; 0 of none.
[[nodiscard]] double token_share(const relevance::Allocation& allocation, const std::vector<std::uint8_t>& truth);
/// Tokens that both allocations spend on a patch, over those that either does.
[[nodiscard]] double overlap(const relevance::Allocation& a, const relevance::Allocation& b);

}  // namespace errata::checklist
