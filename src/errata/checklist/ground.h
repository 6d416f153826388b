#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "errata/checklist/album.h"
#include "errata/checklist/allocators.h"
#include "errata/checklist/checklist.h"
#include "errata/checklist/measured.h"
#include "errata/checklist/outsider.h"

namespace errata::checklist {

/// Measures what a seed gives, and puts into the album what there is to see of the case that it wants.
using MeasureSeed = std::function<Result<void>(std::size_t index, std::uint64_t seed, Album& album)>;

/// Measures a real picture, the case `index`.
using MeasurePicture =
    std::function<Result<void>(std::size_t index, RealKind kind, const image::Picture& picture, Measured& measured)>;

/// What the modes run on.
struct Ground {
  const ChecklistOptions& options;
  const relevance::SceneEncoder& encoder;
  ThreadPool& pool;
  const Progress& progress;
  const OpenEncoder& open_encoder;
  const readers::TextReader* reader = nullptr;  ///< null: nothing is read
  Questioner* outsider = nullptr;               ///< judged in place of Errata's allocator
  const RealMaterial* real = nullptr;           ///< null: scenes alone

  /// Who is compared: the judged allocator, then the document's; where an outsider is judged, Errata's behind them.
  [[nodiscard]] std::vector<Allocator> compared() const;
  /// What one of them, or any other, makes of a task.
  [[nodiscard]] Result<Answer> ask(const Allocator& allocator, const Task& task) const;
  /// Likewise; nothing where the answer cannot be used, which fails the case. @param index  of the case
  [[nodiscard]] Result<std::optional<relevance::Allocation>> ask(const Allocator& allocator, const Task& task,
                                                                 Measured& measured, std::size_t index) const;

  /// Calls body(index, seed) for each seed of the mode: on all threads, or one after the other where there is an
  /// outsider.
  /// @return the first error by index
  [[nodiscard]] Result<void> for_each_seed(const std::function<Result<void>(std::size_t, std::uint64_t)>& body) const;

  /// Likewise body(index) for each index below a count.
  [[nodiscard]] Result<void> for_each(std::size_t count, const std::function<Result<void>(std::size_t)>& body) const;

  /// Measures the real pictures of some kinds, each a case.
  /// @param declare  the figures  @param measure  a picture of three channels
  [[nodiscard]] Result<OnReal> on_pictures(std::span<const RealKind> kinds,
                                           const std::function<void(Measured& measured)>& declare,
                                           const MeasurePicture& measure) const;
  /// What was measured of real pictures or videos.
  [[nodiscard]] OnReal on_real(const Measured& measured) const;

  /// Measures every seed, then once more those of the cases that are shown.
  /// @param measure  the same seed gives the same values whenever it is measured
  [[nodiscard]] Result<ModeResult> run(Measured& measured, const MeasureSeed& measure) const;

  /// The result of a mode whose cases were measured. @param draw  puts the case that is wanted into the album
  [[nodiscard]] Result<ModeResult> result(const Measured& measured, const MeasureSeed& draw) const;
};

}  // namespace errata::checklist
