// `errata checklist --allocator` as a user calls it, up to where the encoder of scenes would be trained, and the
// process in which a library is loaded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/command.h"
#include "errata/base/atomic_file.h"
#include "errata/base/child_process.h"
#include "errata/base/test_folder.h"
#include "errata/image/picture.h"

namespace errata::e2e {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class AllocateOutside : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directory(workplace.path("tmp")); }
  Outcome checklist(const std::string& allocator, const std::string& more = "") {
    return workplace.shell("TMPDIR=tmp HOME=\"$PWD\" \"$ERRATA\" checklist --allocator \"" + allocator + "\" " + more);
  }
  void refuses(const std::string& allocator, const std::string& word, const std::string& more = "") {
    const auto before = workplace.names();
    const auto outcome = checklist(allocator, more);
    EXPECT_EQ(outcome.status, kUsage) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(workplace.names(), before);
    EXPECT_TRUE(fs::is_empty(workplace.path("tmp")));
  }
  /// A shared library of this C, or an empty place where there is no compiler.
  void compile(const std::string& name, const std::string& code) {
    workplace.write(name + ".c", code);
    const auto made = run_program(
        {"cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-I",
         (source_folder() / "src/errata/engine_nn").string(), workplace.path(name + ".c"), "-o", workplace.path(name)},
        "");
    ASSERT_TRUE(made) << made.error().message;
  }
  /// What the process of a library answers to lines.
  Result<std::string> serve(const std::string& library, const std::string& lines) {
    return run_program({(program_folder() / "errata-nn").string(), "serve-allocator-library", workplace.path(library)},
                       lines);
  }
  std::string question(int id) {
    return R"({"id":)" + std::to_string(id) + R"(,"image":")" + workplace.path("picture.png") +
           R"(","query":"where","width":40,"height":20,"patch":16,"rows":2,"columns":3,"max_positions":4,)"
           R"("max_tokens":100})"
           "\n";
  }
  /// A block of code of the protocol's page.
  std::string documented(const std::string& language) {
    const std::string page = read_file(source_folder() / "docs/formats/allocator-protocol.md").value();
    const auto begin = page.find("```" + language + "\n") + language.size() + 4;
    return page.substr(begin, page.find("```", begin) - begin);
  }
  Workplace workplace;
};

constexpr const char* kSignature =
    "#include \"errata_allocator.h\"\n"
    "int errata_allocate(const errata_allocation_question* q, uint32_t* p, uint64_t* b, size_t* n) ";

TEST_F(AllocateOutside, WhatCannotBeStartedIsAWrongCommand) {
  refuses("no-such-program-here --k 3", "cannot start `no-such-program-here`");
  refuses("python3 'mine.py", "python3 'mine.py");
  refuses("cat | sort", "no shell");
  refuses("./nothing.so", "./nothing.so: there is no such library");
  workplace.write("text.so", "no library");
  refuses("./text.so", "./text.so: cannot be loaded");
}

TEST_F(AllocateOutside, WhatAllocationsDoNotTellCannotBeAskedFor) {
  refuses("cat", "mode 9", "--modes 1,9");
  refuses("cat", "--reading", "--reading 2");
  for (const char* seconds : {"0", "-1", "nan", "1e9"})
    refuses("cat", "--allocator-timeout", std::string("--allocator-timeout=") + seconds);
}

TEST_F(AllocateOutside, ALibraryThatCannotBeUsedIsAWrongCommand) {
  compile("other.so", "int something_else(void); int something_else(void) { return 1; }\n");
  refuses("./other.so", "errata_allocate");
  compile("crash.so", "#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) { abort(); }\n");
  refuses("./crash.so", "./crash.so: cannot be loaded");
}

TEST_F(AllocateOutside, ALibraryAnswersByTheProtocol) {
  image::Picture picture{.height = 20, .width = 40, .channels = 3, .bytes = std::vector<std::uint8_t>(20 * 40 * 3, 9)};
  ASSERT_TRUE(image::write_png(workplace.path("picture.png"), picture));
  compile("mine.so", std::string("#include <stdio.h>\n") + kSignature + R"({
    printf("loaded\n");
    for (size_t i = 0; i < 3; ++i) { p[i] = (uint32_t)i; b[i] = q->pixels[i] + q->height + q->max_tokens; }
    *n = q->query[0] == 'w' && q->video == ERRATA_NO_VIDEO && q->examined_count == 0 ? 3 : 0;
    return 0; })");
  const auto lines = serve("mine.so", question(5) + question(6));
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(*lines,
            "{\"id\":5,\"positions\":[0,1,2],\"budgets\":[129,129,129]}\n"
            "{\"id\":6,\"positions\":[0,1,2],\"budgets\":[129,129,129]}\n")
      << "and what it prints is not among the answers";
  compile("few.so", std::string(kSignature) + "{ (void)q; (void)p; (void)b; *n = 5; return 0; }");
  EXPECT_EQ(serve("few.so", question(5)).value(),
            "{\"id\":5,\"error\":\"errata_allocate says that it wrote 5 positions; there is room for 4\"}\n");
  compile("no.so", std::string(kSignature) + "{ (void)q; (void)p; (void)b; (void)n; return 7; }");
  EXPECT_EQ(serve("no.so", question(5)).value(), "{\"id\":5,\"error\":\"errata_allocate gave 7\"}\n");
  compile("crash.so",
          std::string(kSignature) + "{ (void)q; (void)b; (void)n; p = 0; *(volatile uint32_t*)p = 1; return 0; }");
  EXPECT_FALSE(serve("crash.so", question(5)));
}

TEST_F(AllocateOutside, TheDocumentedLibraryFundsContrast) {
  image::Picture picture{.height = 20, .width = 40, .channels = 3, .bytes = std::vector<std::uint8_t>(20 * 40 * 3, 9)};
  picture.bytes[(3 * 40 + 20) * 3 + 1] = 255;   // patch 1
  picture.bytes[(18 * 40 + 38) * 3 + 1] = 100;  // patch 5
  ASSERT_TRUE(image::write_png(workplace.path("picture.png"), picture));
  compile("mine.so", documented("c"));
  const std::string asked = question(5);
  EXPECT_EQ(serve("mine.so", asked + asked.substr(0, asked.size() - 2) + ",\"examined\":[5]}\n").value(),
            "{\"id\":5,\"positions\":[5,1],\"budgets\":[50,50]}\n{\"id\":5,\"positions\":[1],\"budgets\":[100]}\n");
}

}  // namespace
}  // namespace errata::e2e
