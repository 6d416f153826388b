#include "errata/engine_nn/ranks.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "errata/language/training.h"
#include "errata/nn/runtime.h"

namespace errata::engine_nn {
namespace {

constexpr std::chrono::milliseconds kDying{2000}, kLook{10};

language::RankPlace place_of(const RanksRequest& request) {
  return {.rank = request.rank,
          .ranks = request.ranks,
          .address = request.address,
          .port = request.port,
          .wait = request.wait};
}

/// The words that start a rank; `env` sets its environment.
std::vector<std::string> command_of(const RanksRequest& request, std::size_t rank, std::uint16_t port) {
  std::vector<std::string> words{"env", fmt::format("RANK={}", rank), fmt::format("WORLD_SIZE={}", request.ranks),
                                 "MASTER_ADDR=" + request.address, fmt::format("MASTER_PORT={}", port)};
  words.insert(words.end(), request.local.begin(), request.local.end());
  return words;
}

}  // namespace

Result<void> RankGroup::look_after() {
  for (std::size_t i = 0; i < started_.size(); ++i)
    if (started_[i].has_ended()) {
      const auto said = started_[i].ask("", {});
      started_.clear();
      return unavailable(fmt::format("rank {}: {}", i + 1, said ? *said : said.error().message));
    }
  return {};
}

Result<RankGroup> RankGroup::open(const RanksRequest& request, const Progress& progress) {
  RankGroup group;
  if (request.ranks == 1) return group;
  ERRATA_ASSIGN(auto ranks, language::Ranks::open(place_of(request)));
  for (std::size_t rank = 1; !request.local.empty() && rank < request.ranks; ++rank) {
    ERRATA_ASSIGN(auto other, LineProgram::start(command_of(request, rank, ranks.port())));
    group.started_.push_back(std::move(other));
  }
  tell(progress, fmt::format("waiting for {} other ranks", request.ranks - 1));
  ERRATA_TRY(ranks.meet([&] {
    progress.check();
    return group.look_after();
  }));
  group.ranks_.push_back(std::move(ranks));
  return group;
}

Result<void> RankGroup::end() { return ranks_.empty() ? Result<void>() : ranks_[0].end(); }

Error RankGroup::explained(Error error) {
  if (error.code != ErrorCode::unavailable) return error;
  // Its connections are closed a moment before it can be waited for.
  const auto begin = std::chrono::steady_clock::now();
  while (!started_.empty() && std::chrono::steady_clock::now() - begin < kDying) {
    if (const auto ended = look_after(); !ended) {
      error.message += "\n" + ended.error().message;
      break;
    }
    std::this_thread::sleep_for(kLook);
  }
  return error;
}

Result<void> train_along(const RanksRequest& request, ThreadPool& pool, const Progress& progress) {
  nn::set_threads(pool.size());
  return until_cancelled([&]() -> Result<void> {
    ERRATA_ASSIGN(auto ranks, language::Ranks::open(place_of(request)));
    ERRATA_TRY(ranks.meet([&]() -> Result<void> {
      progress.check();
      return {};
    }));
    return language::train_along(ranks, progress);
  });
}

}  // namespace errata::engine_nn
