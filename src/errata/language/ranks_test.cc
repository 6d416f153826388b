#include "errata/language/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <future>

#include "errata/base/rng.h"
#include "errata/language/ranks_work.h"
#include "errata/language/test_slow_model.h"
#include "errata/language/training.h"

namespace errata::language {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

/// Ranks in threads of one process, each with what it does once all have met.
template <typename Function>
auto together(std::size_t count, Function body) {
  Ranks first = Ranks::open({.rank = 0, .ranks = count}).value();
  const std::uint16_t port = first.port();
  std::vector<std::future<decltype(body(first))>> others;
  for (std::size_t rank = 1; rank < count; ++rank)
    others.push_back(std::async(std::launch::async, [=] {
      Ranks own = Ranks::open({.rank = rank, .ranks = count, .port = port}).value();
      own.meet().value();
      return body(own);
    }));
  first.meet().value();
  std::vector<decltype(body(first))> results{body(first)};
  for (auto& other : others) results.push_back(other.get());
  return results;
}

TEST(Ranks, AddUpAndSpread) {
  const auto results = together(3, [](Ranks& ranks) {
    std::vector<double> values{1.0 + static_cast<double>(ranks.rank()), std::ldexp(1.0, -40), 100};
    ranks.add_up(values).value();
    if (ranks.rank() == 0) {
      ranks.spread(std::vector<float>{1.5F, -2}).value();
      ranks.spread(std::vector<std::int32_t>{7, 8, 9}).value();
      ranks.spread(std::vector<std::int32_t>{}).value();
    } else {
      std::vector<float> floats(2);
      ranks.receive(floats).value();
      EXPECT_EQ(floats, (std::vector<float>{1.5F, -2}));
      EXPECT_EQ(ranks.receive_numbers().value(), (std::vector<std::int32_t>{7, 8, 9}));
      EXPECT_TRUE(ranks.receive_numbers().value().empty());
    }
    return values;
  });
  for (const auto& values : results) EXPECT_EQ(values, (std::vector<double>{6, 3 * std::ldexp(1.0, -40), 300}));
}

TEST(Ranks, WorkIsHeardInOrderUntilTheEnd) {
  const auto heard = together(2, [](Ranks& ranks) {
    std::vector<std::string> works;
    if (ranks.rank() == 0) {
      ranks.announce("one").value();
      ranks.announce("two").value();
      ranks.end().value();
      return works;
    }
    while (auto work = ranks.next_work().value()) works.push_back(*work);
    return works;
  });
  EXPECT_EQ(heard[1], (std::vector<std::string>{"one", "two"}));
}

TEST(Ranks, TheEndOfOneIsAnErrorOfTheOthers) {
  const auto errors = together(3, [](Ranks& ranks) {
    if (ranks.rank() == 2) {
      Ranks gone = std::move(ranks);
      return std::string();
    }
    std::vector<double> values(10);
    const auto added = ranks.add_up(values);
    return added ? std::string("no error") : added.error().message;
  });
  for (const std::size_t rank : {0U, 1U}) EXPECT_THAT(errors[rank], HasSubstr("another rank has ended"));
  const auto waiting = together(2, [](Ranks& ranks) {
    if (ranks.rank() == 0) {
      Ranks gone = std::move(ranks);
      return std::string();
    }
    const auto work = ranks.next_work();
    return work ? std::string("no error") : work.error().message;
  });
  EXPECT_THAT(waiting[1], HasSubstr("rank 1 of 2: rank 0 has ended"));
}

TEST(Ranks, PlacesThatCannotBeAreRefused) {
  const auto problem = [](const RankPlace& place) { return Ranks::open(place).error().message; };
  EXPECT_THAT(problem({.rank = 2, .ranks = 2, .port = 1}), HasSubstr("rank 2 is not one of 2"));
  EXPECT_THAT(problem({.rank = 0, .ranks = 1}), HasSubstr("1 ranks are not from 2 to 1024"));
  EXPECT_THAT(problem({.rank = 1, .ranks = 2}), HasSubstr("port of rank 0 is not known"));
  EXPECT_THAT(problem({.rank = 0, .ranks = 2, .address = ""}), HasSubstr("no address"));
  EXPECT_THAT(problem({.rank = 0, .ranks = 2, .wait = std::chrono::seconds(0)}), HasSubstr("shorter than a second"));
}

TEST(Ranks, APortInUseAndARankZeroThatIsNotThere) {
  const Ranks first = Ranks::open({.rank = 0, .ranks = 2}).value();
  const auto second = Ranks::open({.rank = 0, .ranks = 2, .port = first.port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on port " + std::to_string(first.port())));
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);  // takes a port, and does not listen there
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&place), size), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&place), &size), 0);
  const auto nobody =
      Ranks::open({.rank = 1, .ranks = 2, .port = ntohs(place.sin_port), .wait = std::chrono::seconds(1)});
  ::close(silent);
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("rank 0 cannot be reached at 127.0.0.1, port "));
}

TEST(Ranks, WhoIsMissingIsTwiceThereOrWasToldOtherwiseIsNamed) {
  Ranks alone = Ranks::open({.rank = 0, .ranks = 3, .wait = std::chrono::seconds(1)}).value();
  const Ranks there = Ranks::open({.rank = 1, .ranks = 3, .port = alone.port()}).value();
  const auto twice = Ranks::open({.rank = 1, .ranks = 3, .port = alone.port()});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "rank 1 of 3: another process has this rank");
  EXPECT_EQ(alone.meet().error().message, "rank 0 of 3: rank 2 has not come within 1 s");

  Ranks first = Ranks::open({.rank = 0, .ranks = 2}).value();
  const std::uint16_t port = first.port();
  auto other = std::async(std::launch::async, [port] {
    Ranks own = Ranks::open({.rank = 1, .ranks = 4, .port = port}).value();
    return own.meet().error().message;
  });
  EXPECT_THAT(first.meet().error().message, HasSubstr("rank 1 was told 'errata ranks 1, 4 ranks'"));
  EXPECT_THAT(other.get(), HasSubstr("rank 1 was told 'errata ranks 1, 4 ranks'"));
}

TEST(Ranks, TroubleEndsTheWait) {
  Ranks alone = Ranks::open({.rank = 0, .ranks = 2}).value();
  const auto met = alone.meet([] { return Result<void>(unavailable("rank 1 could not start")); });
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().message, "rank 1 could not start");
}

std::vector<Example> random_batch_of(std::size_t step) {
  Rng rng(step);
  std::vector<Example> batch(100);  // four shards, the last one of four examples
  for (Example& example : batch) {
    example.tokens.resize(2 + rng.below(6));
    for (auto& token : example.tokens) token = static_cast<std::int32_t>(rng.below(7));
  }
  return batch;
}

/// What is learned, and the losses, by so many ranks; by one process with 1.
struct LearnedByRanks {
  std::vector<float> model, adapter;
  std::vector<double> losses;
};

LearnedByRanks learned_by(std::size_t count) {
  const auto learn = [](Ranks* ranks) {
    Model model = make_model({.vocabulary = 7, .hidden = 16, .layers = 2, .positions = 16}, 1).value();
    LearnedByRanks made;
    made.losses = train_model(model, {.steps = 20, .learning_rate = 1e-2}, random_batch_of, {}, ranks).value();
    Adapter adapter = make_adapter(model, {.rank = 4}, 2).value();
    const auto tuned =
        train_adapter(model, adapter, {.steps = 20, .learning_rate = 1e-2}, random_batch_of, {}, ranks).value();
    made.losses.insert(made.losses.end(), tuned.begin(), tuned.end());
    made.model = model.values;
    made.adapter = adapter.values;
    return made;
  };
  if (count == 1) return learn(nullptr);
  return together(count, [&](Ranks& ranks) {
    if (ranks.rank() > 0) {
      train_along(ranks).value();
      return LearnedByRanks{};
    }
    const LearnedByRanks made = learn(&ranks);
    ranks.end().value();
    return made;
  })[0];
}

double farthest(std::span<const float> a, std::span<const float> b) {
  double most = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

TEST(Ranks, LearnWhatOneProcessLearns) {
  const LearnedByRanks alone = learned_by(1);
  for (const std::size_t count : {2U, 5U}) {  // of five, one has nothing to do
    const LearnedByRanks shared = learned_by(count);
    EXPECT_LT(farthest(shared.model, alone.model), 1e-5) << count;
    EXPECT_LT(farthest(shared.adapter, alone.adapter), 1e-5) << count;
    ASSERT_EQ(shared.losses.size(), alone.losses.size());
    for (std::size_t i = 0; i < alone.losses.size(); ++i) EXPECT_NEAR(shared.losses[i], alone.losses[i], 1e-6);
  }
}

TEST(Ranks, ABatchThatCannotBeLearnedEndsAll) {
  const auto errors = together(2, [](Ranks& own) {
    Ranks ranks = std::move(own);
    if (ranks.rank() > 0) return train_along(ranks).error().message;
    Model model = small_model(true);
    const auto broken = [](std::size_t step) -> Result<std::vector<Example>> {
      if (step == 1) return data_error("no more examples");
      return std::vector<Example>{{.tokens = {1, 2}}};
    };
    return train_model(model, {.steps = 3}, broken, {}, &ranks).error().message;
  });
  EXPECT_EQ(errors[0], "no more examples");
  EXPECT_THAT(errors[1], AnyOf(HasSubstr("another rank has ended"), HasSubstr("rank 0 has ended")));
}

TEST(RanksWork, IsReadBackAndBrokenOnesAreRefused) {
  const Model model = make_model({.vocabulary = 9, .hidden = 16, .layers = 1, .rope_theta = 500.25}, 1).value();
  const Adapter adapter = make_adapter(model, {.rank = 3, .alpha = 7.5, .targets = {"up_proj"}}, 1).value();
  const TrainingOptions options{.steps = 17, .learning_rate = 0.1, .weight_decay = 0.3};
  const RanksWork back = parse_work(work_content(model, &adapter, options)).value();
  EXPECT_EQ(back.model.config, model.config);
  EXPECT_EQ(back.model.values.size(), model.values.size());
  EXPECT_EQ(back.adapter->maps, adapter.maps);
  EXPECT_EQ(back.adapter->options.alpha, 7.5);
  EXPECT_EQ(back.options.steps, 17U);
  EXPECT_EQ(back.options.learning_rate, 0.1);
  EXPECT_EQ(back.options.weight_decay, 0.3);
  EXPECT_FALSE(parse_work(work_content(model, nullptr, options))->adapter);
  for (const char* broken : {"", "[]", "{}", R"({"config":"{}"})", "{\"config\":{\"a\":1}}", "[[[[[[[[[[[[[]]]]"})
    EXPECT_FALSE(parse_work(broken)) << broken;
  std::string content = work_content(model, nullptr, options);
  content.replace(content.find("17"), 2, "-1");
  EXPECT_TRUE(!parse_work(content) || parse_work(content)->options.steps > 0);
}

TEST(RanksWork, ABatchIsReadBackAndBrokenOnesAreRefused) {
  const std::vector<Example> batch{{.tokens = {5, 6, 7}, .answer = 2}, {.tokens = {1, 2}, .as_model = true}};
  const auto numbers = batch_numbers(batch);
  EXPECT_EQ(numbers, (std::vector<std::int32_t>{3, 2, 0, 5, 6, 7, 2, 1, 1, 1, 2}));
  const auto back = parse_batch(numbers).value();
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].tokens, batch[0].tokens);
  EXPECT_EQ(back[0].answer, 2U);
  EXPECT_FALSE(back[0].as_model);
  EXPECT_EQ(back[1].tokens, batch[1].tokens);
  EXPECT_TRUE(back[1].as_model);
  for (const std::vector<std::int32_t>& broken :
       {std::vector<std::int32_t>{3, 1}, {3, 1, 0, 5, 6}, {-1, 1, 0}, {1, -1, 0, 5}, {1, 1, 0, 5, 2147483647, 1, 0}})
    EXPECT_FALSE(parse_batch(broken));
}

}  // namespace
}  // namespace errata::language
