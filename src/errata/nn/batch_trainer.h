#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "errata/nn/classifier.h"
#include "errata/nn/moved_image.h"
#include "errata/nn/training_checkpoint.h"

namespace errata::nn {

/// Images of a training and the rows of them that make a batch.
struct ImageBatch {
  MatrixView<const float> images;
  std::span<const std::uint32_t> labels;
  std::span<const std::size_t> rows;
};

/// Steps of a classifier's training. Holds a reference to the state.
class BatchTrainer {
 public:
  BatchTrainer() = default;
  BatchTrainer(const BatchTrainer&) = delete;
  BatchTrainer& operator=(const BatchTrainer&) = delete;
  virtual ~BatchTrainer() = default;

  /// Goes one step down the mean cross-entropy of a batch. May throw what libtorch throws.
  /// @return the sum of the losses before the step
  virtual double step(const ImageBatch& batch) = 0;
  /// Brings the state's vectors up to date.
  virtual void read_back() = 0;
};

/// On the CPU, in shards of fixed size on the module's threads: the same bits on any number of threads.
[[nodiscard]] std::unique_ptr<BatchTrainer> train_by_shards(const ClassifierPlan& plan, ImageShape shape,
                                                            double learning_rate, TrainingState& state);

/// By libtorch's operations and their derivatives, on any device.
[[nodiscard]] std::unique_ptr<BatchTrainer> train_by_operations(const ClassifierPlan& plan, ImageShape shape,
                                                                double learning_rate, TrainingState& state,
                                                                Device device);

/// How the residual network is trained: AdamW along one cycle, on images that are moved and mirrored.
struct ResidualTraining {
  ImageShape shape;
  double learning_rate = 1e-2, weight_decay = 5e-2;  ///< decay of weights of convolutions and logits alone
  std::size_t steps = 1;                             ///< of the whole training
  ImageMoves moves = kResidualMoves;
  std::uint64_t seed = 0;
  Device device{};
};

/// On the CPU in shards of up to 32 images on the module's threads, each normalised by its own moments: the same bits
/// on any number of threads. On a GPU one shard after the other.
[[nodiscard]] std::unique_ptr<BatchTrainer> train_residual(const ResidualPlan& plan, const ResidualTraining& training,
                                                           TrainingState& state);

}  // namespace errata::nn
