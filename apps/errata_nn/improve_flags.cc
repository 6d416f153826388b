#include "improve_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

namespace errata::cli {

namespace {

std::string kinds_text() {
  std::string text;
  for (const auto& kind : improve::task_kinds())
    text += fmt::format("{}{} ({})", text.empty() ? "" : "; ", kind.name, kind.words);
  return text;
}

improve::Match match_of(std::string_view word) {
  using improve::Match;
  for (const Match match : {Match::exact, Match::numeric})
    if (word == improve::name_of(match)) return match;
  return Match::pattern;
}

}  // namespace

void add_task(CLI::App& app, improve::TaskOptions& task, std::uint64_t& seed) {
  app.add_option("--task", task.name, kinds_text())->type_name("NAME")->capture_default_str()->group(kModelAndTask);
  app.add_option(
         "--skills", task.skills,
         "of arithmetic add, sub, mul, chain (without this add,sub); of word-problems one, two, three; of a file's")
      ->type_name("NAME,NAME")
      ->delimiter(',')
      ->group(kModelAndTask);
  app.add_option("--questions-file", task.file, "JSON lines of gsm8k and jsonl")
      ->type_name("FILE.jsonl")
      ->group(kModelAndTask);
  app.add_option("--questions-command", task.command, "program that tells the questions of the task command")
      ->type_name("COMMAND")
      ->group(kModelAndTask);
  app.add_option("--questions-told", task.count, "how many it is asked for")
      ->type_name("N")
      ->capture_default_str()
      ->group(kModelAndTask);
  app.add_flag("--command-verifies", task.command_verifies, "it is asked whether an answer is right")
      ->group(kModelAndTask);
  app.add_option_function<std::string>(
         "--match", [&task](const std::string& word) { task.match = match_of(word); },
         "when an answer of jsonl is right: exact (without this), numeric, or pattern (a field of each line)")
      ->check(CLI::IsMember({"exact", "numeric", "pattern"}))
      ->type_name("WORD")
      ->group(kModelAndTask);
  app.add_option("--digits", task.digits,
                 "of the longest number: of arithmetic up to 6 (without this 3), of word-problems up to 4 (2)")
      ->type_name("N")
      ->group(kModelAndTask);
  app.add_option_function<std::string>(
         "--written",
         [&task](const std::string& word) {
           using improve::Writing;
           task.writing = word == improve::name_of(Writing::forwards) ? Writing::forwards : Writing::reversed;
         },
         "arithmetic: reversed (348+57= is 504, each digit follows from those before it) or forwards (What is 348 + "
         "57? is the last number of the reply) [reversed of a model of characters, else forwards]")
      ->check(CLI::IsMember({"reversed", "forwards"}))
      ->type_name("WORD")
      ->group(kModelAndTask);
  app.add_option("--longest-answer", task.longest_answer,
                 "tokens behind which an answer is cut off; without this as many as the longest right answer has "
                 "characters, of arithmetic forwards 48")
      ->type_name("N")
      ->group(kModelAndTask);
  app.add_option("--seed", seed, "of everything that is drawn")
      ->type_name("N")
      ->capture_default_str()
      ->group(kModelAndTask);
}

}  // namespace errata::cli
