#pragma once

#include <functional>
#include <string>
#include <vector>

#include "errata/relevance/allocator.h"
#include "errata/relevance/scene_encoder.h"
#include "errata/scene/scene.h"

namespace errata::checklist {

/// An image and a query as allocators get them, with what an encoder says of both, so that all of them see the same.
struct Task {
  const image::Picture* picture = nullptr;
  std::string query;
  relevance::QueryRelevance encoded{};
  relevance::QueryRelevance cosines{};  ///< the same as the document takes it: unscaled
};
[[nodiscard]] Task make_task(const image::Picture& picture, const std::string& query,
                             const relevance::SceneEncoder& encoder);

/// A way to allocate. Everyone may fund kPositions patches with kTotal tokens.
struct Allocator {
  std::string name;
  std::function<Result<relevance::Allocation>(const Task&, ThreadPool&)> allocate;
  bool by_query = true;  ///< what the query asks for makes a difference
};
inline constexpr std::size_t kPositions = 273, kTotal = 40'000;
[[nodiscard]] relevance::AllocateOptions with_budget(relevance::AllocateOptions options);

inline constexpr const char* kErrata = "errata";
inline constexpr const char* kDocument = "document";
inline constexpr const char* kDocumentsFix = "document's fix";

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
