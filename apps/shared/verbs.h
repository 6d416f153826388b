#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "console.h"
#include "errata/base/error.h"

namespace CLI {
class App;
}

namespace errata::cli {

/// `errata`, and `errata-nn`, which alone loads libtorch; `errata` becomes it for the verbs that it runs.
enum class Executable : std::uint8_t { errata, errata_nn };

/// One verb as users know it: `errata analyze`, `errata audit fit`.
struct VerbEntry {
  std::string_view group;  ///< "audit"; empty for a verb of its own
  std::string_view name;
  std::string_view words;  ///< what it does, one sentence or two
  Executable program;
};

/// Verbs that are called behind one word.
struct GroupEntry {
  std::string_view name;
  std::string_view words;  ///< in the overview of `errata`
  std::string_view about;  ///< in its own overview
};

/// Every verb of Errata, in the order of the overviews.
inline constexpr std::array kVerbs{
    VerbEntry{"", "analyze", "Where, when and under what conditions the model of a prediction log fails.",
              Executable::errata},
    VerbEntry{"", "replay",
              "Streams a log as a live monitor would meet it: which cases are about to fail, and what refusing them "
              "would have saved.",
              Executable::errata},
    VerbEntry{"", "slices",
              "The exact top slices of a log as JSON, for scripts: the search of `analyze` alone, on all cases.",
              Executable::errata},
    VerbEntry{"", "compare", "Which hotspots are new, gone, better or worse on a second log, with tests.",
              Executable::errata},
    VerbEntry{"", "schema",
              "Columns of a log, their types, missing and distinct values, and the roles they are taken for.",
              Executable::errata},
    VerbEntry{"", "simulate",
              "Draws a log with known truth (hotspots, bad periods, drift, regimes of failure, or nothing at all).",
              Executable::errata},
    VerbEntry{
        "", "allocate",
        "Spends a budget of tokens where a query asks for it in an image, and says when it would rather not choose.",
        Executable::errata_nn},
    VerbEntry{"", "checklist",
              "Runs the known failure modes of relevance against an allocator, each with figures, gates and baselines.",
              Executable::errata_nn},
    VerbEntry{"audit", "fit",
              "Trains an auditor on what a model computed, from a log with latents, and compares it with every other "
              "detector.",
              Executable::errata_nn},
    VerbEntry{"audit", "score", "Adds a saved auditor's calibrated risk to a log.", Executable::errata_nn},
    VerbEntry{"audit", "train", "Trains the built-in pair: an image classifier, and an auditor of what it computes.",
              Executable::errata_nn},
    VerbEntry{"audit", "capture",
              "Runs an image classifier on corrupted images and writes what it computed inside as a log. A TorchScript "
              "archive is a program: its code runs here, with your rights.",
              Executable::errata_nn},
    VerbEntry{"audit", "picture",
              "Finds a confident failure that the auditor flags and draws it. A TorchScript archive is a program: its "
              "code runs here, with your rights.",
              Executable::errata_nn},
    VerbEntry{"improve", "run",
              "Lets a language model answer, remembers what it got wrong, tunes an adapter on that, and keeps it where "
              "held-back questions allow. `errata improve RUN.toml` is `run --config RUN.toml`.",
              Executable::errata_nn},
    VerbEntry{"improve", "answer", "Asks the questions of a run's next round and keeps the answers with their signals.",
              Executable::errata_nn},
    VerbEntry{"improve", "detect",
              "Settles which answers of the round are wrong or doubtful, and how well that is told.",
              Executable::errata_nn},
    VerbEntry{"improve", "correct", "Asks the teacher for what would be right.", Executable::errata_nn},
    VerbEntry{"improve", "store", "Sorts all failures so far into failure modes.", Executable::errata_nn},
    VerbEntry{"improve", "tune", "Tunes an adapter on what is remembered.", Executable::errata_nn},
    VerbEntry{"improve", "evaluate", "Measures the tuned model, and keeps it or takes it back.", Executable::errata_nn},
    VerbEntry{"improve", "fuse",
              "Adds adapters to a model and writes it as a checkpoint, once it computes what model and adapter do.",
              Executable::errata_nn},
    VerbEntry{"improve", "pretrain", "Trains a small language model from scratch on the built-in task.",
              Executable::errata_nn},
};
inline constexpr std::array kGroups{
    GroupEntry{"audit", "A second network reads a model's latents and tells when it is wrong.",
               "errata audit: a second network reads what a model computed inside and tells when it is wrong."},
    GroupEntry{"improve", "A language model learns from its own failures.",
               "errata improve: a language model learns from its own failures, and does not forget."},
};

[[nodiscard]] const GroupEntry* find_group(std::string_view name);
[[nodiscard]] const VerbEntry* find_verb(std::string_view group, std::string_view name);
/// The program that runs what a command line begins with, a verb or a group; `errata` for what is neither.
[[nodiscard]] Executable program_of(std::string_view first_word);

/// What a verb does: the flags it takes, and the work.
struct Verb {
  std::string_view name;                     ///< of its entry
  std::function<void(CLI::App&)> declare;    ///< binds the flags to the values that `run` reads
  std::function<Result<int>(Console&)> run;  ///< returns the exit status
  bool json_lines = false;                   ///< --json may name a .jsonl file, since the verb reads no logs
};

}  // namespace errata::cli
