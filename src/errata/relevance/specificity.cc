// A vague query is one that would suit any image. So the question is not what a query contains but whether anything is
// left of it when grammar and talk about looking are taken away. That needs no training, and what is left can be shown.

#include "errata/relevance/specificity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "errata/base/words.h"

namespace errata::relevance {
namespace {

/// Words that fit every image: grammar, and the talk about images, seeing and telling.
const std::set<std::string_view>& general_words() {
  static const std::set<std::string_view> words{
      // grammar
      "a", "about", "above", "d", "isn", "ll", "m", "re", "s", "t", "ve", "again", "all", "also", "am", "an", "and",
      "another", "any", "anybody", "anyone", "anything", "are", "around", "as", "at", "be", "because", "been", "before",
      "being", "below", "both", "but", "by", "can", "could", "did", "do", "does", "doing", "done", "down", "each",
      "either", "else", "ever", "every", "everybody", "everyone", "everything", "few", "first", "for", "from",
      "further", "get", "go", "going", "got", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his",
      "how", "i", "if", "in", "into", "is", "it", "its", "itself", "just", "kind", "kinds", "let", "like", "likely",
      "lot", "made", "make", "many", "may", "me", "might", "mine", "more", "most", "much", "must", "my", "no", "not",
      "nothing", "now", "of", "off", "okay", "ok", "on", "one", "ones", "only", "or", "other", "others", "our", "out",
      "over", "own", "part", "parts", "perhaps", "place", "please", "quite", "rather", "really", "same", "say", "she",
      "should", "so", "some", "somebody", "someone", "something", "sort", "such", "take", "than", "thanks", "thank",
      "that", "the", "their", "them", "then", "there", "these", "they", "thing", "things", "this", "those", "through",
      "to", "together", "too", "under", "until", "up", "us", "use", "used", "very", "was", "way", "ways", "we", "were",
      "what", "whats", "when", "where", "which", "while", "who", "whole", "whom", "whose", "why", "will", "with",
      "within", "without", "would", "you", "your", "yours", "yourself",
      // looking at pictures as such
      "abstract", "analyse", "analysis", "analyze", "answer", "appear", "appears", "appearing", "artwork", "aspect",
      "aspects", "assess", "attention", "brief", "briefly", "broad", "broadly", "caption", "captioned", "catch",
      "catches", "clip", "comment", "comments", "complete", "comprehensive", "concise", "content", "contents",
      "context", "contain", "contains", "contained", "containing", "cover", "covers", "depict", "depicted", "depicts",
      "depiction", "describe", "described", "description", "detail", "detailed", "details", "discuss", "display",
      "displayed", "displays", "element", "elements", "elaborate", "essence", "evaluate", "examine", "explain",
      "explanation", "explore", "eye", "feature", "features", "figure", "find", "focus", "frame", "full", "general",
      "generally", "generate", "gist", "give", "glance", "happen", "happened", "happening", "happens", "help",
      "highlight", "highlights", "idea", "identify", "illustrate", "image", "imagery", "images", "important",
      "impression", "impressions", "info", "information", "inspect", "interesting", "interpret", "interpretation",
      "intro", "introduce", "know", "line", "list", "look", "looking", "looks", "main", "mean", "meaning", "means",
      "mention", "message", "mind", "name", "narrate", "need", "notable", "note", "noteworthy", "notice", "noticeable",
      "object", "objects", "observation", "observations", "observe", "outline", "overall", "overview", "paint",
      "painted", "painting", "paragraph", "photo", "photograph", "photographs", "photos", "pic", "picture", "pictured",
      "pictures", "point", "points", "possible", "present", "presented", "presents", "provide", "quick", "recap",
      "recognise", "recognize", "relevant", "report", "represent", "representation", "represented", "represents",
      "review", "rundown", "scene", "scenery", "scenes", "screen", "see", "seeing", "seen", "sentence", "sentences",
      "share", "short", "shot", "show", "showing", "shown", "shows", "significant", "significance", "snapshot", "speak",
      "spot", "stand", "stands", "stick", "sticks", "story", "study", "stuff", "subject", "subjects", "sum",
      "summarise", "summarize", "summary", "talk", "tell", "telling", "think", "thorough", "thoroughly", "thoughts",
      "title", "topic", "understand", "view", "visible", "visual", "visually", "walk", "want", "wondering", "word",
      "words", "worth", "write", "yes",
      // talk around a question
      "actually", "attached", "basically", "curious", "currently", "dear", "feedback", "following", "given",
      "greetings", "guess", "hello", "hey", "hi", "input", "nutshell", "opinion", "opinions", "question", "react",
      "reaction", "sense", "simply", "sir", "uploaded"};
  return words;
}

/// Parts of a page, where they are spoken of as such: "the caption" asks for one, "a caption" wants one written.
constexpr std::array<std::string_view, 3> kParts{"caption", "figure", "title"};

/// Words between quotes are names of what is asked for, whatever they are.
std::size_t quoted_words(std::string_view query) {
  std::size_t count = 0;
  for (std::size_t at = query.find('"'); at != std::string_view::npos; at = query.find('"', at)) {
    const std::size_t end = query.find('"', at + 1);
    if (end == std::string_view::npos) break;
    for (const std::string& word : words_of(query.substr(at + 1, end - at - 1)))
      count += static_cast<std::size_t>(general_words().contains(word));  // the others are counted with the rest
    at = end + 1;
  }
  return count;
}

}  // namespace

Specificity specificity_of(std::string_view query) {
  Specificity specificity;
  const std::vector<std::string> words = words_of(query);
  specificity.words = words.size();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_part = i > 0 && words[i - 1] == "the" && std::ranges::find(kParts, words[i]) != kParts.end();
    specificity.telling += static_cast<std::size_t>(is_part || !general_words().contains(words[i]));
  }
  specificity.telling += quoted_words(query);
  specificity.value = 1 - std::exp2(-static_cast<double>(specificity.telling));
  return specificity;
}

}  // namespace errata::relevance
