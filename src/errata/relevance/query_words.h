#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace errata::relevance {

/// A word or phrase that a query names, folded (see folded()).
struct NamedWords {
  std::string text;
  /// Only a reading without any error counts: it may be an ordinary word, which begins a sentence with a capital or
  /// stands in lower case.
  bool exactly = false;
  friend bool operator==(const NamedWords&, const NamedWords&) = default;
};

/// What a query in English asks of those who read text and find faces. Words are told by lists (query_words.cc), not
/// understood. What stands behind "behind", "beside", "near", "not", "without" and the like, up to the next comma or
/// "and", is where the target lies or what it is not, and is passed over: "the wall behind the people" asks for no
/// people.
struct QueryWords {
  bool asks_for_writing = false;    ///< "read", "say", "text", "sign", "title", "price", "licence plate" …
  bool asks_for_faces = false;      ///< "face", "who", "people", "man", "child" …
  std::vector<NamedWords> named{};  ///< in quotation marks; in capitals or with one, or with a digit, in turn
  std::vector<NamedWords> other{};  ///< of a query that asks for writing: its other words of four letters and more
};
[[nodiscard]] QueryWords words_of_query(std::string_view query);

/// A text as it is compared: small letters, accents taken off those of Latin-1 and Latin Extended-A, everything but
/// letters, digits and bytes of other scripts one space, none at the ends.
[[nodiscard]] std::string folded(std::string_view text);

/// How well a name is found in a line that was read: 1 − edits / length of the best place, 0 where more than a quarter
/// of the name's bytes would have to change (none of a name shorter than 4). A place is a run of whole words, written
/// together or not; a name of six bytes and more may also stand within a word, since readers lose spaces.
/// @param line  folded
[[nodiscard]] double likeness(const NamedWords& name, std::string_view line);

}  // namespace errata::relevance
