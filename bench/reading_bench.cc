// How many words of real pictures does the reader of text read right at equal budgets of pixels?
// Usage: reading_bench CACHE FOLDER, the folder of the shared pictures (data/images) and one that keeps the encoder of
// scenes. Pictures with a side over 2048 pixels are halved. What is asked, which lines answer it and what stands there
// was written down from looking at the pictures, before anything was measured. Unit: share of the asked words, mean
// over questions. Twice: with what `errata allocate` knows of a query (the encoder of scenes and the readers'
// evidence), and with the encoder alone. All allocators get the same.

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "errata/base/error.h"
#include "errata/checklist/reading.h"
#include "errata/engine_nn/scene_cache.h"
#include "errata/relevance/evidence.h"

namespace errata::bench {
namespace {

using checklist::AskedLine;
using checklist::WordsRead;

struct Question {
  std::string picture, query;
  std::vector<AskedLine> lines;
};

AskedLine line(const std::array<float, 8>& c, std::string words) {
  return {.quad = {{{{c[0], c[1]}, {c[2], c[3]}, {c[4], c[5]}, {c[6], c[7]}}}}, .words = std::move(words)};
}
AskedLine upright(float left, float top, float right, float bottom, std::string words) {
  return line({left, top, right, top, right, bottom, left, bottom}, std::move(words));
}

std::vector<Question> questions() {
  const AskedLine mairie = line({220, 236, 336.7F, 224, 336.7F, 253.3F, 220, 264}, "Mairie du"),
                  palais = line({260.7F, 326, 470.7F, 348.7F, 470.7F, 378, 260.7F, 356}, "Palais du LOUVRE"),
                  arts = line({244, 440.7F, 508.3F, 426, 508.3F, 459.3F, 244, 470.7F}, "LES ARTS DÉCORATIFS"),
                  musee = line({265, 542.7F, 476.7F, 555.3F, 476.7F, 586, 265, 574}, "Musée du LOUVRE"),
                  theatre = line({200.7F, 638, 276, 642.7F, 276, 672.7F, 200.7F, 667.3F}, "Théâtre"),
                  royal = line({198.7F, 670, 374.7F, 680, 374.7F, 710, 198.7F, 699.3F}, "du PALAIS-ROYAL");
  const std::string sign = "street_sign_text.jpg", bakery = "bakery_counter.jpg", page = "textbook_page_photo.jpg",
                    table = "document_table_scan.jpg", magazine = "magazine_page_8071_093_1bit.png";
  return {
      {sign, "what do the signs say", {mairie, palais, arts, musee, theatre, royal}},
      {sign, "read the sign of the Musée", {musee}},
      {sign, "what does the sign about the Arts say", {arts}},
      {bakery,
       "read the label of the croissant au pistou",
       {line({358, 567.7F, 417, 577.7F, 416, 589, 357, 579.3F}, "CROISSANT"),
        line({358.3F, 584.3F, 414.3F, 593.3F, 413.3F, 604.7F, 357.3F, 595.7F}, "AU PISTOU")}},
      {bakery,
       "what does the label with the rosemary say",
       {line({967, 478.5F, 1072, 489, 1072, 513.5F, 967, 503}, "BACON &"),
        line({952.5F, 508, 1083, 523, 1083, 545.5F, 952.5F, 531}, "ROSEMARY")}},
      {bakery,
       "what is the chocolate one called, read its label",
       {line({912.5F, 657.5F, 959.5F, 639, 964, 652, 917, 670}, "PAIN AU"),
        line({912, 676.5F, 978, 650.5F, 982, 663, 916.5F, 689.5F}, "CHOCOLAT")}},
      {page, "what is the title", {line({20, 40, 692, 24, 692, 84, 20, 96}, "Quick Start with Watson Studio")}},
      {page,
       "what can I do once logged in",
       {upright(36, 346, 962, 392, "and logged in, you can begin by creating a project and notebook.")}},
      {page, "read the web address", {upright(284, 172, 916, 208, "https://www.ibm.com/cloud/watson-studio.")}},
      {table,
       "which surveillance unit wrote the text",
       {upright(472, 145, 792, 163, "POLIOMYELITIS SURVEILLANCE UNIT")}},
      {table,
       "what does it say about official use",
       {upright(58, 34, 274, 50, "FOR OFFICIAL USE ONLY"), upright(50, 51, 248, 67, "NOT FOR PUBLICATION")}},
      {table, "read the date in May", {upright(1058, 29, 1184, 46, "MAY 26, 1955")}},
      {magazine,
       "what is the title",
       {upright(908, 1850, 1562, 1982, "What Kids"), upright(1655, 1855, 2850, 1992, "Need Most in a Dad")}},
      {magazine, "who wrote this text, is it Bennett", {upright(908, 2006, 1390, 2048, "BY RALPH KINNEY BENNETT")}},
      {magazine,
       "read the line about the voices",
       {upright(908, 1688, 1382, 1746, "Listen to the voices"), upright(908, 1752, 1340, 1816, "of real experience")}},
      {"traffic_cars_19064748793.jpg",
       "read the licence plate of the car in front",
       {line({554.5F, 427, 606, 426.5F, 606, 439.5F, 554.5F, 439.5F}, "WD-5010")}},
  };
}

constexpr std::size_t kLongestSide = 2048;

/// Half as high and wide, each pixel the mean of four.
image::Picture half_of(const image::Picture& picture) {
  image::Picture made{
      .height = picture.height / 2, .width = picture.width / 2, .channels = picture.channels, .bytes = {}};
  const std::size_t row = picture.width * picture.channels;
  for (std::size_t y = 0; y < made.height; ++y)
    for (std::size_t x = 0; x < made.width; ++x)
      for (std::size_t c = 0; c < made.channels; ++c) {
        const std::size_t at = 2 * y * row + 2 * x * made.channels + c;
        const int sum = picture.bytes[at] + picture.bytes[at + made.channels] + picture.bytes[at + row] +
                        picture.bytes[at + row + made.channels];
        made.bytes.push_back(static_cast<std::uint8_t>((sum + 2) / 4));
      }
  return made;
}

/// A picture as it is asked about, and what the readers see in it.
struct Opened {
  image::Picture picture;
  float scale = 1;
  relevance::Seen seen;
};

Opened open(const std::filesystem::path& file, const relevance::Readers& readers, const ThreadPool& pool) {
  Opened opened{.picture = image::read_picture(file).value(), .seen = {}};
  if (std::max(opened.picture.height, opened.picture.width) > kLongestSide) {
    opened.picture = half_of(opened.picture);
    opened.scale = .5F;
  }
  opened.seen = readers.look(opened.picture, true, false, pool).value();
  return opened;
}

checklist::ReadingTask task_of(const Question& question, const Opened& opened, const relevance::SceneEncoder& encoder,
                               bool with_readers) {
  checklist::ReadingTask made{.task = checklist::make_task(opened.picture, question.query, encoder),
                              .lines = question.lines};
  for (AskedLine& asked : made.lines)
    for (readers::Corner& corner : asked.quad.corners) corner = {corner.x * opened.scale, corner.y * opened.scale};
  if (!with_readers) return made;
  const relevance::PatchGrid grid{.height = opened.picture.height, .width = opened.picture.width};
  const relevance::Evidence evidence = relevance::evidence_for(question.query, opened.seen, grid);
  for (relevance::QueryRelevance* asked : {&made.task.encoded, &made.task.cosines})
    *asked = relevance::with_evidence(std::move(*asked), evidence, grid);
  return made;
}

void print_question(const Question& question, const WordsRead& read) {
  constexpr std::array kTelling{"measured", "left out: not read whole", "left out: easy"};
  fmt::print("{:32} {:50} {:2} words, {:2} read whole, down-sampling at {:5.1f}%  {}", question.picture, question.query,
             read.asked, read.whole, 100 * read.budget_share, kTelling[static_cast<std::size_t>(read.telling)]);
  for (const auto& right : read.right) fmt::print(" {}", right[checklist::kGoalBudget]);
  fmt::print("\n");
}

void print_together(const checklist::Reading& reading) {
  fmt::print("\n{:12}", "allocator");
  for (const auto& budget : checklist::kReadingBudgets) fmt::print("{:>7}", budget.name);
  fmt::print("\n");
  for (const auto& contender : reading.contenders) {
    fmt::print("{:12}", contender.name);
    for (const auto& figure : contender.figures) fmt::print("{:7.3f}", figure.mean);
    const auto& goal = contender.figures[checklist::kGoalBudget];
    fmt::print("   at 1/4 95%: {:.3f} to {:.3f}\n", goal.low, goal.high);
  }
  const auto other = checklist::best_other(reading, checklist::kGoalBudget);
  fmt::print("at 1/4: {:.2f} times {}; {} words\n\n", other.times, other.contender->name, reading.words);
}

int run(const std::filesystem::path& cache, const std::filesystem::path& folder) {
  ThreadPool pool(2);
  const auto encoder = engine_nn::open_scene_encoder(cache, {}, {}).value();
  const auto readers = relevance::Readers::open().value();
  const auto reader = readers::TextReader::open().value();
  const auto all = checklist::spenders();
  std::map<std::string, Opened> pictures;
  const std::vector<Question> asked = questions();
  std::vector<WordsRead> reads(asked.size());
  for (const Question& question : asked)
    if (!pictures.contains(question.picture))
      pictures.emplace(question.picture, open(folder / question.picture, readers, pool));
  for (const bool with_readers : {true, false}) {
    fmt::print("{}\n", with_readers ? "the encoder of scenes and readers" : "the encoder of scenes");
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto task = task_of(asked[i], pictures.at(asked[i].picture), *encoder, with_readers);
      reads[i] = checklist::read_at_budgets(task, all, reader, pool, with_readers ? nullptr : &reads[i]).value();
      print_question(asked[i], reads[i]);
    }
    print_together(checklist::together("", reads, all, pool));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace errata::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: {} CACHE FOLDER\n", argv[0]);
    return 2;
  }
  return errata::bench::run(argv[1], argv[2]);
}
