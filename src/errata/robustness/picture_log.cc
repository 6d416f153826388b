#include "errata/robustness/picture_log.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace errata::robustness {
namespace {

struct Look {
  double brightness = 0, contrast = 0, detail = 0, colour = 0;
};

double mean_step(std::span<const float> plane, std::size_t height, std::size_t width) {
  double sum = 0;
  std::size_t steps = 0;
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = y * width + x;
      if (x + 1 < width) sum += std::abs(static_cast<double>(plane[at + 1]) - static_cast<double>(plane[at]));
      if (y + 1 < height) sum += std::abs(static_cast<double>(plane[at + width]) - static_cast<double>(plane[at]));
      steps += (x + 1 < width ? 1U : 0U) + (y + 1 < height ? 1U : 0U);
    }
  return steps == 0 ? 0 : sum / static_cast<double>(steps);
}

Look look_of(const image::ImageSet& images, std::size_t i) {
  const auto pixels = images.view().row(i);
  const std::size_t area = images.height * images.width;
  const auto count = static_cast<double>(pixels.size());
  Look look;
  double squares = 0;
  for (const float x : pixels) look.brightness += static_cast<double>(x) / count;
  for (const float x : pixels) squares += std::pow(static_cast<double>(x) - look.brightness, 2);
  look.contrast = std::sqrt(squares / count);
  for (std::size_t c = 0; c < images.channels; ++c)
    look.detail +=
        mean_step(pixels.subspan(c * area, area), images.height, images.width) / static_cast<double>(images.channels);
  for (std::size_t at = 0; at < area; ++at) {
    double mean = 0;
    for (std::size_t c = 0; c < images.channels; ++c)
      mean += static_cast<double>(pixels[c * area + at]) / static_cast<double>(images.channels);
    for (std::size_t c = 0; c < images.channels; ++c)
      look.colour += std::abs(static_cast<double>(pixels[c * area + at]) - mean) / count;
  }
  return look;
}

table::Column class_column(const image::ImageSet& images) {
  table::Column column{.name = "class", .kind = table::ColumnKind::categorical, .source_type = "VARCHAR"};
  column.categories = images.classes;
  std::ranges::sort(column.categories);
  for (const std::uint32_t label : images.labels)
    column.codes.push_back(static_cast<std::int32_t>(
        std::ranges::lower_bound(column.categories, images.classes[label]) - column.categories.begin()));
  return column;
}

}  // namespace

table::PredictionLog picture_log(const image::ImageSet& images, std::span<const std::uint8_t> failed,
                                 const ThreadPool& pool) {
  std::vector<Look> looks(images.count);
  pool.parallel_for(images.count, [&](std::size_t i, std::size_t /*worker*/) { looks[i] = look_of(images, i); });
  table::PredictionLog log{.files = {images.name}, .rows = images.count};
  log.failed.assign(failed.begin(), failed.end());
  log.columns.push_back(class_column(images));
  const auto add = [&](const char* name, double Look::* value) {
    std::vector<double> numbers;
    for (const Look& look : looks) numbers.push_back(look.*value);
    table::Column column{.name = name, .kind = table::ColumnKind::numeric, .source_type = "DOUBLE"};
    column.numbers = std::move(numbers);
    log.columns.push_back(std::move(column));
  };
  add("brightness", &Look::brightness);
  add("contrast", &Look::contrast);
  add("detail", &Look::detail);
  if (images.channels > 1) add("colour", &Look::colour);
  for (const table::Column& column : log.columns) log.roles.features.push_back(column.name);
  return log;
}

}  // namespace errata::robustness
