#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/thread_pool.h"
#include "errata/image/picture.h"
#include "errata/readers/face_detector.h"
#include "errata/readers/text_lines.h"
#include "errata/relevance/patch_grid.h"
#include "errata/relevance/query_encoder.h"
#include "errata/relevance/query_words.h"

namespace errata::relevance {

/// What real readers found in a picture, whatever was asked: found once, it serves many queries.
struct Seen {
  std::vector<readers::TextLine> lines{};
  std::vector<readers::Face> faces{};
};

/// The models that look.
class Readers {
 public:
  /// @return unavailable where a model or ONNX Runtime is not installed
  [[nodiscard]] static Result<Readers> open();

  /// @param text, faces  what is looked for
  /// @return as readers::read_text and readers::FaceDetector::find
  /// Cost: at 1024 × 704 about .3 s of CPU for finding text, 40 ms a line for reading it, 10 ms for faces.
  [[nodiscard]] Result<Seen> look(const image::Picture& picture, bool text, bool faces, const ThreadPool& pool) const;

 private:
  Readers(readers::TextDetector detector, readers::TextReader reader, readers::FaceDetector faces)
      : detector_(std::move(detector)), reader_(std::move(reader)), faces_(std::move(faces)) {}
  readers::TextDetector detector_;
  readers::TextReader reader_;
  readers::FaceDetector faces_;
};

struct EvidenceOptions {
  double confidence = 0.5;  ///< lines that were read less surely do not count, in [0, 1]
};

/// Evidence that a line of text gave.
struct LineEvidence {
  std::size_t line = 0;              ///< in Seen::lines
  double likeness = 0;               ///< to what the query names, in [0, 1]; 0 where it names nothing of this line
  double strength = 0;               ///< in (0, 1]
  std::vector<std::string> names{};  ///< those of the query that were found in it
};

/// What real detectors say about a query, patch by patch, and why.
struct Evidence {
  std::vector<float> relevance;       ///< [patches] in [0, 1]; all 0 where nothing fired
  QueryWords query;                   ///< what was asked
  std::vector<LineEvidence> lines{};  ///< that count, in the order of Seen::lines
  std::vector<std::size_t> faces{};   ///< in Seen::faces, that count
  bool by_writing = false;            ///< the query asks for writing, and some was read
  bool by_name = false;               ///< something that it names was read
  bool by_faces = false;              ///< it asks for people, and faces were found
  [[nodiscard]] bool fired() const { return by_writing || by_name || by_faces; }
};

/// Where the query is served by what was seen.
///   A line that holds a name of the query (likeness l, confidence c): .5 + .5 · l · c. Where the query asks for
///   writing, every other line: c, or .5 · c beside lines that hold a name. Where it asks for faces, each face: its
///   score.
/// l is the mean likeness of the query's names, weighted by their lengths; names that nothing is like are left out.
/// A patch takes the largest strength of the boxes that reach into it, times min(1, 2 · the share of it that the box
/// covers). A query about other things has no evidence, however much text or however many faces there are.
/// Cost: O(lines · length of the query + patches under boxes).
[[nodiscard]] Evidence evidence_for(std::string_view query, const Seen& seen, const PatchGrid& grid,
                                    const EvidenceOptions& options = {});

/// How much another encoder counts beside evidence that fired; all of it where none did.
struct EvidenceWeights {
  double beside_name = .1;     ///< what the query names was read: that is what is asked for
  double beside_writing = .6;  ///< some writing was read, but which is asked for the other encoder may know better
  double beside_faces = .5;
};

/// The readers as a source of the participatory scorer: looks only for what the query asks for. What an encoder behind
/// them says, brought to [0, 1], is blended with the evidence by the weights; where it has not seen such images
/// (unlike > .5) it does not count beside evidence.
class ReaderEncoder : public QueryEncoder {
 public:
  /// @param pool     outlives the encoder
  /// @param encoder  behind the readers, or null: no evidence is no relevance
  ReaderEncoder(Readers readers, const ThreadPool& pool, std::unique_ptr<QueryEncoder> encoder = nullptr,
                EvidenceWeights weights = {})
      : readers_(std::move(readers)),
        pool_(&pool),
        encoder_(std::move(encoder)),
        name_(encoder_ ? std::string(encoder_->name()) + " and readers" : "readers"),
        weights_(weights) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Result<QueryRelevance> score(const image::Picture& picture, std::string_view query) const override;

 private:
  Readers readers_;
  const ThreadPool* pool_;
  std::unique_ptr<QueryEncoder> encoder_;
  std::string name_;  ///< "scenes and readers"
  EvidenceWeights weights_;
};

/// What an encoder and evidence say together. Readers know to a patch where a line ends, so that what they found is not
/// blurred over the patches around it, as the encoder's part is (ScoreOptions::smooth_participatory).
/// @param asked  of an encoder, [patches] of the grid, as the evidence
[[nodiscard]] QueryRelevance with_evidence(QueryRelevance asked, const Evidence& evidence, const PatchGrid& grid,
                                           const EvidenceWeights& weights = {});

}  // namespace errata::relevance
