#include "lib/program/command_line.h"

#include <stdlib.h>

#include <cmath>

#include "absl/flags/flag.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

ABSL_FLAG(std::string, words, "", "");
ABSL_FLAG(int, count, 0, "");
ABSL_FLAG(bool, loud, false, "");

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// argv for the arguments, which must outlive it.
std::vector<char*> Argv(std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  arguments.insert(arguments.begin(), "program");
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return argv;
}

absl::Status Parse(std::vector<std::string> arguments) {
  std::vector<char*> argv = Argv(arguments);
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data(), "usage");
}

absl::StatusOr<std::vector<std::string>> ParseWithArguments(
    std::vector<std::string> arguments) {
  std::vector<char*> argv = Argv(arguments);
  return ParseCommandLineWithArguments(static_cast<int>(argv.size()),
                                       argv.data(), "usage");
}

TEST(ParseCommandLineTest, AcceptsEveryWayToWriteAFlag) {
  ASSERT_TRUE(Parse({"--words=a=b", "-count", "3", "--loud"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_words), "a=b");
  EXPECT_EQ(absl::GetFlag(FLAGS_count), 3);
  EXPECT_TRUE(absl::GetFlag(FLAGS_loud));
  ASSERT_TRUE(Parse({"--noloud", "--words=", "--count=-4", "--"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_words), "");
  EXPECT_EQ(absl::GetFlag(FLAGS_count), -4);
  EXPECT_FALSE(absl::GetFlag(FLAGS_loud));
}

TEST(ParseCommandLineTest, ErrorsNameTheArgument) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--nothing"}, "unknown flag --nothing"},
      {{"--word=x"}, "unknown flag --word "},
      {{"--nocount"}, "unknown flag --nocount"},
      {{"file"}, "unexpected argument 'file'"},
      {{"--loud", "true"}, "unexpected argument 'true'"},
      {{"--", "file"}, "unexpected argument 'file'"},
      {{"-"}, "unexpected argument '-'"},
      {{"--words"}, "--words needs a value"},
      {{"--count=x"}, "--count=x: not a valid value"},
      {{"--count", "1.5"}, "--count=1.5: not a valid value"},
      // Abseil has these; it would end the program, or never end.
      {{"--flagfile=/nowhere"}, "unknown flag --flagfile "},
      {{"--fromenv=words"}, "unknown flag --fromenv "},
      {{"--tryfromenv", "nothing"}, "unknown flag --tryfromenv "},
      {{"--undefok=nothing"}, "unknown flag --undefok "},
      {{"--helpless"}, "unknown flag --helpless "},
  };
  for (const auto& [arguments, message] : cases) {
    const absl::Status status = Parse(arguments);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

TEST(ParseCommandLineTest, ReturnsOtherArgumentsWhereTheyAreWanted) {
  const auto arguments =
      ParseWithArguments({"a", "--count=5", "-", "--words", "x", "--", "--b"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_THAT(*arguments, ElementsAre("a", "-", "--b"));
  EXPECT_EQ(absl::GetFlag(FLAGS_count), 5);
  EXPECT_EQ(absl::GetFlag(FLAGS_words), "x");
  EXPECT_TRUE(ParseWithArguments({})->empty());
  EXPECT_FALSE(ParseWithArguments({"a", "---b"}).ok());
  EXPECT_THAT(
      std::string(ParseWithArguments({"a", "--nothing"}).status().message()),
      HasSubstr("unknown flag --nothing"));
}

TEST(ParseCommandLineTest, HelpAndVersionAreASuccess) {
  SetVersionText("program 1");
  for (const char* help : {"-h", "--help", "--version"}) {
    EXPECT_EXIT(Parse({"--count=1", help}).IgnoreError(),
                ::testing::ExitedWithCode(0), "")
        << help;
  }
}

TEST(ParseNumbersTest, Lists) {
  EXPECT_THAT(*ParseNumbers("e", "0.005,1e-4", 0), ElementsAre(0.005, 1e-4));
  EXPECT_THAT(*ParseIntegers("k", "1,2,1024", 1, 1024),
              ElementsAre(1, 2, 1024));
}

TEST(ParseNumbersTest, ErrorsNameFlagAndValue) {
  const auto numbers = [](const std::string& text, double minimum) {
    return std::string(ParseNumbers("e", text, minimum).status().message());
  };
  EXPECT_EQ(numbers("", 0), "--e=: expected numbers separated by commas");
  EXPECT_EQ(numbers("1,", 0), "--e=1,: expected numbers separated by commas");
  EXPECT_EQ(numbers("1,x", 0),
            "--e=1,x: found 'x', expected a number of at least 0");
  EXPECT_EQ(numbers("1 ,2", 0),
            "--e=1 ,2: found '1 ', expected a number of at least 0");
  EXPECT_EQ(numbers("nan", 0), "--e=nan: expected a number of at least 0");
  EXPECT_EQ(numbers("inf", 0), "--e=inf: expected a number of at least 0");
  EXPECT_EQ(numbers("0", kAboveZero), "--e=0: expected a number above 0");
  EXPECT_EQ(numbers("0.1,1e-1", 0), "--e=0.1,1e-1: 1e-1 stands twice");
  EXPECT_EQ(numbers("0,-0", 0), "--e=0,-0: -0 stands twice");
  const auto integers = [](const std::string& text) {
    return std::string(ParseIntegers("k", text, 1, 64).status().message());
  };
  EXPECT_EQ(integers("0"), "--k=0: expected a whole number from 1 to 64");
  EXPECT_EQ(integers("65"), "--k=65: expected a whole number from 1 to 64");
  EXPECT_EQ(integers("4.0"), "--k=4.0: expected a whole number from 1 to 64");
  EXPECT_EQ(integers("99999999999999999999"),
            "--k=99999999999999999999: expected a whole number from 1 to 64");
  EXPECT_EQ(integers("4,2,4"), "--k=4,2,4: 4 stands twice");
  EXPECT_EQ(integers("4,04"), "--k=4,04: 04 stands twice");
  EXPECT_EQ(integers("2,0"),
            "--k=2,0: found '0', expected a whole number from 1 to 64");
}

TEST(ParseNumberTest, ErrorsQuoteAllThatWasTyped) {
  EXPECT_EQ(ParseNumber("s", "0", kAboveZero, "constant:0").status().message(),
            "--s=constant:0: found '0', expected a number above 0");
  EXPECT_EQ(ParseInteger("s", "x", 1, 2, "a,x").status().message(),
            "--s=a,x: found 'x', expected a whole number from 1 to 2");
  EXPECT_EQ(ParseNumber("s", "x", 0, "x").status().message(),
            "--s=x: expected a number of at least 0");
}

TEST(ParseNumberTest, ZeroHasNoSign) {
  EXPECT_FALSE(std::signbit(*ParseNumber("s", "-0", 0)));
}

TEST(PathsTest, HomeIsTheUsers) {
  unsetenv("BUILD_WORKING_DIRECTORY");
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(*PathFromUser("f", "~"), "/home/me");
  EXPECT_EQ(*PathFromUser("f", "~/x"), "/home/me/x");
  EXPECT_EQ(*PathFromUser("f", "./~/x"), "./~/x");
  EXPECT_EQ(*PathFromUser("f", "a~"), "a~");
  EXPECT_THAT(std::string(PathFromUser("f", "~you/x").status().message()),
              HasSubstr("--f=~you/x: expected ~ alone or before a /"));
  EXPECT_THAT(
      std::string(PathFromUser("f", "~you", "list:~you").status().message()),
      HasSubstr("--f=list:~you: found '~you', expected"));
  EXPECT_THAT(std::string(PathFromUser("", "~you").status().message()),
              ::testing::StartsWith("~you: expected"));
  setenv("BUILD_WORKING_DIRECTORY", "/elsewhere", 1);
  EXPECT_EQ(*PathFromUser("f", "~/x"), "/home/me/x");
  unsetenv("HOME");
  EXPECT_THAT(std::string(PathFromUser("f", "~/x").status().message()),
              HasSubstr("--f=~/x: expected no ~, since HOME is not set"));
}

TEST(PathsTest, FollowBazelRun) {
  unsetenv("BUILD_WORKING_DIRECTORY");
  unsetenv("BUILD_WORKSPACE_DIRECTORY");
  EXPECT_EQ(*PathFromUser("f", "a/b"), "a/b");
  EXPECT_EQ(DefaultResultsFolder(), "results");
  setenv("BUILD_WORKING_DIRECTORY", "/home/me/local-sgd/lib", 1);
  setenv("BUILD_WORKSPACE_DIRECTORY", "/home/me/local-sgd", 1);
  EXPECT_EQ(*PathFromUser("f", "a/b"), "/home/me/local-sgd/lib/a/b");
  EXPECT_EQ(*PathFromUser("f", "../b"), "/home/me/local-sgd/b");
  EXPECT_EQ(*PathFromUser("f", "/tmp/x"), "/tmp/x");
  EXPECT_EQ(DefaultResultsFolder(), "/home/me/local-sgd/results");
}

TEST(FailTest, PrintsOneLine) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(Fail(absl::NotFoundError("no\nfile")), 1);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: no file\n");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(FailUsage(absl::InvalidArgumentError("x")), 2);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: x\n");
}

}  // namespace
}  // namespace local_sgd
