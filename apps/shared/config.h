#pragma once

#include <string>

#include "errata/base/error.h"

namespace CLI {
class App;
}

namespace errata::cli {

struct Program;

/// Sets the flags of `verb` that the command line left open from errata.toml (docs/formats/errata-toml.md): from the
/// table of the verb's name ([replay], [audit.fit]), then, for what describes a log, from [log].
/// @param root  with every verb of the program, so that a wrong key is found in any of its tables
/// @return data error naming the file, line and key for what cannot be read or is not known
[[nodiscard]] Result<void> apply_config(const std::string& place, const Program& program, CLI::App& root,
                                        CLI::App& verb);

}  // namespace errata::cli
