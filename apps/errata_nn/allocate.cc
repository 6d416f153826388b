#include "errata/engine_nn/allocate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cache_folder.h"
#include "errata/image/picture.h"
#include "errata/nn/runtime.h"
#include "errata/relevance/overlay.h"
#include "errata/report/allocation/json.h"
#include "errata/report/allocation/page.h"
#include "errata/report/allocation/terminal.h"
#include "errata/report/allocation/video_page.h"
#include "flags.h"
#include "output.h"
#include "verbs_here.h"

namespace errata::cli {
namespace of_allocate {
namespace {

constexpr const char* kQuery = "What is asked for";
constexpr const char* kPair = "An image and a text encoder that belong together (CLIP)";
constexpr const char* kBudget = "Budget";

/// Of pixels, as flags give them.
struct Channels {
  std::vector<float> mean, sd;
};

struct Given {
  engine_nn::AllocateRequest request;
  Channels channels;
  Running running;
  std::string overlay, report, json;
  std::size_t most_frames = 0;
};

void declare_budget(CLI::App& app, relevance::AllocateOptions& options) {
  const auto number = [&](const char* flag, std::size_t& value, const char* words) {
    app.add_option(flag, value, words)->type_name("N")->capture_default_str()->group(kBudget);
  };
  number("--positions", options.positions, "patches that may be funded");
  number("--total", options.limits.total, "tokens in all, never exceeded");
  number("--least", options.limits.least, "tokens of a funded patch");
  number("--most", options.limits.most, "tokens of a patch");
  add_word(
      app, "--budget",
      [&options](const std::string& word) -> Result<void> {
        ERRATA_ASSIGN(options.rule, relevance::budget_rule_named(word));
        return {};
      },
      "greedy, water-filling or proportional [water-filling]")
      ->type_name("RULE")
      ->group(kBudget);
  add_word(
      app, "--balance",
      [&options](const std::string& word) -> Result<void> {
        ERRATA_ASSIGN(options.scores.balance, relevance::balance_named(word));
        return {};
      },
      "of information, salience and query: fixed, adaptive or learned [adaptive]")
      ->type_name("NAME")
      ->group(kBudget);
  add_word(
      app, "--strategy",
      [&options](const std::string& word) -> Result<void> {
        ERRATA_ASSIGN(options.strategy, relevance::strategy_named(word));
        return {};
      },
      "focused, cluster, grid-diverse, uniform, random or downsample [chosen by image and query]")
      ->type_name("NAME")
      ->group(kBudget);
}

/// A number for each channel of the pixels.
void add_channels(CLI::App& app, const char* flag, std::vector<float>& values, const char* words) {
  app.add_option(flag, values, words)
      ->type_name("R,G,B")
      ->delimiter(',')
      ->expected(3)
      ->allow_extra_args(false)
      ->capture_default_str()
      ->group(kPair);
}

void declare_pair(CLI::App& app, engine_nn::PairRequest& pair, Channels& channels) {
  const auto file = [&](const char* flag, std::string& place, const char* words, const char* type) {
    app.add_option(flag, place, words)->type_name(type)->group(kPair);
  };
  file("--image-encoder", pair.image_encoder, "an ONNX model; or a TorchScript archive that holds both encoders",
       "FILE");
  file("--text-encoder", pair.text_encoder, "of an ONNX image encoder", "FILE.onnx");
  file("--vocabulary", pair.vocabulary, "bpe_simple_vocab_16e6.txt(.gz) or another file of merges; or a vocab.json",
       "FILE");
  file("--merges", pair.merges, "merges.txt beside a vocab.json", "FILE");
  file("--image-output", pair.image_output, "tensor of the image encoder that holds the vectors [chosen]", "NAME");
  add_channels(app, "--mean", channels.mean, "of the pixels in [0, 1], as the image encoder takes them");
  add_channels(app, "--sd", channels.sd, "standard deviation of the pixels, likewise");
  app.add_option("--crops", pair.options.crops, "side by side along the shorter side, of an encoder without patches")
      ->type_name("N")
      ->capture_default_str()
      ->group(kPair);
  app.add_flag("--no-untrusted", pair.trusted_only, "refuse encoders that are code: TorchScript archives")
      ->group(kRunning);
}

void declare_encoders(CLI::App& app, engine_nn::EncoderRequest& encoders, Channels& channels) {
  app.add_option("--patch-embeddings", encoders.patch_embeddings,
                 "of the image by any model: .npy or a table (Parquet, ...); with --query-embedding")
      ->type_name("FILE")
      ->group(kQuery);
  app.add_option("--query-embedding", encoders.query_embedding, "of the query by the same model, likewise")
      ->type_name("FILE")
      ->group(kQuery);
  app.add_flag("!--no-scenes", encoders.scenes, "do not ask the encoder of drawn scenes")->group(kQuery);
  app.add_flag("!--no-readers", encoders.readers, "do not read writing and find faces")->group(kQuery);
  add_cache(app, encoders.cache, kQuery);
  declare_pair(app, encoders.pair, channels);
}

void declare(CLI::App& app, Given& given) {
  auto& request = given.request;
  app.add_option("IMAGE", request.image, "a PNG or JPEG file; or a video: .mp4, .gif or a folder of frames")
      ->required();
  app.add_option("--query", request.query, "what is asked of the image")->type_name("TEXT")->group(kQuery);
  declare_encoders(app, request.encoders, given.channels);
  declare_budget(app, request.options);
  app.add_option("--fixations", request.fixations.most, "looks at an image, each with the whole budget, where none was")
      ->type_name("N")
      ->capture_default_str()
      ->group(kBudget);
  app.add_flag("--revisit", request.fixations.revisit, "fixations may look where an earlier one has looked")
      ->group(kBudget);
  app.add_option("--seed", request.options.seed, "of --strategy random")
      ->type_name("N")
      ->capture_default_str()
      ->group(kRunning);
  app.add_option("-o,--output", given.overlay,
                 "the image with its allocation, a .png; of a video .mp4, .gif or a folder of frames")
      ->type_name("FILE")
      ->group(kOutput);
  app.add_option("--report", given.report, "the report, one HTML file that works offline")
      ->type_name("FILE.html")
      ->group(kOutput);
  app.add_option("--frames", given.most_frames, "of a video, from its beginning; 0: all")
      ->type_name("N")
      ->capture_default_str()
      ->group(kRunning);
  add_json(app, given.json);
  add_running(app, given.running);
  add_colour(app, given.running);
}

std::vector<std::string> inputs_of(const engine_nn::AllocateRequest& request) {
  const auto& encoders = request.encoders;
  const auto& pair = encoders.pair;
  return {request.image,      encoders.patch_embeddings, encoders.query_embedding,
          pair.image_encoder, pair.text_encoder,         pair.vocabulary,
          pair.merges};
}

Result<int> run_image(const Given& given, Console& console) {
  const auto& request = given.request;
  if (!given.overlay.empty() && !given.overlay.ends_with(".png"))
    return invalid_argument(fmt::format("--output {}: the overlay of an image is a .png file", given.overlay));
  OutputFiles files(inputs_of(request));
  for (const auto& place : {given.overlay, given.report, given.json}) ERRATA_TRY(files.open(place));
  ThreadPool pool = console.pool(given.running.threads);
  ERRATA_ASSIGN(const relevance::ImageAllocation made,
                engine_nn::allocate_image(request, pool, console.progress(given.running.quiet)));
  if (!given.overlay.empty()) {
    ERRATA_ASSIGN(const std::string content,
                  image::png_content(relevance::draw_overlay(made.picture, made.fixations())));
    ERRATA_TRY(files.write(given.overlay, content));
  }
  if (!given.report.empty()) {
    ERRATA_ASSIGN(const std::string page, report::allocation_page(made));
    ERRATA_TRY(files.write(given.report, page));
  }
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, report::allocation_json(made)));
  ERRATA_TRY(files.commit());
  if (given.json == "-") {
    ERRATA_TRY(console.print(report::allocation_json(made)));
  } else if (!given.running.quiet) {
    ERRATA_TRY(console.print(report::allocation_terminal(made, {.colour = console.colour(given.running.colour)})));
  }
  return 0;
}

Result<int> run_video(const Given& given, Console& console) {
  OutputFiles files(inputs_of(given.request));
  for (const auto& place : {given.report, given.json}) ERRATA_TRY(files.open(place));
  ThreadPool pool = console.pool(given.running.threads);
  std::string lines;
  const auto keep = [&](const relevance::FrameAllocation& frame) -> Result<void> {
    if (given.json == "-") return console.print(report::frame_json(frame));
    if (!given.json.empty()) lines += report::frame_json(frame);
    return {};
  };
  ERRATA_ASSIGN(
      const relevance::VideoAllocation made,
      engine_nn::allocate_video({.allocate = given.request, .overlay = given.overlay, .most_frames = given.most_frames},
                                pool, console.progress(given.running.quiet), keep));
  if (!given.json.empty()) ERRATA_TRY(files.write(given.json, lines));
  if (!given.report.empty()) {
    ERRATA_ASSIGN(const std::string page, report::video_page(made));
    ERRATA_TRY(files.write(given.report, page));
  }
  ERRATA_TRY(files.commit());
  if (given.json != "-" && !given.running.quiet)
    ERRATA_TRY(console.print(report::video_terminal(made.summary, {.colour = console.colour(given.running.colour)})));
  return 0;
}

Result<int> run(Given& given, Console& console) {
  auto& pixels = given.request.encoders.pair.options;
  std::ranges::copy(given.channels.mean, pixels.mean.begin());
  std::ranges::copy(given.channels.sd, pixels.sd.begin());
  nn::set_threads(given.running.threads);
  return engine_nn::is_video(given.request.image) ? run_video(given, console) : run_image(given, console);
}

}  // namespace
}  // namespace of_allocate

Verb allocate_verb() {
  using namespace of_allocate;
  auto given = std::make_shared<Given>();
  auto& encoders = given->request.encoders;
  encoders.cache = cache_folder();
  given->channels.mean.assign(encoders.pair.options.mean.begin(), encoders.pair.options.mean.end());
  given->channels.sd.assign(encoders.pair.options.sd.begin(), encoders.pair.options.sd.end());
  return {.name = "allocate",
          .declare = [given](CLI::App& app) { declare(app, *given); },
          .run = [given](Console& console) { return run(*given, console); },
          .json_lines = true};
}

}  // namespace errata::cli
