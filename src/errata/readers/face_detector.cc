#include "errata/readers/face_detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/readers/model_files.h"

namespace errata::readers {
namespace {

constexpr std::size_t kRowLength = 16;
/// The model's two grids: cells a side, anchors a cell.
constexpr std::size_t kFineCells = 16, kFineAnchors = 2, kCoarseCells = 8, kCoarseAnchors = 6;
constexpr InputLayout kFaceLayout{.mean = {0.5F, 0.5F, 0.5F}, .sd = {0.5F, 0.5F, 0.5F}, .channels_last = true};

double area_of(const Face& face) {
  return static_cast<double>(std::max(0.0F, face.right - face.left)) *
         static_cast<double>(std::max(0.0F, face.bottom - face.top));
}

double overlap_of(const Face& a, const Face& b) {
  const Face both{.left = std::max(a.left, b.left),
                  .top = std::max(a.top, b.top),
                  .right = std::min(a.right, b.right),
                  .bottom = std::min(a.bottom, b.bottom)};
  const double shared = area_of(both), all = area_of(a) + area_of(b) - shared;
  return all > 0 ? shared / all : 0;
}

/// Applies to every coordinate of a face: along(x), down(y).
template <typename Along, typename Down>
Face mapped(Face face, const Along& along, const Down& down) {
  face.left = along(face.left);
  face.right = along(face.right);
  face.top = down(face.top);
  face.bottom = down(face.bottom);
  for (Corner& point : face.points) point = {.x = along(point.x), .y = down(point.y)};
  return face;
}

/// face += weight · other, coordinate by coordinate.
void add_weighted(Face& face, const Face& other, float weight) {
  face.left += weight * other.left;
  face.right += weight * other.right;
  face.top += weight * other.top;
  face.bottom += weight * other.bottom;
  for (std::size_t i = 0; i < face.points.size(); ++i) {
    face.points[i].x += weight * other.points[i].x;
    face.points[i].y += weight * other.points[i].y;
  }
}

}  // namespace

std::vector<Face> faces_of_grid(std::span<const float> logits, std::span<const float> rows, std::size_t cells,
                                std::size_t anchors, double score) {
  ERRATA_CHECK(logits.size() == cells * cells * anchors && rows.size() == logits.size() * kRowLength);
  const float pitch = static_cast<float>(kFaceInput) / static_cast<float>(cells);
  std::vector<Face> faces;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double probability = 1 / (1 + std::exp(-static_cast<double>(logits[i])));
    if (!(probability >= score)) continue;
    const std::size_t cell = i / anchors, cell_row = cell / cells, cell_column = cell % cells;
    const float x = (static_cast<float>(cell_column) + 0.5F) * pitch, y = (static_cast<float>(cell_row) + 0.5F) * pitch;
    const auto row = rows.subspan(i * kRowLength, kRowLength);
    if (!std::ranges::all_of(row, [](float value) { return std::isfinite(value); })) continue;
    Face face{.left = x + row[0] - row[2] / 2,
              .top = y + row[1] - row[3] / 2,
              .right = x + row[0] + row[2] / 2,
              .bottom = y + row[1] + row[3] / 2,
              .score = probability};
    for (std::size_t p = 0; p < face.points.size(); ++p)
      face.points[p] = {.x = x + row[4 + 2 * p], .y = y + row[5 + 2 * p]};
    if (area_of(face) > 0) faces.push_back(face);
  }
  return faces;
}

std::vector<Face> merged_faces(std::vector<Face> faces, double overlap) {
  std::ranges::stable_sort(faces, std::ranges::greater(), &Face::score);
  std::vector<Face> merged;
  while (!faces.empty()) {
    const Face surest = faces.front();
    const auto others =
        std::ranges::stable_partition(faces, [&](const Face& face) { return overlap_of(surest, face) >= overlap; });
    const auto own = std::ranges::subrange(faces.begin(), others.begin());
    double weights = 0;
    for (const Face& face : own) weights += face.score;
    Face mean{.score = surest.score};
    for (const Face& face : own) add_weighted(mean, face, static_cast<float>(face.score / weights));
    merged.push_back(mean);
    faces.erase(own.begin(), own.end());
  }
  return merged;
}

Result<FaceDetector> FaceDetector::open() {
  ERRATA_ASSIGN(const std::filesystem::path model, find_model(ModelFile::face_detector));
  return open(model);
}

Result<FaceDetector> FaceDetector::open(const std::filesystem::path& model) {
  ERRATA_ASSIGN(Network network, Network::open(model, 4));
  return FaceDetector(std::move(network));
}

Result<std::vector<Face>> FaceDetector::find(const image::Picture& picture, const FaceDetectionOptions& options) const {
  if (!(options.score > 0 && options.score < 1))
    return invalid_argument(fmt::format("score {} is not in (0, 1)", options.score));
  if (!(options.overlap > 0 && options.overlap <= 1))
    return invalid_argument(fmt::format("overlap {} is not in (0, 1]", options.overlap));
  ERRATA_CHECK(picture.height > 0 && picture.width > 0);
  const auto longer = static_cast<double>(std::max(picture.height, picture.width));
  const auto filled = [&](std::size_t side) {
    const double length = std::round(static_cast<double>(side) * static_cast<double>(kFaceInput) / longer);
    return static_cast<std::size_t>(std::max(1.0, length));
  };
  const InputSize size{.height = kFaceInput,
                       .width = kFaceInput,
                       .filled_height = filled(picture.height),
                       .filled_width = filled(picture.width)};
  const auto input = input_of(picture, size, kFaceLayout);
  constexpr auto kSide = static_cast<std::int64_t>(kFaceInput);
  constexpr std::array kShape{std::int64_t{1}, kSide, kSide, std::int64_t{3}};
  ERRATA_ASSIGN(const auto outputs, network_.run(kShape, input));
  constexpr std::size_t kFine = kFineCells * kFineCells * kFineAnchors,
                        kCoarse = kCoarseCells * kCoarseCells * kCoarseAnchors;
  if (outputs[0].values.size() != kFine || outputs[1].values.size() != kCoarse ||
      outputs[2].values.size() != kFine * kRowLength || outputs[3].values.size() != kCoarse * kRowLength)
    return data_error(fmt::format("{}: is no face detector: its outputs are not those of 512 and 384 anchors",
                                  network_.place().string()));
  auto faces = faces_of_grid(outputs[0].values, outputs[2].values, kFineCells, kFineAnchors, options.score);
  const auto coarse = faces_of_grid(outputs[1].values, outputs[3].values, kCoarseCells, kCoarseAnchors, options.score);
  faces.insert(faces.end(), coarse.begin(), coarse.end());
  faces = merged_faces(std::move(faces), options.overlap);
  const auto along = [&](float x) {
    return x * static_cast<float>(picture.width) / static_cast<float>(size.filled_width);
  };
  const auto down = [&](float y) {
    return y * static_cast<float>(picture.height) / static_cast<float>(size.filled_height);
  };
  for (Face& face : faces) face = mapped(face, along, down);
  return faces;
}

}  // namespace errata::readers
