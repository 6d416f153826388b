#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errata/audit/cases.h"
#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/engine_nn/image_subject.h"
#include "errata/image/corruption_mix.h"

namespace errata::engine_nn {

inline constexpr const char* kLogitColumn = "logits";
/// The column of a captured log that holds a block of latents: "conv1:max" is in conv1_max, of an ONNX model
/// "/conv1/Conv_output_0" in conv1_Conv_output_0.
[[nodiscard]] std::string latent_column(std::string_view block);

struct AuditCaptureRequest {
  ImageSubjectRequest subject;
  std::string layers{};  ///< as audit::parse_layers() takes them; empty: audit::rich_layers(), of an own classifier
  image::CorruptionMix mix = image::source_mix();
  std::size_t samples = 0;  ///< images drawn; 0: each once, in order
  bool train_part = false;  ///< the training images, not the test images
  std::uint64_t seed = 0;
  std::string output{};  ///< .parquet, .csv, .csv.gz, .jsonl; .npz with arrays
};

struct AuditCaptured {
  std::size_t cases = 0, failures = 0, corrupted = 0;
  std::vector<std::string> columns;  ///< of latents, "conv1_max[32]"
  std::string data;                  ///< "the test images of mnist"
  audit::PixelScale scale;
  std::string scale_from;
  bool classes_as_indices = false;  ///< names of classes would not come back in their order: numbers stand for them
  std::vector<std::string> warnings{};
};

/// Runs a model on corrupted images and writes what it computed as a log that `errata audit fit` and `errata replay`
/// read: columns id, time, label, prediction, confidence, corruption, severity, logits, and a list a block of latents
/// (docs/formats/log.md).
/// @return invalid_argument where layers are not named for a model that is not Errata's own (the message lists them);
///     data errors of model and images
[[nodiscard]] Result<AuditCaptured> capture_log(const AuditCaptureRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

/// Of an .npz file, where the network is Errata's own: [1] the bits of its Archive::fingerprint.
inline constexpr const char* kModelArray = "errata_model";

/// Writes captured cases as the arrays id, labels, predictions, corruption (its number, the first of a chain),
/// severity, logits and latents_BLOCK of an .npz file, which `errata audit fit` and numpy.load read.
/// @param images  [cases] which image each case is of
/// @param model   fingerprint of the classifier, for kModelArray
[[nodiscard]] Result<void> write_captured_arrays(const audit::AuditCases& cases, const std::vector<std::size_t>& images,
                                                 std::optional<std::uint64_t> model, const std::filesystem::path& place,
                                                 const Cancellation* cancellation = nullptr);

/// Names of the layers that can be captured. Opening a TorchScript archive runs its code.
[[nodiscard]] Result<std::vector<std::string>> layers_of_model(const ImageSubjectRequest& request);

}  // namespace errata::engine_nn
