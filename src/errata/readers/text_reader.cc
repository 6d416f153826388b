#include "errata/readers/text_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "errata/base/atomic_file.h"
#include "errata/readers/model_files.h"

namespace errata::readers {
namespace {

constexpr std::size_t kStripHeight = 48;                           ///< that the model takes
constexpr std::size_t kShortestStrip = 320, kLongestStrip = 3840;  ///< pixels; shorter strips are framed in grey
constexpr double kUpright = 1.5;  ///< height by width from which text stands on its side
constexpr std::size_t kMostCharacterBytes = std::size_t{1} << 20;
constexpr InputLayout kStripLayout{.mean = {0.5F, 0.5F, 0.5F}, .sd = {0.5F, 0.5F, 0.5F}, .blue_first = true};

double distance(Corner a, Corner b) { return std::hypot(a.x - b.x, a.y - b.y); }

cv::Mat straight(const image::Picture& picture, const Quad& quad, int height, int width) {
  const cv::Mat whole(static_cast<int>(picture.height), static_cast<int>(picture.width),
                      picture.channels == 1 ? CV_8UC1 : CV_8UC3, const_cast<std::uint8_t*>(picture.bytes.data()));
  std::array<cv::Point2f, 4> from, to;
  for (std::size_t i = 0; i < 4; ++i) from[i] = {quad.corners[i].x, quad.corners[i].y};
  const auto right = static_cast<float>(width), below = static_cast<float>(height);
  to = {cv::Point2f(0, 0), cv::Point2f(right, 0), cv::Point2f(right, below), cv::Point2f(0, below)};
  const cv::Mat map = cv::getPerspectiveTransform(from.data(), to.data());
  cv::Mat strip;
  cv::warpPerspective(whole, strip, map, cv::Size(width, height), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  return strip;
}

}  // namespace

image::Picture straightened(const image::Picture& picture, const Quad& quad) {
  const auto& c = quad.corners;
  // Corners outside any picture come from a caller; the size of the strip is bounded by the picture's.
  const double longest = static_cast<double>(picture.height + picture.width);
  const auto side = [&](double length) {
    return std::max(1, static_cast<int>(std::clamp(std::round(length), 1.0, longest)));
  };
  const int width = side(std::max(distance(c[0], c[1]), distance(c[3], c[2])));
  const int height = side(std::max(distance(c[0], c[3]), distance(c[1], c[2])));
  cv::Mat strip = straight(picture, quad, height, width);
  if (height >= kUpright * width) cv::rotate(strip, strip, cv::ROTATE_90_COUNTERCLOCKWISE);
  image::Picture made{.height = static_cast<std::size_t>(strip.rows),
                      .width = static_cast<std::size_t>(strip.cols),
                      .channels = picture.channels,
                      .bytes{}};
  made.bytes.assign(strip.datastart, strip.dataend);
  return made;
}

ReadText text_of_steps(std::span<const float> probabilities, std::span<const std::string> characters) {
  ReadText read;
  std::size_t kept = 0, before = 0;
  for (std::size_t first = 0; first + characters.size() <= probabilities.size(); first += characters.size()) {
    const auto step = probabilities.subspan(first, characters.size());
    const auto likeliest = static_cast<std::size_t>(std::ranges::max_element(step) - step.begin());
    if (likeliest != 0 && likeliest != before) {
      read.text += characters[likeliest];
      read.confidence += static_cast<double>(step[likeliest]);
      ++kept;
    }
    before = likeliest;
  }
  if (kept > 0) read.confidence = std::min(1.0, read.confidence / static_cast<double>(kept));
  return read;
}

Result<TextReader> TextReader::open() {
  ERRATA_ASSIGN(const std::filesystem::path model, find_model(ModelFile::text_reader));
  ERRATA_ASSIGN(const std::filesystem::path characters, find_model(ModelFile::text_reader_characters));
  return open(model, characters);
}

Result<TextReader> TextReader::open(const std::filesystem::path& model, const std::filesystem::path& characters) {
  ERRATA_ASSIGN(Network network, Network::open(model, 1));
  ERRATA_ASSIGN(const std::string content, read_file(characters, kMostCharacterBytes));
  std::vector<std::string> classes{""};
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    classes.push_back(content.substr(at, end - at));
    if (classes.back().ends_with('\r')) classes.back().pop_back();
    at = end + 1;
  }
  classes.emplace_back(" ");
  return TextReader(std::move(network), std::move(classes));
}

Result<ReadText> TextReader::read_strip(const image::Picture& strip) const {
  const double length =
      static_cast<double>(strip.width) * static_cast<double>(kStripHeight) / static_cast<double>(strip.height);
  const auto filled = static_cast<std::size_t>(std::clamp(std::ceil(length), 1.0, static_cast<double>(kLongestStrip)));
  const std::size_t width = std::max(kShortestStrip, filled);
  const auto input = input_of(
      strip,
      {.height = kStripHeight, .width = width, .filled_height = kStripHeight, .filled_width = filled, .around = 127.5F},
      kStripLayout);
  const std::array shape{std::int64_t{1}, std::int64_t{3}, static_cast<std::int64_t>(kStripHeight),
                         static_cast<std::int64_t>(width)};
  ERRATA_ASSIGN(const auto outputs, network_.run(shape, input));
  if (outputs[0].shape.size() != 3 || outputs[0].shape[0] != 1 || outputs[0].shape[2] != characters_.size())
    return data_error(fmt::format("{}: is no reader of these {} characters: it does not give [1, steps, {}]",
                                  network_.place().string(), characters_.size() - 2, characters_.size()));
  return text_of_steps(outputs[0].values, characters_);
}

Result<std::vector<ReadText>> TextReader::read(const image::Picture& picture, std::span<const Quad> lines,
                                               const ThreadPool& pool) const {
  ERRATA_CHECK(picture.height > 0 && picture.width > 0);
  std::vector<Result<ReadText>> results(lines.size(), ReadText{});
  pool.parallel_for(lines.size(), [&](std::size_t line, std::size_t /*worker*/) {
    results[line] = read_strip(straightened(picture, lines[line]));
  });
  std::vector<ReadText> texts;
  for (auto& result : results) {
    ERRATA_ASSIGN(ReadText text, std::move(result));
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace errata::readers
