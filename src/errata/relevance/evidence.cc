#include "errata/relevance/evidence.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "errata/relevance/scores.h"

namespace errata::relevance {
namespace {

/// The share of a patch that a quadrilateral covers, by points in its quarters.
double covered_share(const image::Box& patch, const readers::Quad& quad) {
  constexpr int kPoints = 4;  // a side
  int inside = 0;
  for (int i = 0; i < kPoints * kPoints; ++i) {
    const int row = i / kPoints, column = i % kPoints;
    const float right = (static_cast<float>(column) + 0.5F) / kPoints;
    const float down = (static_cast<float>(row) + 0.5F) / kPoints;
    inside += quad.contains({.x = static_cast<float>(patch.left) + right * static_cast<float>(patch.width),
                             .y = static_cast<float>(patch.top) + down * static_cast<float>(patch.height)})
                  ? 1
                  : 0;
  }
  return static_cast<double>(inside) / (kPoints * kPoints);
}

void lay_on_patches(const readers::Quad& quad, double strength, const PatchGrid& grid, std::vector<float>& relevance) {
  const image::Box around = quad.box(grid.height, grid.width);
  for (std::size_t row = around.top / kPatch; row * kPatch < around.bottom(); ++row)
    for (std::size_t column = around.left / kPatch; column * kPatch < around.right(); ++column) {
      const std::size_t patch = row * grid.columns() + column;
      const double share = std::min(1.0, 2 * covered_share(grid.box(patch), quad));
      relevance[patch] = std::max(relevance[patch], static_cast<float>(strength * share));
    }
}

/// The names of a query that some line holds, and the lines that hold them.
std::vector<LineEvidence> lines_with_names(const QueryWords& query, const Seen& seen, const EvidenceOptions& options) {
  std::vector<NamedWords> names = query.named;
  names.insert(names.end(), query.other.begin(), query.other.end());
  std::vector<LineEvidence> lines;
  std::vector<std::uint8_t> is_found(names.size(), 0);
  std::vector<double> sums;
  for (std::size_t i = 0; i < seen.lines.size(); ++i) {
    if (seen.lines[i].text.empty() || !(seen.lines[i].confidence >= options.confidence)) continue;
    const std::string text = folded(seen.lines[i].text);
    LineEvidence line{.line = i};
    for (std::size_t n = 0; n < names.size(); ++n) {
      const double like = likeness(names[n], text);
      if (like <= 0) continue;
      is_found[n] = 1;
      line.likeness += like * static_cast<double>(names[n].text.size());
      line.names.push_back(names[n].text);
    }
    if (!line.names.empty()) lines.push_back(std::move(line));
  }
  double length = 0;
  for (std::size_t n = 0; n < names.size(); ++n)
    if (is_found[n] != 0) length += static_cast<double>(names[n].text.size());
  for (LineEvidence& line : lines) {
    line.likeness /= length;
    line.strength = 0.5 + 0.5 * line.likeness * seen.lines[line.line].confidence;
  }
  return lines;
}

/// Lines that count, with their strengths.
std::vector<LineEvidence> lines_that_count(const QueryWords& query, const Seen& seen, const EvidenceOptions& options) {
  std::vector<LineEvidence> lines = lines_with_names(query, seen, options);
  if (!query.asks_for_writing) return lines;
  const double others = lines.empty() ? 1 : 0.5;
  for (std::size_t i = 0; i < seen.lines.size(); ++i) {
    const readers::TextLine& line = seen.lines[i];
    if (line.text.empty() || !(line.confidence >= options.confidence)) continue;
    if (std::ranges::find(lines, i, &LineEvidence::line) == lines.end())
      lines.push_back({.line = i, .strength = others * line.confidence});
  }
  std::ranges::sort(lines, {}, &LineEvidence::line);
  return lines;
}

}  // namespace

Result<Readers> Readers::open() {
  ERRATA_ASSIGN(readers::TextDetector detector, readers::TextDetector::open());
  ERRATA_ASSIGN(readers::TextReader reader, readers::TextReader::open());
  ERRATA_ASSIGN(readers::FaceDetector faces, readers::FaceDetector::open());
  return Readers(std::move(detector), std::move(reader), std::move(faces));
}

Result<Seen> Readers::look(const image::Picture& picture, bool text, bool faces, const ThreadPool& pool) const {
  Seen seen;
  if (text) {
    ERRATA_ASSIGN(seen.lines, readers::read_text(picture, detector_, reader_, pool));
  }
  if (faces) {
    ERRATA_ASSIGN(seen.faces, faces_.find(picture));
  }
  return seen;
}

Evidence evidence_for(std::string_view query, const Seen& seen, const PatchGrid& grid, const EvidenceOptions& options) {
  Evidence evidence{.relevance = std::vector<float>(grid.count(), 0), .query = words_of_query(query)};
  evidence.lines = lines_that_count(evidence.query, seen, options);
  for (const LineEvidence& line : evidence.lines)
    lay_on_patches(seen.lines[line.line].quad, line.strength, grid, evidence.relevance);
  if (evidence.query.asks_for_faces)
    for (std::size_t i = 0; i < seen.faces.size(); ++i) {
      lay_on_patches(seen.faces[i].quad(), seen.faces[i].score, grid, evidence.relevance);
      evidence.faces.push_back(i);
    }
  evidence.by_name = std::ranges::any_of(evidence.lines, [](const LineEvidence& line) { return !line.names.empty(); });
  evidence.by_writing = evidence.query.asks_for_writing && !evidence.lines.empty();
  evidence.by_faces = !evidence.faces.empty();
  return evidence;
}

QueryRelevance with_evidence(QueryRelevance asked, const Evidence& evidence, const PatchGrid& grid,
                             const EvidenceWeights& weights) {
  if (!evidence.fired()) return asked;
  constexpr double kUnlike = .5;
  const double weight = asked.unlike.value_or(0) > kUnlike ? 0
                        : evidence.by_name                 ? weights.beside_name
                        : evidence.by_writing              ? weights.beside_writing
                                                           : weights.beside_faces;
  asked.relevance = normalised(smoothed(asked.relevance, grid), Normalisation::min_max);
  for (std::size_t patch = 0; patch < asked.relevance.size(); ++patch)
    asked.relevance[patch] = std::lerp(evidence.relevance[patch], asked.relevance[patch], static_cast<float>(weight));
  asked.by_evidence = true;
  return asked;
}

Result<QueryRelevance> ReaderEncoder::score(const image::Picture& picture, std::string_view query) const {
  const QueryWords words = words_of_query(query);
  ERRATA_ASSIGN(const Seen seen,
                readers_.look(picture, words.asks_for_writing || !words.named.empty(), words.asks_for_faces, *pool_));
  const PatchGrid grid{.height = picture.height, .width = picture.width};
  Evidence evidence = evidence_for(query, seen, grid);
  if (!encoder_) return QueryRelevance{.relevance = std::move(evidence.relevance), .by_evidence = evidence.fired()};
  ERRATA_ASSIGN(QueryRelevance asked, encoder_->score(picture, query));
  return with_evidence(std::move(asked), evidence, grid, weights_);
}

}  // namespace errata::relevance
