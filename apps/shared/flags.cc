#include "flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace errata::cli {
namespace {

/// A flag that fills a list of names, once or many times.
CLI::Option* add_names(CLI::App& app, const std::string& flag, std::vector<std::string>& names,
                       const std::string& words, const char* group = kRoles) {
  const auto add = [&names](const std::vector<std::string>& lists) {
    names.clear();
    for (const auto& list : lists)
      for (auto& name : split_names(list)) names.push_back(std::move(name));
  };
  return app.add_option_function<std::vector<std::string>>(flag, add, words)
      ->allow_extra_args(false)
      ->type_name("COLUMNS")
      ->group(group);
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

/// "age=number"
Result<std::pair<std::string, table::ColumnType>> parse_type(const std::string& item) {
  const std::size_t sign = item.find_last_of('=');
  if (sign == std::string::npos || sign == 0)
    return invalid_argument(fmt::format("'{}' does not name a column and a type, for instance age=number", item));
  const auto type = table::parse_column_type(item.substr(sign + 1));
  if (!type) return not_one_of(item.substr(sign + 1), "text, number, time, boolean");
  return std::pair(item.substr(0, sign), *type);
}

CLI::Validator whole_number_up_to(std::uint64_t most) {
  const auto check = [most](const std::string& word) {
    if (whole_number(word, most)) return std::string();
    // The largest of all is no limit that tells anybody anything, unless it is the fault.
    const bool is_too_large = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    return most == UINT64_MAX && !is_too_large ? fmt::format("'{}' is not a whole number of at least 0", word)
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

/// VALUE=CLASS at the last sign of equality: "<=50K=low" renames "<=50K".
Result<void> parse_renamed(const std::vector<std::string>& lists, table::ReadOptions& read) {
  read.renamed_classes.clear();
  for (const auto& list : lists) {
    for (const auto& word : split_names(list)) {
      const auto sign = word.rfind('=');
      if (sign == std::string::npos || sign == 0 || sign + 1 == word.size())
        return invalid_argument(fmt::format("'{}' is not VALUE=CLASS", word));
      read.renamed_classes.emplace_back(word.substr(0, sign), word.substr(sign + 1));
    }
  }
  return {};
}

void add_meaning(CLI::App& app, table::ReadOptions& read) {
  const auto take_task = [&read](const std::string& word) -> Result<void> {
    if (word != "classes" && word != "numbers") return not_one_of(word, "classes, numbers");
    read.task = word == "classes" ? table::Task::classes : table::Task::numbers;
    return {};
  };
  add_word(app, "--task", take_task, "what label and prediction are: classes or numbers")
      ->default_str("from the values")
      ->group(kFailure);
  add_names(app, "--classes", read.classes, "all classes, also those without cases; of two, the second is positive",
            kFailure)
      ->type_name("NAMES");
  const auto take_renamed = [&read](const std::vector<std::string>& lists) {
    if (auto taken = parse_renamed(lists, read); !taken) throw CLI::ValidationError("--map", taken.error().message);
  };
  app.add_option_function<std::vector<std::string>>(
         "--map", take_renamed, "values of label and prediction to rename (label:VALUE: of one alone)")
      ->allow_extra_args(false)
      ->type_name("VALUE=CLASS,…")
      ->group(kFailure);
  const auto take_meaning = [&read](const std::string& word) -> Result<void> {
    if (word != "positive" && word != "confidence") return not_one_of(word, "positive, confidence");
    read.score_means = word == "positive" ? table::ScoreMeaning::positive_class : table::ScoreMeaning::predicted_class;
    return {};
  };
  add_word(app, "--score-means", take_meaning, "a single score is P(positive), or the confidence in the prediction")
      ->default_str("from the values")
      ->group(kFailure);
}

}  // namespace

CLI::Option* add_word(CLI::App& app, const std::string& flag,
                      std::function<Result<void>(const std::string& word)> parse, const std::string& words) {
  const auto take = [flag, parse = std::move(parse)](const std::string& word) {
    if (Result<void> taken = parse(word); !taken) throw CLI::ValidationError(flag, taken.error().message);
  };
  return app.add_option_function<std::string>(flag, take, words)->type_name("WORD");
}

void add_logs(CLI::App& app, std::vector<std::string>& paths, const std::string& more) {
  app.add_option("LOG", paths,
                 "files, folders or globs: .parquet .csv[.gz] .tsv .jsonl .ndjson; several are one log" + more)
      ->required()
      ->type_name("");
}

void add_reading(CLI::App& app, table::ReadOptions& read) {
  table::Reading& reading = read.reading;
  const auto take_types = [&reading](const std::vector<std::string>& lists) {
    reading.types.clear();
    for (const auto& list : lists)
      for (const auto& item : split_names(list))
        if (const auto taken = parse_type(item); taken)
          reading.types.push_back(*taken);
        else
          throw CLI::ValidationError("--types", taken.error().message);
  };
  app.add_option_function<std::vector<std::string>>("--types", take_types,
                                                    "COLUMN=text, number, time or boolean, where the guess is wrong")
      ->allow_extra_args(false)
      ->type_name("LIST")
      ->group(kReading);
  add_names(app, "--null-values", reading.text.null_values, "words that mean a missing value: NA,-999", kReading)
      ->type_name("WORDS");
  app.add_flag("--decimal-comma", reading.text.decimal_comma, "0,86 and 1,234 are fractions")->group(kReading);
  app.add_flag_callback(
         "--day-first", [&reading] { reading.text.day_first = true; }, "03/01/2026 is 3 January")
      ->group(kReading);
  app.add_flag_callback(
         "--month-first", [&reading] { reading.text.day_first = false; }, "03/01/2026 is 1 March")
      ->group(kReading);
  app.add_option("--time-format", reading.text.time_format, "of the time column, as strptime has it: '%d.%m.%y %H:%M'")
      ->type_name("FORMAT")
      ->group(kReading);
  const auto take_delimiter = [&reading](const std::string& word) -> Result<void> {
    if (word == "tab" || word == "\\t")
      reading.delimiter = '\t';
    else if (word.size() == 1 && word != "\n" && word != "\r" && word != "\"")
      reading.delimiter = word.front();
    else
      return invalid_argument(fmt::format("'{}' is neither one character nor 'tab'", word));
    return {};
  };
  add_word(app, "--delimiter", take_delimiter, "between the fields of a text file: one character, or tab")
      ->type_name("C")
      ->group(kReading);
  app.add_flag("--hive", reading.hive, "folders named day=3 give their rows a column day")->group(kReading);
  app.add_option("--where", read.where, "boolean SQL expression: the rows that count, e.g. 'amount > 100'")
      ->type_name("SQL")
      ->group(kReading);
}

void add_roles(CLI::App& app, table::RoleNames& roles) {
  const auto add = [&](const char* flag, std::optional<std::string>& name, const char* words) {
    app.add_option(flag, name, words)->type_name("COLUMN")->group(kRoles);
  };
  add("--label", roles.label, "the truth");
  add("--prediction", roles.prediction, "what the model said");
  add("--score", roles.score, "probability of the positive class, or confidence");
  add_names(app, "--scores", roles.scores, "one probability a class, by their names or in the order of the classes");
  add("--time", roles.time, "when it was predicted");
  add("--stream", roles.stream, "batch, device or source of the case; in a replay each has a memory of its own");
  add("--id", roles.id, "identifier of the case; not analysed");
  add("--weight", roles.weight, "weight of the case in the metrics");
  add("--embedding", roles.embedding, "list of numbers: what the model made of the case; for a replay, not analysed");
  add_names(app, "--features", roles.features, "what slices are made of; all other columns by default");
  add_names(app, "--ignore", roles.ignore, "columns to leave out");
}

void add_groups(CLI::App& app, table::RoleNames& roles, slice::GroupOptions& groups) {
  add_names(app, "--groups", roles.groups,
            "compare groups of cases, a table a column; race*sex crosses two: rates, FNR, FPR, calibration, tests",
            kComparedGroups);
  app.add_option("--min-group", groups.min_cases, "fewer cases are shown and not tested")
      ->type_name("N")
      ->capture_default_str()
      ->group(kComparedGroups);
}

void add_failure_rule(CLI::App& app, table::ReadOptions& read) {
  app.add_option("--failure", read.failure, "boolean SQL expression over any columns, e.g. 'abs(y - p) > 3'")
      ->type_name("SQL")
      ->group(kFailure);
  app.add_option("--loss", read.loss, "numeric loss instead of failing or not: a column, or SQL, e.g. 'abs(y - p)'")
      ->type_name("COLUMN|SQL")
      ->group(kFailure);
  app.add_option("--confident", read.confident, "only failures with at least this confidence")
      ->type_name("P")
      ->group(kFailure);
  app.add_option("--positive", read.positive, "the positive class of a binary label")
      ->type_name("CLASS")
      ->group(kFailure);
  add_meaning(app, read);
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
    if (!rank) return not_one_of(word, "sliceline, divergence, lift, share, deviance");
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
      ->default_str(std::string(slice::name_of(analysis.confirm.split)))
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

std::vector<std::string> with_explicit_values(std::vector<std::string> arguments, bool json_lines) {
  struct Optional {
    std::string_view flag, alone;
    bool (*is_value)(const std::string&);
  };
  static constexpr auto kIsJson = [](const std::string& next) { return next == "-" || next.ends_with(".json"); };
  static constexpr auto kIsJsonOrLines = [](const std::string& next) {
    return kIsJson(next) || next.ends_with(".jsonl");
  };
  const std::array optional{Optional{"--json", "-", json_lines ? +kIsJsonOrLines : +kIsJson},
                            Optional{"--timings", "-", kIsJson},
                            Optional{"--fail-on-hotspot", "any", looks_like_limits}};
  std::vector<std::string> made;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto flag = std::ranges::find(optional, arguments[i], &Optional::flag);
    if (flag == optional.end()) {
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
