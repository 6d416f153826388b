#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "errata/base/rng.h"
#include "errata/engine_nn/improve.h"
#include "errata/language/adapter.h"
#include "errata/language/checkpoint.h"
#include "errata/language/fused.h"
#include "errata/language/tokenizer.h"
#include "errata/nn/runtime.h"

namespace errata::engine_nn {
namespace {

namespace fs = std::filesystem;

/// The largest difference over some random texts of every length.
Result<double> checked_apart(const language::Model& model, const language::Adapter& adapter,
                             const language::Model& fused) {
  constexpr std::size_t kTexts = 8, kLongest = 64;
  Rng rng(1);
  double most = 0;
  for (std::size_t text = 1; text <= kTexts; ++text) {
    const std::size_t longest = std::min(kLongest, model.config.positions);
    std::vector<std::int32_t> tokens(std::max<std::size_t>(1, longest * text / kTexts));
    for (auto& token : tokens) token = static_cast<std::int32_t>(rng.below(model.config.vocabulary));
    ERRATA_ASSIGN(const double apart, language::most_apart(model, adapter, fused, tokens));
    most = std::max(most, apart);
  }
  return most;
}

Result<Fused> fused_and_written(const FuseRequest& request, const Progress& progress) {
  if (request.adapters.empty()) return invalid_argument("there is no adapter to fuse");
  const fs::path output = request.output;
  std::error_code ignored;
  if (fs::exists(output / "config.json", ignored) || fs::exists(output / "model.safetensors", ignored))
    return conflict(fmt::format("{}: holds a model; a fused one is written to a folder of its own", request.output));
  ERRATA_ASSIGN(language::Model model, language::load_model(request.model));
  ERRATA_ASSIGN(const auto tokenizer, language::load_tokenizer(request.model));
  if (request.untie) model = language::untied(model);
  const std::vector<float> before = model.values;
  Fused made{.parameters = model.plan.size};
  for (const std::string& folder : request.adapters) {
    tell(progress, "fusing " + folder);
    ERRATA_ASSIGN(const auto adapter, language::load_adapter(folder, model));
    language::Model fused = model;
    language::merge(fused, adapter);
    ERRATA_ASSIGN(const double apart, checked_apart(model, adapter, fused));
    if (!(apart <= language::kMostApart))
      return data_error(
          fmt::format("{}: the fused model's logits are up to {} from those of model and adapter: nothing "
                      "was written",
                      folder, apart));
    made.most_apart = std::max(made.most_apart, apart);
    model = std::move(fused);
  }
  for (std::size_t i = 0; i < before.size(); ++i) made.changed += before[i] != model.values[i] ? 1U : 0U;
  ERRATA_TRY(language::save_model(model, output));
  ERRATA_TRY(tokenizer->save(output));
  return made;
}

}  // namespace

Result<Fused> fuse_model(const FuseRequest& request, ThreadPool& pool, const Progress& progress) {
  nn::set_threads(pool.size());
  return until_cancelled([&] { return fused_and_written(request, progress); });
}

}  // namespace errata::engine_nn
