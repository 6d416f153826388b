#include "errata/nn/pair_model.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "errata/nn/onnx_file.h"
#include "errata/nn/pair_network.h"
#include "errata/nn/signed_size.h"
#include "errata/nn/words.h"

namespace errata::nn {
namespace {

struct PartsOfImage {
  std::size_t rows = 1, columns = 1;
};

/// The grid of so many parts, in the proportion of the image's sides.
std::optional<PartsOfImage> grid_of_parts(std::size_t parts, const PairSizes& sizes) {
  if (parts == 1) return PartsOfImage{};
  const double rows =
      std::sqrt(static_cast<double>(parts) * static_cast<double>(sizes.height) / static_cast<double>(sizes.width));
  const auto whole = static_cast<std::size_t>(std::lround(rows));
  if (whole == 0 || parts % whole != 0) return std::nullopt;
  const std::size_t columns = parts / whole;
  if (whole * sizes.width != columns * sizes.height) return std::nullopt;
  return PartsOfImage{.rows = whole, .columns = columns};
}

/// Runs what may throw, and puts the file before what it says.
template <typename Run>
auto in_file_of(const std::filesystem::path& place, Run run) -> decltype(run()) {
  try {
    const at::NoGradGuard no_gradients;
    auto result = run();
    if (!result && result.error().code == ErrorCode::data && !result.error().message.starts_with(place.string()))
      return data_error(fmt::format("{}: {}", place.string(), result.error().message));
    return result;
  } catch (const std::exception& error) {
    return data_error(fmt::format("{}: the model failed: {}", place.string(), short_words(error.what())));
  }
}

}  // namespace

struct PairModel::State {
  PairFiles files;
  std::unique_ptr<PairNetwork> network;
  PairSizes sizes;

  [[nodiscard]] const std::filesystem::path& text_place() const {
    return files.text.empty() ? files.image : files.text;
  }

  [[nodiscard]] Result<at::Tensor> relate(const at::Tensor& images, const PairText& text) const {
    return in_file_of(files.image, [&]() -> Result<at::Tensor> {
      ERRATA_ASSIGN(at::Tensor found, network->relate(images, text));
      if (found.dim() < 1 || found.dim() > 2 || found.size(0) != images.size(0))
        return data_error(fmt::format("gives [{}] for {} images", fmt::join(found.sizes(), ", "), images.size(0)));
      return found.reshape({images.size(0), -1}).to(at::kFloat).contiguous();
    });
  }

  /// Looks once, to learn how many parts an image has.
  Result<void> settle_parts() {
    const std::vector<std::int64_t> tokens(sizes.length);
    const at::Tensor zeros = at::zeros({1, signed_size(sizes.length)}, at::kLong);
    PairText text{.tokens = tokens};
    ERRATA_TRY(in_file_of(text_place(), [&]() -> Result<void> {
      ERRATA_ASSIGN(const at::Tensor vector, network->read(zeros, at::ones_like(zeros)));
      if (vector.defined()) text.vector.assign(vector.data_ptr<float>(), vector.data_ptr<float>() + vector.numel());
      return {};
    }));
    ERRATA_ASSIGN(const at::Tensor found,
                  relate(at::zeros({2, 3, signed_size(sizes.height), signed_size(sizes.width)}), text));
    const auto parts = static_cast<std::size_t>(found.size(1));
    for (const std::size_t before : {0U, 1U}) {
      if (parts <= before) break;
      const auto grid = grid_of_parts(parts - before, sizes);
      if (!grid || (before == 1 && parts == 2)) continue;
      sizes.rows = grid->rows;
      sizes.columns = grid->columns;
      return {};
    }
    return data_error(
        fmt::format("{}: parts an image of {} × {} pixels into {}, which is no grid of patches, with one "
                    "token more or without",
                    files.image.string(), sizes.height, sizes.width, parts));
  }
};

PairModel::PairModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
PairModel::PairModel(PairModel&&) noexcept = default;
PairModel& PairModel::operator=(PairModel&&) noexcept = default;
PairModel::~PairModel() = default;

const PairSizes& PairModel::sizes() const { return state_->sizes; }
bool PairModel::is_shareable() const { return state_->network->is_shareable(); }

Result<PairModel> PairModel::open(const PairFiles& files) {
  std::error_code error;
  for (const auto* place : {&files.image, &files.text})
    if (!place->empty() && !std::filesystem::is_regular_file(*place, error))
      return data_error(fmt::format("{}: there is no such file", place->string()));
  const bool is_onnx = looks_like_onnx(files.image);
  if (is_onnx && files.text.empty())
    return invalid_argument(
        fmt::format("{}: an ONNX image encoder needs a text encoder beside it", files.image.string()));
  if (!is_onnx && !files.text.empty())
    return invalid_argument(
        fmt::format("{}: is no ONNX model; a TorchScript archive holds both encoders, and no text "
                    "encoder is given beside it",
                    files.image.string()));
  if (!is_onnx && !files.image_output.empty())
    return invalid_argument(fmt::format("{}: outputs are chosen of ONNX models; this is none", files.image.string()));
  if (!is_onnx && files.trusted_only)
    return data_error(fmt::format("{}: is no ONNX model; opening it would run its code, which untrusted files may not",
                                  files.image.string()));
  auto network = is_onnx ? open_onnx_pair(files) : open_torchscript_pair(files);
  if (!network) return std::unexpected(std::move(network).error());
  const PairSizes sizes = (*network)->sizes();
  PairModel model(std::make_unique<State>(State{.files = files, .network = std::move(*network), .sizes = sizes}));
  ERRATA_TRY(model.state_->settle_parts());
  return model;
}

Result<PairText> PairModel::read(std::vector<std::int64_t> tokens, std::size_t used) const {
  ERRATA_CHECK(tokens.size() == state_->sizes.length && used <= tokens.size());
  PairText text{.tokens = std::move(tokens)};
  ERRATA_TRY(in_file_of(state_->text_place(), [&]() -> Result<void> {
    const at::Tensor ids = at::tensor(text.tokens, at::kLong).unsqueeze(0);
    at::Tensor mask = at::zeros_like(ids);
    mask.narrow(1, 0, signed_size(used)).fill_(1);
    ERRATA_ASSIGN(const at::Tensor vector, state_->network->read(ids, mask));
    if (!vector.defined()) return {};
    text.vector.assign(vector.data_ptr<float>(), vector.data_ptr<float>() + vector.numel());
    const auto bad = std::ranges::find_if_not(text.vector, [](float value) { return std::isfinite(value); });
    if (bad != text.vector.end())
      return data_error(fmt::format("value {} of the text's vector is {}", bad - text.vector.begin(), *bad));
    return {};
  }));
  return text;
}

Result<std::vector<float>> PairModel::relate(std::span<const float> images, const PairText& text) const {
  const PairSizes& sizes = state_->sizes;
  const std::size_t of_image = 3 * sizes.height * sizes.width, parts = sizes.rows * sizes.columns;
  ERRATA_CHECK(images.size() % of_image == 0);
  const std::size_t n = images.size() / of_image;
  if (n == 0) return std::vector<float>{};
  const at::Tensor given =
      at::from_blob(const_cast<float*>(images.data()),  // NOLINT(cppcoreguidelines-pro-type-const-cast): is only read
                    {signed_size(n), 3, signed_size(sizes.height), signed_size(sizes.width)});
  ERRATA_ASSIGN(at::Tensor found, state_->relate(given, text));
  const std::int64_t before = found.size(1) - signed_size(parts);
  if (before < 0 || before > 1)
    return data_error(fmt::format("{}: parts some images into {} and others into {}", state_->files.image.string(),
                                  found.size(1), parts));
  found = found.narrow(1, before, signed_size(parts)).contiguous();
  std::vector<float> cosines(found.data_ptr<float>(), found.data_ptr<float>() + found.numel());
  const auto bad = std::ranges::find_if_not(cosines, [](float value) { return std::isfinite(value); });
  if (bad != cosines.end())
    return data_error(
        fmt::format("{}: the likeness of an image and the text is {}", state_->files.image.string(), *bad));
  return cosines;
}

at::Tensor cosines_with(const at::Tensor& vectors, std::span<const float> text) {
  const at::Tensor other = at::tensor(at::ArrayRef<float>(text.data(), text.size()));
  const at::Tensor products = at::matmul(vectors, other);
  const at::Tensor lengths = vectors.norm(2, -1) * other.norm();
  return at::where(lengths > 0, products / lengths, at::zeros_like(products));
}

}  // namespace errata::nn
