#include "program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "config.h"
#include "errata/base/atomic_file.h"
#include "errata/report/kit/timings.h"
#include "flags.h"
#include "help.h"
#include "near_names.h"
#include "signals.h"

namespace errata::cli {
namespace {

constexpr const char* kConfigPlace = "errata.toml";
constexpr int kUsage = 2;

int usage_error(Console& console, std::string_view message, const std::string& verb) {
  console.remark(fmt::format("errata: {}\n`errata {}--help` tells what there is.", message, verb));
  return kUsage;
}

int report_error(Console& console, const Error& error) {
  console.remark("errata: " + error.message);
  return kind_of(error.code).exit_status;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

/// What is wrong with the command line, with the flag that was probably meant.
std::string words_of(const CLI::ParseError& error, CLI::App& verb) {
  const auto left = verb.remaining(true);
  for (const auto& argument : left)
    if (argument.starts_with("-"))
      return fmt::format("there is no flag '{}'{}", argument.substr(0, argument.find('=')),
                         did_you_mean(argument.substr(0, argument.find('=')), flags_of(verb)));
  if (!left.empty()) return fmt::format("there is no place for the argument '{}'", left.front());
  if (error.get_name() == "ArgumentMismatch") {  // "--rounds: 1 required N missing"
    const std::string what = error.what(), flag = what.substr(0, what.find(':'));
    const auto* option = verb.get_option_no_throw(flag);
    if (option != nullptr && option->count() > 1)
      return fmt::format("{} is given {} times, once is all it takes", flag, option->count());
    return fmt::format("{} needs a value", flag);
  }
  return error.what();
}

struct CommandLine {
  CLI::App root;
  std::vector<CLI::App*> apps;
  std::string config, timings;
};

void declare(const Program& program, CommandLine& command) {
  for (const auto& verb : program.verbs) {
    auto* app =
        command.root.add_subcommand(std::string(verb.name), std::string(find_verb(program.group, verb.name)->words));
    app->add_option("--config", command.config, "flags by their long names; errata.toml here is read by itself")
        ->type_name("FILE")
        ->group(kRunning);
    app->add_option("--timings", command.timings, "what each stage cost, on standard error when no .json file is named")
        ->type_name("[FILE]")
        ->group(kRunning);
    app->set_help_flag("-h,--help", "this text")->group(kRunning);
    verb.declare(*app);
    check_whole_numbers(*app);
    command.apps.push_back(app);
  }
}

Result<void> configure(const Program& program, CommandLine& command, CLI::App& app) {
  std::error_code ignored;
  if (!command.config.empty()) return apply_config(command.config, program, command.root, app);
  if (std::filesystem::exists(kConfigPlace, ignored)) return apply_config(kConfigPlace, program, command.root, app);
  return {};
}

/// Runs a verb and tells what its stages cost.
Result<int> run_timed(const Verb& verb, const std::string& place, Console& console) {
  std::optional<AtomicFile> file;  // opened first: a place that cannot be written is told at once
  if (place != "-") {
    ERRATA_ASSIGN(file, AtomicFile::create(place));
  }
  StageTimes& times = console.time_stages();
  ERRATA_ASSIGN(const int status, verb.run(console));
  times.end();
  if (!file) {
    console.remark(report::timings_text(times.stages(), peak_memory()));
    return status;
  }
  ERRATA_TRY(file->write(report::timings_json(times.stages(), peak_memory())));
  ERRATA_TRY(file->commit());
  return status;
}

int run_verb(const Program& program, const Verb& verb, CommandLine& command, CLI::App& app,
             std::vector<std::string> arguments, Console& console) {
  try {
    std::ranges::reverse(arguments);  // the parser takes them from the back
    command.root.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    const auto printed = console.print(help_of(program, app));
    return printed ? 0 : report_error(console, printed.error());
  } catch (const CLI::ParseError& error) {
    return usage_error(console, words_of(error, app), fmt::format("{}{} ", program.prefix(), verb.name));
  }
  if (auto configured = configure(program, command, app); !configured) return report_error(console, configured.error());
  const auto status = command.timings.empty() ? verb.run(console) : run_timed(verb, command.timings, console);
  console.end_progress();
  return status ? *status : report_error(console, status.error());
}

}  // namespace

int run(const Program& program, std::vector<std::string> arguments, Console& console) {
  const auto say = [&](const std::string& text) {
    const auto printed = console.print(text);
    return printed ? 0 : report_error(console, printed.error());
  };
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help")
    return say(overview(program));
  if (arguments[0] == "--version") return say("errata " ERRATA_VERSION "\n");
  CommandLine command;
  declare(program, command);
  for (std::size_t v = 0; v < program.verbs.size(); ++v)
    if (program.verbs[v].name == arguments[0])
      return run_verb(program, program.verbs[v], command, *command.apps[v],
                      with_explicit_values(std::move(arguments), program.verbs[v].json_lines), console);
  std::vector<std::string> names;
  for (const auto& verb : kVerbs)
    if (verb.group == program.group) names.emplace_back(verb.name);
  if (program.group.empty())
    for (const auto& group : kGroups) names.emplace_back(group.name);
  const std::string kind = arguments[0].starts_with("-") ? "flag" : program.prefix() + "verb";
  return usage_error(console,
                     fmt::format("there is no {} '{}'{}", kind, arguments[0], did_you_mean(arguments[0], names)),
                     program.prefix());
}

int run_guarded(const std::function<int(Console&)>& body) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is seen as a failed write, not as death
  const char* no_colour = std::getenv("NO_COLOR");
  Console console(no_colour != nullptr && *no_colour != '\0', stopped_by_signals());
  try {
    return body(console);
  } catch (const Cancelled&) {
    console.remark("errata: stopped");
    return kind_of(ErrorCode::cancelled).exit_status;
  } catch (const std::bad_alloc&) {
    console.remark("errata: out of memory");
  } catch (const std::exception& error) {
    console.remark(fmt::format("errata: {}", error.what()));
  }
  return kind_of(ErrorCode::data).exit_status;
}

}  // namespace errata::cli
