#include "errata/relevance/pair_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/readers/network.h"
#include "errata/relevance/between_parts.h"

namespace errata::relevance {
namespace {

constexpr std::size_t kMostCropsASide = 32, kSmallestCrop = 16;
constexpr std::size_t kImagesAtOnce = 8, kValuesAtOnce = std::size_t{1} << 21;  // 8 MiB of floats

/// Where windows of a side lie along a length, at even distances of at most half of it.
std::vector<std::size_t> starts_along(std::size_t length, std::size_t side) {
  if (length <= side) return {0};
  const double rest = static_cast<double>(length - side);
  const auto steps = static_cast<std::size_t>(std::ceil(rest / (static_cast<double>(side) / 2)));
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i <= steps; ++i)
    starts.push_back(static_cast<std::size_t>(std::lround(rest * static_cast<double>(i) / static_cast<double>(steps))));
  return starts;
}

CropGrid grid_of_side(std::size_t height, std::size_t width, std::size_t side) {
  return {.tops = starts_along(height, side),
          .lefts = starts_along(width, side),
          .height = std::min(side, height),
          .width = std::min(side, width)};
}

image::Picture part_of(const image::Picture& picture, const image::Box& box) {
  image::Picture part{.height = box.height, .width = box.width, .channels = picture.channels, .bytes = {}};
  part.bytes.reserve(box.area() * picture.channels);
  for (std::size_t y = box.top; y < box.bottom(); ++y) {
    const auto row =
        picture.bytes.begin() + static_cast<std::ptrdiff_t>((y * picture.width + box.left) * picture.channels);
    part.bytes.insert(part.bytes.end(), row, row + static_cast<std::ptrdiff_t>(box.width * picture.channels));
  }
  return part;
}

std::vector<double> middles_of(const std::vector<std::size_t>& starts, std::size_t side) {
  std::vector<double> middles;
  for (const std::size_t start : starts) middles.push_back(static_cast<double>(start) + static_cast<double>(side) / 2);
  return middles;
}

}  // namespace

Result<void> PairEncoderOptions::check() const {
  for (std::size_t i = 0; i < mean.size(); ++i) {
    if (!std::isfinite(mean[i])) return invalid_argument(fmt::format("a mean of {} is not finite", mean[i]));
    if (!(sd[i] > 0 && std::isfinite(sd[i])))
      return invalid_argument(fmt::format("a standard deviation of {} is not above 0", sd[i]));
  }
  if (crops < 1 || crops > kMostCropsASide)
    return invalid_argument(fmt::format("{} crops along the shorter side are not in [1, {}]", crops, kMostCropsASide));
  return {};
}

CropGrid crop_grid(std::size_t height, std::size_t width, std::size_t crops) {
  const std::size_t shorter = std::min(height, width);
  std::size_t side = std::max(kSmallestCrop, (shorter + crops - 1) / crops);
  CropGrid grid = grid_of_side(height, width, side);
  while (grid.count() > kMostCrops) {
    side += side / 4;
    grid = grid_of_side(height, width, side);
  }
  return grid;
}

Result<std::unique_ptr<PairEncoder>> PairEncoder::make(nn::PairModel model, tokenizer::ClipTokenizer tokenizer,
                                                       const PairEncoderOptions& options, const ThreadPool& pool) {
  ERRATA_TRY(options.check());
  return std::unique_ptr<PairEncoder>(new PairEncoder(std::move(model), std::move(tokenizer), options, pool));
}

tokenizer::ClipTokens PairEncoder::tokens(std::string_view query) const {
  return tokenizer_.encode(query, model_.sizes().length);
}

Result<std::vector<float>> PairEncoder::look_at(const image::Picture& picture, const std::vector<image::Box>& boxes,
                                                const nn::PairText& text) const {
  const nn::PairSizes& sizes = model_.sizes();
  const std::size_t of_image = 3 * sizes.height * sizes.width, parts = sizes.rows * sizes.columns;
  const std::size_t batch = std::clamp(kValuesAtOnce / of_image, std::size_t{1}, kImagesAtOnce);
  readers::InputLayout layout;
  std::ranges::copy(options_.mean, layout.mean);
  std::ranges::copy(options_.sd, layout.sd);
  std::vector<float> found(boxes.size() * parts);
  std::vector<Result<void>> results((boxes.size() + batch - 1) / batch);
  const auto look = [&](std::size_t task) -> Result<void> {
    const std::size_t first = task * batch, images = std::min(batch, boxes.size() - first);
    std::vector<float> pixels;
    pixels.reserve(images * of_image);
    for (std::size_t i = first; i < first + images; ++i) {
      const auto input = readers::input_of(
          part_of(picture, boxes[i]),
          {.height = sizes.height, .width = sizes.width, .filled_height = sizes.height, .filled_width = sizes.width},
          layout);
      pixels.insert(pixels.end(), input.begin(), input.end());
    }
    ERRATA_ASSIGN(const std::vector<float> cosines, model_.relate(pixels, text));
    std::ranges::copy(cosines, found.begin() + static_cast<std::ptrdiff_t>(first * parts));
    return {};
  };
  if (model_.is_shareable()) {
    pool_->parallel_for(results.size(), [&](std::size_t task, std::size_t /*worker*/) { results[task] = look(task); });
  } else {
    for (std::size_t task = 0; task < results.size(); ++task) {
      pool_->check();
      results[task] = look(task);
    }
  }
  for (auto& result : results) ERRATA_TRY(std::move(result));
  return found;
}

Result<QueryRelevance> PairEncoder::score(const image::Picture& picture, std::string_view query) const {
  ERRATA_CHECK(picture.height > 0 && picture.width > 0);
  const nn::PairSizes& sizes = model_.sizes();
  auto asked = tokens(query);
  ERRATA_ASSIGN(const nn::PairText text, model_.read(std::move(asked.ids), asked.used));
  PartValues parts;
  std::vector<image::Box> boxes;
  if (sizes.rows * sizes.columns > 1) {
    boxes.push_back({.top = 0, .left = 0, .height = picture.height, .width = picture.width});
    parts.row_middles = even_middles(sizes.rows, picture.height);
    parts.column_middles = even_middles(sizes.columns, picture.width);
  } else {
    const CropGrid grid = crop_grid(picture.height, picture.width, options_.crops);
    for (std::size_t crop = 0; crop < grid.count(); ++crop) boxes.push_back(grid.box(crop));
    parts.row_middles = middles_of(grid.tops, grid.height);
    parts.column_middles = middles_of(grid.lefts, grid.width);
  }
  ERRATA_ASSIGN(parts.values, look_at(picture, boxes, text));
  return QueryRelevance{.relevance = between_parts(parts, {.height = picture.height, .width = picture.width})};
}

}  // namespace errata::relevance
