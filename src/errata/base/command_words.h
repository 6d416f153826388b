#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "errata/base/error.h"

namespace errata {

/// The words of a command as a POSIX shell parts them: at blanks outside of quotes; between single quotes everything
/// stands for itself, between double quotes a backslash protects $ ` " \ and the end of a line, elsewhere the next
/// character whatever it is. No shell runs the command: nothing is expanded, so that * ? ~ and # stand for themselves.
///     split_command("python3 'my allocator.py' --k 3");   // {"python3", "my allocator.py", "--k", "3"}
/// @return the words, at least one; invalid_argument for no word, a quote that is not closed, and what only a shell
///         could do: | & ; < > ( ) $ ` outside of single quotes (write `sh -c '...'`)
[[nodiscard]] Result<std::vector<std::string>> split_command(std::string_view command);

}  // namespace errata
