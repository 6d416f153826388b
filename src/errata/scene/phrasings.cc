#include "errata/scene/phrasings.h"

#include <algorithm>
#include <array>
#include <set>

#include "errata/base/words.h"
#include "errata/scene/painter.h"

namespace errata::scene {
namespace {

struct Row {
  std::string_view asks;
  std::string_view used;      ///< may train and tune
  std::string_view withheld;  ///< may only test
};

constexpr std::array kRows{
    // writing of a colour
    Row{"text", "what does the {colour} text say", "please read the {colour} text out loud"},
    Row{"text", "read the {colour} text", "tell me what the {colour} words say"},
    Row{"text", "which words are written in {colour}", "can you make out the {colour} writing"},
    Row{"text", "what is written in {colour} letters", "transcribe the text printed in {colour}"},
    Row{"text", "where is the {colour} text", "which sentence do the {colour} letters spell"},
    Row{"text", "find the {colour} writing", "copy the {colour} lettering for me"},
    // boards
    Row{"sign", "what does the {colour} sign say", "read me the words on the {colour} sign"},
    Row{"sign", "read the {colour} sign", "what is printed on the {colour} board"},
    Row{"sign", "where is the {colour} sign", "which message does the {colour} sign carry"},
    Row{"sign", "what is written on the {colour} board", "locate the {colour} sign"},
    Row{"sign", "which words stand on the {colour} sign", "tell me the text of the {colour} sign"},
    Row{"box", "what does the {colour} box say", "read the words inside the {colour} box"},
    Row{"box", "where is the {colour} box", "what is printed in the {colour} box"},
    Row{"box", "find the {colour} box", "tell me the text of the {colour} box"},
    // parts of a page
    Row{"title", "what is the title", "tell me the title of this page"},
    Row{"title", "read the headline", "how is the page headed, read its headline"},
    Row{"title", "what does the title say", "quote the title exactly"},
    Row{"title", "which headline does the page have", "what words form the headline"},
    Row{"title", "where is the title", "locate the heading or title"},
    Row{"paragraph", "read the paragraph", "quote the first paragraph"},
    Row{"paragraph", "what do the paragraphs say", "what is argued in the body text paragraphs"},
    Row{"paragraph", "where is the body text", "sum up the paragraph text"},
    Row{"paragraph", "what does the body text say", "copy out the paragraph"},
    Row{"figure", "what does the figure show", "explain the figure on this page"},
    Row{"figure", "where is the figure", "look at the chart and read it off"},
    Row{"figure", "what can be seen in the chart", "which values does the figure plot"},
    Row{"figure", "find the figure", "locate the chart"},
    Row{"caption", "what does the caption say", "read out the caption below the picture"},
    Row{"caption", "read the caption", "which caption was given"},
    Row{"caption", "where is the caption", "quote the caption word for word"},
    Row{"caption", "which words are under the figure in the caption",
        "how is it captioned, what does the caption tell"},
    Row{"equation", "what is the equation", "explain the main equation"},
    Row{"equation", "read the equation", "write down the equation in full"},
    Row{"equation", "where is the formula", "solve the equation that is printed"},
    Row{"equation", "what does the formula say", "which formula does the author give"},
    // coloured forms
    Row{"shape", "where is the {colour} {thing}", "point at the {colour} {thing}"},
    Row{"shape", "find the {colour} {thing}", "can you show me the {colour} {thing}"},
    Row{"shape", "how large is the {colour} {thing}", "what size has the {colour} {thing}"},
    Row{"shape", "is there a {colour} {thing}", "do you see any {colour} {thing}"},
    Row{"shape", "count the {colour} {thing}", "locate every {colour} {thing} here"},
    Row{"shape", "look at the {colour} {thing}", "describe only the {colour} {thing}"},
    // objects by name
    Row{"object", "where is the {thing}", "point me to the {thing}"},
    Row{"object", "what colour is the {thing}", "which colour does the {thing} have"},
    Row{"object", "find the {thing}", "can you spot the {thing}"},
    Row{"object", "what is on the {thing}", "is something lying on the {thing}"},
    Row{"object", "look at the {thing}", "zoom in on the {thing}"},
    Row{"object", "how large is the {thing}", "what size is the {thing}"},
    Row{"object", "is the {thing} old", "does the {thing} look new or old"},
    Row{"object", "describe the {thing}", "give me details of the {thing} only"},
    // the wall behind, and who stands before it
    Row{"wall", "what colour is the wall", "which colour was the wall painted"},
    Row{"wall", "where is the wall", "how does the wall behind look"},
    Row{"wall", "is the wall clean", "are there any stains on the wall"},
    Row{"wall", "look at the wall", "tell me about the paint of the wall"},
    Row{"wall", "what is the wall made of", "does the wall have wallpaper"},
    Row{"wall", "describe the wall", "name the tint of the wall please"},
    Row{"face", "where is the face", "zoom in on the face"},
    Row{"face", "is the face happy", "what mood does the face show"},
    Row{"face", "look at the face", "describe the look on her face"},
    Row{"face", "what colour are the eyes", "are the eyes open or closed"},
    Row{"face", "does the face smile", "which expression has the face"},
    Row{"person", "where is the person", "point at the person standing there"},
    Row{"person", "what does the person wear", "which clothes is the person wearing"},
    Row{"person", "what colour is the shirt of the person", "tell me the colour of the shirt"},
    Row{"person", "who is the person", "how old might the person be"},
    // nothing in particular
    Row{"", "describe this", "describe this for me"},
    Row{"", "describe this image", "please describe the picture"},
    Row{"", "what is this", "what is it"},
    Row{"", "what do you see", "what can you see here"},
    Row{"", "tell me about this", "tell me something about it"},
    Row{"", "what is going on", "what is going on in here"},
    Row{"", "what is happening here", "what happens in this"},
    Row{"", "explain this", "explain it to me"},
    Row{"", "explain the image", "explain what this is"},
    Row{"", "what is shown here", "what is being shown"},
    Row{"", "give me a summary", "summarise it briefly"},
    Row{"", "summarise this", "a short summary please"},
    Row{"", "what is in this image", "what is in it"},
    Row{"", "look at this", "have a look at this"},
    Row{"", "what is this about", "what is all this about"},
    Row{"", "anything interesting", "anything interesting in there"},
    Row{"", "what should i know about this", "what should i know"},
    Row{"", "help me understand this", "help me with this one"},
    Row{"", "can you describe it", "could you describe everything"},
    Row{"", "describe everything", "describe all that you see"},
    Row{"", "describe the scene", "describe the whole scene"},
    Row{"", "what does this show", "what does it show"},
    Row{"", "your thoughts", "any thoughts on this"},
    Row{"", "what do you think", "what do you make of this"},
    Row{"", "comment on this", "please comment"},
    Row{"", "analyse this image", "analyse this please"},
    Row{"", "give me details", "give me more details"},
    Row{"", "tell me more", "say more"},
    Row{"", "tell me everything", "tell me all about it"},
    Row{"", "what is there", "what all is there"},
    Row{"", "what are we looking at", "what am i looking at"},
    Row{"", "give an overview", "an overview would be nice"},
    Row{"", "interpret this", "interpret the image"},
    Row{"", "what is important here", "what matters here"},
    Row{"", "what stands out", "what is notable in this"},
    Row{"", "write a caption for this image", "how would you caption this image"},
    Row{"", "go", "go ahead"},
    Row{"", "hello", "hi there"},
    Row{"", "image", "picture"},
    Row{"", "describe", "describe please"},
    Row{"", "what", "so what is it"},
    Row{"", "and", "and this"},
    Row{"", "what do we have here", "what have we got here"},
    Row{"", "how would you describe this", "how does this look to you"},
    Row{"", "tell me what this is", "say what this is"},
    Row{"", "what kind of image is this", "which sort of picture is this"},
    Row{"", "is there anything i should notice", "is there anything to notice"},
    Row{"", "what is the content of this image", "list the contents"},
    Row{"", "what is the meaning of this", "what does it mean"},
    Row{"", "make sense of this", "can you make sense of it"},
    Row{"", "take a look", "take a look and report"},
    Row{"", "walk me through this", "walk me through the image"},
    Row{"", "what does this image represent", "what does this painting represent"},
    Row{"", "tell me a story about this", "say something about the picture"},
};

constexpr std::array<std::string_view, 5> kShapeKinds{"circle", "square", "triangle", "star", "cross"};
constexpr std::array<std::string_view, 10> kObjectKinds{"table",   "stove", "refrigerator", "window", "lamp",
                                                        "picture", "floor", "tree",         "house",  "ball"};

}  // namespace

std::span<const Phrasing> phrasings() {
  static const auto all = [] {
    std::vector<Phrasing> result;
    for (const Row& row : kRows) {
      result.push_back({.asks = row.asks, .text = row.used, .withheld = false});
      result.push_back({.asks = row.asks, .text = row.withheld, .withheld = true});
    }
    return result;
  }();
  return all;
}

std::vector<Phrasing> phrasings_about(std::string_view asks, bool withheld) {
  std::vector<Phrasing> result;
  for (const Phrasing& phrasing : phrasings())
    if (phrasing.asks == asks && phrasing.withheld == withheld) result.push_back(phrasing);
  return result;
}

std::string_view subject_of(std::string_view kind) {
  if (std::ranges::find(kShapeKinds, kind) != kShapeKinds.end()) return "shape";
  if (std::ranges::find(kObjectKinds, kind) != kObjectKinds.end()) return "object";
  return kind;
}

std::span<const std::string_view> shape_names() { return kShapeKinds; }
std::span<const std::string_view> object_names() { return kObjectKinds; }
std::span<const std::string_view> colour_names() {
  static const auto names = [] {
    std::vector<std::string_view> result{"gray"};
    for (const NamedColour& colour : kColours) result.push_back(colour.name);
    return result;
  }();
  return names;
}

std::string filled(const Phrasing& phrasing, std::string_view colour, std::string_view thing) {
  std::string text(phrasing.text);
  for (const auto& [slot, word] :
       {std::pair(std::string_view("{colour}"), colour), std::pair(std::string_view("{thing}"), thing)})
    if (const auto at = text.find(slot); at != std::string::npos) text.replace(at, slot.size(), word);
  return text;
}

std::vector<std::string> query_vocabulary() {
  std::set<std::string> words;
  for (const auto names : {colour_names(), shape_names(), object_names()}) words.insert(names.begin(), names.end());
  for (const Phrasing& phrasing : phrasings())
    if (!phrasing.withheld)
      for (auto& word : words_of(filled(phrasing, "red", "circle"))) words.insert(std::move(word));
  return {words.begin(), words.end()};
}

}  // namespace errata::scene
