/// A store that rank 0 keeps (libtorch's TCPStore) is where processes find each other and where work is announced; sums
/// and copies go from each to each over Gloo. Waiting is asking again and again: a store that is waited at answers too
/// late ever after (libtorch 1.13), and nobody would hear of Ctrl-C.
#include "errata/language/ranks.h"

#include <ATen/ATen.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>
#ifdef ERRATA_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

Result<void> check(const RankPlace& place) {
  if (place.ranks < 2 || place.ranks > Ranks::kMost)
    return invalid_argument(fmt::format("{} ranks are not from 2 to {}", place.ranks, Ranks::kMost));
  if (place.rank >= place.ranks)
    return invalid_argument(fmt::format("rank {} is not one of {}, which are counted from 0", place.rank, place.ranks));
  if (place.address.empty()) return invalid_argument("the machine of rank 0 has no address");
  if (place.rank > 0 && place.port == 0) return invalid_argument("the port of rank 0 is not known");
  if (place.wait.count() < 1) return invalid_argument("the wait for other ranks is shorter than a second");
  return {};
}

}  // namespace

#ifdef ERRATA_GLOO

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kFormat = "errata ranks 1", kStart = "start", kWork = "work ", kEnd = "end";
constexpr std::chrono::milliseconds kLook{10}, kFarewell{3000};

/// What a library said, without the place in its sources and without its trace.
std::string words_of(const std::exception& problem) {
  std::string words = problem.what();
  words = words.substr(0, words.find('\n'));
  if (const auto end = words.find("] "); words.starts_with("[") && end != std::string::npos) words.erase(0, end + 2);
  return words;
}

/// Calls the library. @return its exceptions as unavailable errors
template <typename Function>
Result<void> tried(const std::string& what, Function function) {
  try {
    function();
    return {};
  } catch (const std::exception& problem) {
    return unavailable(fmt::format("{}: {}", what, words_of(problem)));
  }
}

/// The address of this machine by which it reaches another one; no packet is sent.
Result<std::string> own_address(const std::string& towards, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int problem = ::getaddrinfo(towards.c_str(), std::to_string(port).c_str(), &hints, &found); problem != 0)
    return unavailable(fmt::format("the machine of rank 0, '{}': {}", towards, ::gai_strerror(problem)));
  std::string address;
  for (const addrinfo* one = found; one != nullptr && address.empty(); one = one->ai_next) {
    const int end = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    auto* const as_any = reinterpret_cast<sockaddr*>(&own);
    std::array<char, NI_MAXHOST> text{};
    if (end >= 0 && ::connect(end, one->ai_addr, one->ai_addrlen) == 0 && ::getsockname(end, as_any, &size) == 0 &&
        ::getnameinfo(as_any, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      address = text.data();
    if (end >= 0) ::close(end);
  }
  ::freeaddrinfo(found);
  if (address.empty()) return unavailable(fmt::format("there is no way to the machine of rank 0, '{}'", towards));
  return address;
}

/// libtorch writes remarks of its own about sockets, beside the errors that say the same.
void silence_remarks() {
  constexpr int kFatalAlone = 3;
  if (void* const level = ::dlsym(RTLD_DEFAULT, "_ZN3fLI17FLAGS_minloglevelE"); level != nullptr)
    *static_cast<int*>(level) = kFatalAlone;
}

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

struct Ranks::State {
  RankPlace place;
  c10::intrusive_ptr<c10d::TCPStore> store{};
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group{};
  std::size_t works = 0;  ///< announced or heard of

  [[nodiscard]] std::string name(std::string_view what) const {
    return fmt::format("rank {} of {}: {}", place.rank, place.ranks, what);
  }

  /// Asks the store until it has a key or the time is over. @return whether it has
  Result<bool> has(const std::string& key, Clock::time_point until, const std::function<Result<void>()>& look) {
    for (;;) {
      bool there = false;
      ERRATA_TRY(tried(name("rank 0 has ended, or cannot be reached"), [&] { there = store->check({key}); }));
      if (there) return true;
      if (look) ERRATA_TRY(look());
      if (Clock::now() >= until) return false;
      std::this_thread::sleep_for(kLook);
    }
  }
  Result<std::string> value(const std::string& key) {
    std::string text;
    ERRATA_TRY(tried(name("rank 0 has ended"), [&] { text = text_of(store->get(key)); }));
    return text;
  }
  Result<void> put(const std::string& key, std::string_view text) {
    return tried(name("rank 0 has ended"), [&] { store->set(key, bytes_of(text)); });
  }

  [[nodiscard]] static std::string seat(std::size_t rank) { return fmt::format("rank {}", rank); }
  [[nodiscard]] std::string told() const { return fmt::format("{}, {} ranks", kFormat, place.ranks); }

  Result<void> connect_store() {
    c10d::TCPStoreOptions options;
    options.port = place.port;
    options.isServer = place.rank == 0;
    options.waitWorkers = false;
    options.timeout = place.wait;
    const std::string what =
        place.rank == 0 ? name(fmt::format("cannot listen on port {}", place.port))
                        : name(fmt::format("rank 0 cannot be reached at {}, port {}", place.address, place.port));
    ERRATA_TRY(tried(what, [&] { store = c10::make_intrusive<c10d::TCPStore>(place.address, options); }));
    std::int64_t seated = 0;
    ERRATA_TRY(tried(what, [&] { seated = store->add("seats of " + seat(place.rank), 1); }));
    if (seated > 1) return conflict(name("another process has this rank"));
    return put(seat(place.rank), told());
  }

  /// Rank 0 looks who has come. @return what stands against a beginning
  Result<void> look_around(const std::function<Result<void>()>& trouble) {
    const auto until = Clock::now() + place.wait;
    for (std::size_t rank = 1; rank < place.ranks; ++rank) {
      ERRATA_ASSIGN(const bool came, has(seat(rank), until, trouble));
      if (!came) return unavailable(name(fmt::format("rank {} has not come within {} s", rank, place.wait.count())));
      ERRATA_ASSIGN(const std::string of_other, value(seat(rank)));
      if (of_other != told())
        return conflict(name(fmt::format("rank {} was told '{}', and rank 0 '{}'", rank, of_other, told())));
    }
    return {};
  }

  Result<void> connect_all() {
    ERRATA_ASSIGN(const std::string own, own_address(place.address, store->getPort()));
    return tried(name("cannot connect with the other ranks"), [&] {
      auto options = c10d::ProcessGroupGloo::Options::create(place.wait);
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(own));
      group = c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(place.rank),
                                                          static_cast<int>(place.ranks), options);
    });
  }

  /// A moment for those who have come and have still to hear what rank 0 has put.
  void wait_for_hearers() {
    static_cast<void>(tried("", [&] {
      const auto until = Clock::now() + kFarewell;
      std::int64_t hearers = 0;
      for (std::size_t rank = 1; rank < place.ranks; ++rank) hearers += store->check({seat(rank)}) ? 1 : 0;
      while (store->add("heard", 0) < hearers && Clock::now() < until) std::this_thread::sleep_for(kLook);
    }));
  }
  Result<void> hear() {
    return tried(name("rank 0 has ended"), [&] { store->add("heard", 1); });
  }

  Result<void> collect(const std::function<c10::intrusive_ptr<c10d::Work>()>& start) {
    return tried(name("another rank has ended or does not answer"), [&] { start()->wait(); });
  }
  Result<void> spread(at::Tensor tensor) {
    return collect([&] {
      std::vector<at::Tensor> all{std::move(tensor)};
      return group->broadcast(all);
    });
  }
};

Ranks::Ranks(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ranks::Ranks(Ranks&& other) noexcept = default;
Ranks& Ranks::operator=(Ranks&& other) noexcept = default;
Ranks::~Ranks() = default;

std::size_t Ranks::rank() const { return state_->place.rank; }
std::size_t Ranks::count() const { return state_->place.ranks; }
std::uint16_t Ranks::port() const { return state_->store->getPort(); }

Result<Ranks> Ranks::open(const RankPlace& place) {
  ERRATA_TRY(check(place));
  silence_remarks();
  auto state = std::make_unique<State>(State{.place = place});
  ERRATA_TRY(state->connect_store());
  return Ranks(std::move(state));
}

Result<void> Ranks::meet(const std::function<Result<void>()>& trouble) {
  State& state = *state_;
  if (state.place.rank == 0) {
    const auto seen = state.look_around(trouble);
    ERRATA_TRY(state.put(kStart.data(), seen ? "" : seen.error().message));
    if (!seen) {
      state.wait_for_hearers();
      return seen;
    }
    return state.connect_all();
  }
  ERRATA_ASSIGN(const bool starts, state.has(kStart.data(), Clock::now() + 2 * state.place.wait, trouble));
  if (!starts) return unavailable(state.name("rank 0 does not begin"));
  ERRATA_ASSIGN(const std::string refusal, state.value(kStart.data()));
  if (refusal.empty()) return state.connect_all();
  ERRATA_TRY(state.hear());
  return conflict(state.name(refusal));
}

Result<void> Ranks::add_up(std::span<double> values) {
  return state_->collect([&] {
    std::vector<at::Tensor> all{at::from_blob(values.data(), {nn::signed_size(values.size())}, at::kDouble)};
    return state_->group->allreduce(all);
  });
}

Result<void> Ranks::spread(std::span<const float> values) {
  return receive({const_cast<float*>(values.data()), values.size()});  // nothing is written where rank 0 reads
}

Result<void> Ranks::receive(std::span<float> values) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 24U;
  for (std::size_t first = 0; first < values.size(); first += kAtOnce) {
    const auto piece = values.subspan(first, std::min(kAtOnce, values.size() - first));
    ERRATA_TRY(state_->spread(at::from_blob(piece.data(), {nn::signed_size(piece.size())})));
  }
  return {};
}

Result<void> Ranks::spread(std::span<const std::int32_t> numbers) {
  std::int64_t size = nn::signed_size(numbers.size());
  ERRATA_TRY(state_->spread(at::from_blob(&size, {1}, at::kLong)));
  if (numbers.empty()) return {};
  return state_->spread(at::from_blob(const_cast<std::int32_t*>(numbers.data()), {size}, at::kInt));
}

Result<std::vector<std::int32_t>> Ranks::receive_numbers() {
  std::int64_t size = 0;
  ERRATA_TRY(state_->spread(at::from_blob(&size, {1}, at::kLong)));
  if (size < 0) return data_error(state_->name("rank 0 tells of fewer than no numbers"));
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(size));
  if (!numbers.empty()) ERRATA_TRY(state_->spread(at::from_blob(numbers.data(), {size}, at::kInt)));
  return numbers;
}

Result<void> Ranks::announce(std::string_view work) {
  return state_->put(fmt::format("{}{}", kWork, state_->works++), work);
}

Result<std::optional<std::string>> Ranks::next_work(const Cancellation* cancellation) {
  State& state = *state_;
  const std::string key = fmt::format("{}{}", kWork, state.works++);
  for (bool there = false; !there;) {
    ERRATA_ASSIGN(there, state.has(key, Clock::now(), {}));
    throw_if_requested(cancellation);
    if (!there) std::this_thread::sleep_for(kLook);
  }
  ERRATA_ASSIGN(std::string work, state.value(key));
  if (work != kEnd) return work;
  ERRATA_TRY(state.hear());
  return std::nullopt;
}

Result<void> Ranks::end() {
  ERRATA_TRY(announce(kEnd));
  state_->wait_for_hearers();
  return {};
}

#else  // without Gloo nothing can be opened, and so nothing else be called

struct Ranks::State {};
Ranks::Ranks(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ranks::Ranks(Ranks&& other) noexcept = default;
Ranks& Ranks::operator=(Ranks&& other) noexcept = default;
Ranks::~Ranks() = default;

Result<Ranks> Ranks::open(const RankPlace& place) {
  ERRATA_TRY(check(place));
  return unavailable(
      "this build of Errata has no Gloo, over which several processes train together: install "
      "libgloo-dev and build again");
}
std::size_t Ranks::rank() const { return 0; }
std::size_t Ranks::count() const { return 1; }
std::uint16_t Ranks::port() const { return 0; }
Result<void> Ranks::meet(const std::function<Result<void>()>&) { return {}; }
Result<void> Ranks::add_up(std::span<double>) { return {}; }
Result<void> Ranks::spread(std::span<const float>) { return {}; }
Result<void> Ranks::receive(std::span<float>) { return {}; }
Result<void> Ranks::spread(std::span<const std::int32_t>) { return {}; }
Result<std::vector<std::int32_t>> Ranks::receive_numbers() { return std::vector<std::int32_t>(); }
Result<void> Ranks::announce(std::string_view) { return {}; }
Result<std::optional<std::string>> Ranks::next_work(const Cancellation*) { return std::nullopt; }
Result<void> Ranks::end() { return {}; }

#endif

}  // namespace errata::language
