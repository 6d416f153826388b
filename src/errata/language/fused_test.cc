#include "errata/language/fused.h"

#include <gtest/gtest.h>

#include "errata/language/generation.h"

namespace errata::language {
namespace {

const std::vector<std::int32_t> kText{0, 3, 1, 4};

Model small(bool tied) {
  return make_model({.vocabulary = 5, .hidden = 8, .layers = 1, .heads = 2, .kv_heads = 1, .tied = tied}, 3).value();
}

/// An adapter that changes something.
Adapter filled(const Model& model, const LoraOptions& options) {
  Adapter adapter = make_adapter(model, options, 1).value();
  for (std::size_t i = 0; i < adapter.values.size(); ++i) adapter.values[i] = 0.01F * static_cast<float>(i % 7);
  return adapter;
}

TEST(Fused, ComputesWhatModelAndAdapterDo) {
  const Model model = small(true);
  const Adapter adapter = filled(model, {.rank = 2});
  Model fused = model;
  merge(fused, adapter);
  EXPECT_LT(most_apart(model, adapter, fused, kText).value(), 1e-4);
  EXPECT_GT(most_apart(model, adapter, model, kText).value(), 1e-3);  // the model without it
}

TEST(Fused, ATiedEmbeddingIsLeftAloneAndAnUntiedModelComputesTheSame) {
  const Model tied = small(true);
  const LoraOptions of_head{.rank = 2, .targets = {"lm_head"}};
  EXPECT_FALSE(make_adapter(tied, of_head, 1));
  Model own = untied(tied);
  EXPECT_FALSE(own.config.tied);
  EXPECT_EQ(logits_of(own, nullptr, kText).value(), logits_of(tied, nullptr, kText).value());
  const std::size_t embedding = own.plan.find("model.embed_tokens.weight")->size();
  const Adapter adapter = filled(own, of_head);
  Model fused = own;
  merge(fused, adapter);
  EXPECT_LT(most_apart(own, adapter, fused, kText).value(), 1e-4);
  EXPECT_TRUE(std::equal(tied.values.begin(), tied.values.begin() + static_cast<std::ptrdiff_t>(embedding),
                         fused.values.begin()));
  EXPECT_EQ(untied(own).values, own.values);
}

}  // namespace
}  // namespace errata::language
