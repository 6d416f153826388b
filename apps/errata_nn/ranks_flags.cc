#include "ranks_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

namespace errata::cli {
namespace {

constexpr const char* kSeveral = "Several processes";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

Result<std::uint64_t> number_in(const char* name, std::uint64_t most) {
  const std::string text = variable(name);
  const auto number = whole_number(text, most);
  if (!number)
    return invalid_argument(
        fmt::format("--ranks with RANK in the environment: {} is '{}', no number up to {}", name, text, most));
  return *number;
}

/// Threads of each of several ranks on this machine.
std::size_t shared_threads(std::size_t ranks, std::size_t asked) {
  return asked != 0 ? asked : std::max<std::size_t>(1, std::thread::hardware_concurrency() / ranks);
}

std::string this_program() {
  std::error_code problem;
  const auto place = std::filesystem::read_symlink("/proc/self/exe", problem);
  return problem ? std::string("errata-nn") : place.string();
}

}  // namespace

void add_ranks(CLI::App& app, RanksGiven& given) {
  app.add_option("--ranks", given.ranks,
                 "processes that train together, each on its share of every batch; this one starts the others here, "
                 "unless RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT in the environment say which rank it is and "
                 "where rank 0 listens")
      ->type_name("N")
      ->capture_default_str()
      ->group(kSeveral);
  app.add_option("--ranks-wait", given.wait, "seconds after which a rank that does not come or answer is given up")
      ->type_name("N")
      ->capture_default_str()
      ->group(kSeveral);
}

Result<engine_nn::RanksRequest> ranks_request(const RanksGiven& given, Running& running) {
  constexpr std::size_t kLongest = 86'400;
  if (given.ranks < 1) return invalid_argument("--ranks 0: one process at least");
  if (given.wait < 1 || given.wait > kLongest)
    return invalid_argument(fmt::format("--ranks-wait {} is not from 1 to {}", given.wait, kLongest));
  engine_nn::RanksRequest request{.ranks = given.ranks, .wait = std::chrono::seconds(given.wait)};
  if (given.ranks == 1) return request;
  if (variable("RANK").empty()) {
    running.threads = shared_threads(given.ranks, running.threads);
    request.local = {this_program(), "improve",
                     "pretrain",     "--quiet",
                     "--ranks",      std::to_string(given.ranks),
                     "--ranks-wait", std::to_string(given.wait),
                     "--threads",    std::to_string(running.threads)};
    return request;
  }
  constexpr std::uint64_t kMostPort = 65'535;
  ERRATA_ASSIGN(const std::uint64_t count, number_in("WORLD_SIZE", UINT32_MAX));
  if (count != given.ranks)
    return invalid_argument(fmt::format("--ranks {}, but WORLD_SIZE in the environment is {}", given.ranks, count));
  ERRATA_ASSIGN(request.rank, number_in("RANK", given.ranks - 1));
  ERRATA_ASSIGN(const std::uint64_t port, number_in("MASTER_PORT", kMostPort));
  request.port = static_cast<std::uint16_t>(port);
  request.address = variable("MASTER_ADDR");
  if (request.port == 0 || request.address.empty())
    return invalid_argument("--ranks with RANK in the environment needs MASTER_ADDR and MASTER_PORT there as well");
  return request;
}

Result<int> run_other_rank(const engine_nn::RanksRequest& request, const Running& running, Console& console) {
  ThreadPool pool = console.pool(running.threads);
  ERRATA_TRY(engine_nn::train_along(request, pool, console.progress(true)));
  return 0;
}

}  // namespace errata::cli
