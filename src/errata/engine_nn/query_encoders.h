#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/relevance/pair_encoder.h"
#include "errata/relevance/query_encoder.h"

namespace errata::engine_nn {

/// A CLIP-like pair of encoders.
struct PairRequest {
  std::string image_encoder{};  ///< ONNX, or a TorchScript archive that holds both; empty: no pair
  std::string text_encoder{};   ///< ONNX
  std::string vocabulary{};     ///< CLIP's file of merges, gzipped or not; or vocab.json, with `merges`
  std::string merges{};         ///< beside a vocab.json
  std::string image_output{};   ///< tensor of an ONNX image encoder (nn/pair_model.h); empty: chosen
  bool trusted_only = false;    ///< refuse TorchScript archives
  relevance::PairEncoderOptions options{};
};

/// What relates a query to images: embeddings, else a pair, else drawn scenes; before the latter two, readers.
struct EncoderRequest {
  std::string
      patch_embeddings{};  ///< of any model (embedding_files.h), with query_embedding: they relate query and image
  std::string query_embedding{};
  PairRequest pair{};
  bool scenes = true;             ///< the encoder of drawn scenes relates query and image, where nothing else does
  bool readers = true;            ///< writing that is read and faces that are found count as well
  std::filesystem::path cache{};  ///< folder that keeps the encoder of scenes; empty: it is trained each time
};

/// Opens what relates a query to images. The encoder of scenes is trained when the cache has none, which takes about
/// two minutes of two cores.
/// @param query     as it is used; of one that asks for nothing no model is opened
/// @param pool      outlives the encoder
/// @param warnings  gets what is not there, and what of the query is not read
/// @return null where nothing relates them; invalid_argument for what does not go together; data errors of the files
[[nodiscard]] Result<std::unique_ptr<relevance::QueryEncoder>> open_encoder(const EncoderRequest& request,
                                                                            const std::string& query, ThreadPool& pool,
                                                                            const Progress& progress,
                                                                            std::vector<std::string>& warnings);

}  // namespace errata::engine_nn
