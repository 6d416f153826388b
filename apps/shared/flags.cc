#include "flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace errata::cli {
namespace {

/// A flag that fills a list of names, once or many times.
CLI::Option* add_names(CLI::App& app, const std::string& flag, std::vector<std::string>& names,
                       const std::string& words) {
  const auto add = [&names](const std::vector<std::string>& lists) {
    names.clear();
    for (const auto& list : lists)
      for (auto& name : split_names(list)) names.push_back(std::move(name));
  };
  return app.add_option_function<std::vector<std::string>>(flag, add, words)
      ->allow_extra_args(false)
      ->type_name("COLUMNS")
      ->group(kRoles);
}

/// A flag whose word `parse` understands, e.g. one of a few names.
template <typename Parse>
CLI::Option* add_word(CLI::App& app, const std::string& flag, Parse parse, const std::string& words) {
  const auto take = [flag, parse](const std::string& word) {
    if (Result<void> taken = parse(word); !taken) throw CLI::ValidationError(flag, taken.error().message);
  };
  return app.add_option_function<std::string>(flag, take, words)->type_name("WORD");
}

std::unexpected<Error> not_one_of(const std::string& word, std::string_view words) {
  return invalid_argument(fmt::format("'{}' is not one of {}", word, words));
}

Result<void> parse_bins(const std::string& word, std::size_t& bins) {
  if (word == "none") {
    bins = 0;
    return {};
  }
  const auto value = whole_number(word);
  if (!value || *value < 2)
    return invalid_argument(fmt::format("'{}' is neither 'none' nor a whole number of at least 2", word));
  bins = *value;
  return {};
}

CLI::Validator whole_number_up_to(std::uint64_t most) {
  const auto check = [most](const std::string& word) {
    return whole_number(word, most) ? std::string()
                                    : fmt::format("'{}' is not a whole number from 0 to {}", word, most);
  };
  return {check, ""};
}

/// "rate=0.2,lift=2": words with values, and no name or pattern of files.
bool looks_like_limits(const std::string& text) {
  std::error_code ignored;
  if (text.find_first_of("/*?") != std::string::npos || std::filesystem::exists(text, ignored)) return false;
  const auto is_limit = [](const std::string& part) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const auto equals = std::ranges::find_if_not(part, is_letter);
    return equals != part.begin() && equals != part.end() && *equals == '=';
  };
  const auto parts = split_names(text);
  return !parts.empty() && std::ranges::all_of(parts, is_limit);
}

std::string support_text(const slice::MinSupport& support) {
  return support.rows ? std::to_string(*support.rows) : fmt::format("{}", support.share);
}

}  // namespace

void add_logs(CLI::App& app, std::vector<std::string>& paths, const std::string& more) {
  app.add_option("LOG", paths, "files or globs: .parquet .csv[.gz] .jsonl .ndjson; several are one log" + more)
      ->required()
      ->type_name("");
}

void add_roles(CLI::App& app, table::RoleNames& roles) {
  const auto add = [&](const char* flag, std::optional<std::string>& name, const char* words) {
    app.add_option(flag, name, words)->type_name("COLUMN")->group(kRoles);
  };
  add("--label", roles.label, "the truth");
  add("--prediction", roles.prediction, "what the model said");
  add("--score", roles.score, "probability of the positive class, or confidence");
  add_names(app, "--scores", roles.scores, "one probability a class, in the order of the classes");
  add("--time", roles.time, "when it was predicted");
  add("--stream", roles.stream, "batch, device or source of the case");
  add("--id", roles.id, "identifier of the case; not analysed");
  add("--weight", roles.weight, "weight of the case in the metrics");
  add("--embedding", roles.embedding, "list of numbers: what the model made of the case; for a replay, not analysed");
  add_names(app, "--features", roles.features, "what slices are made of; all other columns by default");
  add_names(app, "--ignore", roles.ignore, "columns to leave out");
}

void add_failure_rule(CLI::App& app, table::ReadOptions& read) {
  app.add_option("--failure", read.failure, "boolean SQL expression over any columns, e.g. 'abs(y - p) > 3'")
      ->type_name("SQL")
      ->group(kFailure);
  app.add_option("--loss", read.loss, "numeric loss instead of failing or not")->type_name("COLUMN")->group(kFailure);
  app.add_option("--confident", read.confident, "only failures with at least this confidence")
      ->type_name("P")
      ->group(kFailure);
  app.add_option("--positive", read.positive, "the positive class of a binary label")
      ->type_name("CLASS")
      ->group(kFailure);
}

void add_search(CLI::App& app, slice::SearchOptions& search, table::CodingOptions& coding) {
  app.add_option("--max-predicates", search.max_predicates, "longest conjunction, 1 to 3")
      ->type_name("N")
      ->capture_default_str()
      ->group(kSearch);
  app.add_option("--top", search.top, "slices to keep; ties with the last are kept as well")
      ->type_name("N")
      ->capture_default_str()
      ->group(kSearch);
  app.add_option("--alpha", search.alpha, "weight of the failure rate against the size in the score, in (0, 1]")
      ->type_name("A")
      ->capture_default_str()
      ->group(kSearch);
  const auto take_support = [&search](const std::string& text) -> Result<void> {
    ERRATA_ASSIGN(search.min_support, slice::parse_min_support(text));
    return {};
  };
  add_word(app, "--min-support", take_support, "least cases of a slice: a share, or a number of rows")
      ->type_name("S")
      ->default_str(support_text(search.min_support))
      ->group(kSearch);
  const auto take_rank = [&search](const std::string& word) -> Result<void> {
    const auto rank = slice::parse_rank(word);
    if (!rank) return not_one_of(word, "sliceline, divergence, lift, share");
    search.rank = *rank;
    return {};
  };
  add_word(app, "--rank", take_rank, "order of slices: sliceline, divergence, lift, share or deviance")
      ->default_str(std::string(slice::name_of(search.rank)))
      ->group(kSearch);
  const auto take_bins = [&coding](const std::string& word) { return parse_bins(word, coding.bins); };
  add_word(app, "--bins", take_bins, "quantile bins of a number; 'none' takes whole numbers as categories")
      ->type_name("N|none")
      ->default_str(std::to_string(coding.bins))
      ->group(kSearch);
}

void add_analysis(CLI::App& app, slice::AnalysisOptions& analysis) {
  add_search(app, analysis.confirm.search, analysis.coding);
  const auto take_granularity = [&analysis](const std::string& word) -> Result<void> {
    analysis.granularity = slice::parse_granularity(word);
    if (!analysis.granularity) return not_one_of(word, "hour, day, week, month, year, step");
    return {};
  };
  add_word(app, "--granularity", take_granularity, "width of a period: hour, day, week, month, year or step")
      ->default_str("from the span")
      ->group(kSearch);
  app.add_flag("--search-labels", analysis.search_labels, "let conjunctions use the label as well")->group(kSearch);
  const auto take_split = [&analysis](const std::string& word) -> Result<void> {
    if (word != "random" && word != "time") return not_one_of(word, "random, time");
    analysis.confirm.split = word == "time" ? slice::SplitBy::time : slice::SplitBy::random;
    return {};
  };
  add_word(app, "--confirm", take_split, "test findings on a random half, or on the later cases: random or time")
      ->default_str(analysis.confirm.split == slice::SplitBy::time ? "time" : "random")
      ->group(kConfirmation);
  app.add_option("--fdr", analysis.confirm.fdr, "expected share of false hotspots at most, in (0, 1)")
      ->type_name("Q")
      ->capture_default_str()
      ->group(kConfirmation);
  app.add_option("--seed", analysis.confirm.seed, "seed of the random halves")
      ->type_name("N")
      ->capture_default_str()
      ->group(kConfirmation);
}

void add_running(CLI::App& app, Running& running) {
  app.add_option("--threads", running.threads,
                 "worker threads, at most 1024; 0 means one a core; results do not depend on it")
      ->type_name("N")
      ->capture_default_str()
      ->check(whole_number_up_to(ThreadPool::kMost))
      ->group(kRunning);
  app.add_flag("-q,--quiet", running.quiet, "nothing but results asked for, warnings and errors")->group(kRunning);
}

void add_colour(CLI::App& app, Running& running) {
  const auto take = [&running](const std::string& word) -> Result<void> {
    if (word == "auto")
      running.colour = ColourWhen::automatic;
    else if (word == "always")
      running.colour = ColourWhen::always;
    else if (word == "never")
      running.colour = ColourWhen::never;
    else
      return not_one_of(word, "auto, always, never");
    return {};
  };
  add_word(app, "--colour,--color", take, "auto (on a terminal, unless NO_COLOR is set), always or never")
      ->default_str("auto")
      ->group(kRunning);
  app.add_flag_callback(
         "--no-colour,--no-color", [&running] { running.colour = ColourWhen::never; }, "never colour")
      ->group(kRunning);
}

void add_json(CLI::App& app, std::string& place) {
  app.add_option("--json", place, "everything as JSON, on standard output when no .json file is named")
      ->type_name("[FILE]")
      ->group(kOutput);
}

std::vector<std::string> with_explicit_values(std::vector<std::string> arguments) {
  struct Optional {
    std::string_view flag, alone;
    bool (*is_value)(const std::string&);
  };
  constexpr std::array kOptional{
      Optional{"--json", "-", [](const std::string& next) { return next == "-" || next.ends_with(".json"); }},
      Optional{"--fail-on-hotspot", "any", looks_like_limits}};
  std::vector<std::string> made;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto flag = std::ranges::find(kOptional, arguments[i], &Optional::flag);
    if (flag == kOptional.end()) {
      made.push_back(std::move(arguments[i]));
      continue;
    }
    const bool named = i + 1 < arguments.size() && flag->is_value(arguments[i + 1]);
    made.push_back(fmt::format("{}={}", flag->flag, named ? arguments[++i] : std::string(flag->alone)));
  }
  return made;
}

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

void check_whole_numbers(CLI::App& app) {
  for (auto* option : app.get_options({}))
    if (const auto type = option->get_type_name(); type == "N" || type == "N,N")
      option->check(whole_number_up_to(UINT64_MAX));
}

std::vector<std::string> split_names(std::string_view list) {
  std::vector<std::string> names(1);
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (c == '"' && quoted && i + 1 < list.size() && list[i + 1] == '"')
      names.back() += list[i++];
    else if (c == '"' && (quoted || names.back().empty()))
      quoted = !quoted;
    else if (c == ',' && !quoted)
      names.emplace_back();
    else
      names.back() += c;
  }
  std::erase(names, "");
  return names;
}

std::string quoted_name(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace errata::cli
