#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "errata/base/error.h"
#include "errata/base/progress.h"
#include "errata/base/thread_pool.h"
#include "errata/engine_nn/ranks.h"
#include "errata/improve/failure_store.h"
#include "errata/improve/improvement.h"
#include "errata/improve/pretrain.h"
#include "errata/improve/task_registry.h"

namespace errata::engine_nn {

struct PretrainRequest {
  improve::TaskOptions task;
  improve::PretrainOptions options{};  ///< without shares: 7 additions to 3 subtractions, other skills all alike
  std::string output = "model";        ///< folder for config.json, model.safetensors and the tokenizer
  RanksRequest ranks{};                ///< as rank 0
};

/// What a pretrained model can do.
struct Pretrained {
  std::vector<std::string> skills;
  std::size_t parameters = 0;
  improve::Evaluation development;  ///< on questions that it was not trained on; the held-out ones stay unseen
};

/// Trains a small model on the built-in task and writes it. @return output error naming the path
[[nodiscard]] Result<Pretrained> pretrain_model(const PretrainRequest& request, ThreadPool& pool,
                                                const Progress& progress = {});

struct ImproveRequest {
  std::string model;  ///< folder of a model; empty: one is trained first, into `base` of the output
  improve::TaskOptions task;
  std::vector<std::string> voters{};  ///< folders of other models, for a vote; of the same alphabet
  PretrainRequest pretrain;           ///< used without a model; its task and output are those of this request
  std::string text{};  ///< file of texts, a line each: half rehearsed, half measured (language::parted()); empty: none
  improve::LoopOptions loop;
  std::string output = "improve";       ///< folder for failures.sqlite, the adapters and the improved model
  std::string cases{};                  ///< a place for every answer of every round as a prediction log; empty: none
  std::optional<improve::Step> only{};  ///< this step of the round that is next, and no more
  std::pair<std::string, std::string> run_file{};  ///< name and content of a file for the folder; empty: none
  RanksRequest ranks{};                            ///< as rank 0; answers and files are its alone
};

/// Runs the loop, or goes on with one that was interrupted in the same folder, and writes the improved model as
/// `model`.
/// @return conflict where the folder holds another run, and where `only` is not the step that comes next
[[nodiscard]] Result<improve::Improvement> improve_model(const ImproveRequest& request, ThreadPool& pool,
                                                         const Progress& progress = {});

struct FuseRequest {
  std::string model;                  ///< folder
  std::vector<std::string> adapters;  ///< folders, in the order in which they were made
  bool untie = false;                 ///< gives a model whose head is its embedding a head of its own first
  std::string output;                 ///< folder for the fused model
};

struct Fused {
  std::size_t parameters = 0;
  std::size_t changed = 0;  ///< numbers that are others than in the model
  double most_apart = 0;    ///< largest difference of a logit from that of model and adapter
};

/// Adds adapters to a model, one after the other, and writes it as a checkpoint once each fused model computes on
/// random texts what model and adapter do.
/// @return invalid_argument without adapters; conflict where the output holds a model; data error for an adapter that
///     does not fit, one that would change a tied embedding (without `untie`), and a fused model that computes
///     otherwise
[[nodiscard]] Result<Fused> fuse_model(const FuseRequest& request, ThreadPool& pool, const Progress& progress = {});

}  // namespace errata::engine_nn
