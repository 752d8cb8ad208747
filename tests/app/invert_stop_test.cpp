// invert while it runs: what it shows, and that nothing is lost when it is stopped or killed.
#include "core/base/image_io.h"
#include "tests/support/invert_run.h"
#include "tests/support/places.h"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <utility>

namespace panohead {
namespace {

using test::Invert;
using test::Json;
using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(Invert, StoppedItGoesOn) {
  bool sent = false;
  const ProcessResult stopped =
      invert({"--out", path("a.avatar"), "--set", "latent_steps=100000", "--json"},
             {.watch = [&](pid_t process, const std::string&) {
               if (!sent && std::filesystem::exists(scratch_ / "a.avatar.fit" / "fit.json")) {
                 sent = kill(process, SIGINT) == 0;
               }
             }});
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "a.avatar"));
  const ProcessResult anew = invert({"--out", path("a.avatar")});
  EXPECT_EQ(anew.exit_code, 2);
  EXPECT_THAT(anew.errors, HasSubstr("--resume"));
  writePng(scratch_ / "other.png", Image(256, 256, 3));
  const std::string photo = std::exchange(photo_, path("other.png"));
  const ProcessResult other = invert({"--out", path("a.avatar"), "--resume"});
  photo_ = photo;
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.errors, AllOf(HasSubstr("a.avatar.fit' cannot"), HasSubstr("of other photos")));
  const int done = static_cast<int>(count(lines(stopped.output), "step"));
  const ProcessResult on = invert(
      {"--out", path("a.avatar"), "--resume", "--json", "--set", "latent_steps=" + std::to_string(done + 2)});
  ASSERT_EQ(on.exit_code, 0) << on.errors;
  const std::vector<Json> news = lines(on.output);
  const auto first = std::ranges::find_if(news, [](const Json& line) { return line.at("event") == "step"; });
  EXPECT_EQ(first->at("step"), done + 1);
  EXPECT_TRUE(std::filesystem::exists(scratch_ / "a.avatar"));
}

/// On a terminal there is a bar, and what it says of the time left is of the stage that runs.
TEST_F(Invert, ABarShowsTheTimeLeft) {
  if (!std::filesystem::exists("/usr/bin/script")) {
    GTEST_SKIP() << "needs script, which lends programs a terminal";
  }
  using Clock = std::chrono::steady_clock;
  const auto screen = [this] {
    std::ifstream file(scratch_ / "screen");
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const std::regex told(R"(tuning 2[89]/40, (\d+):(\d+) left)");
  double left = -1, real = -1;
  Clock::time_point since;
  const std::string command = test::studioProgram() + " invert '" + photo_ +
                              "' --aligned --yaw 0 --preset quick --set start=mean --set latent_steps=24 "
                              "--set tuning_steps=16 --out '" +
                              path("a.avatar") + "'";
  const ProcessResult result = test::runProcess(
      {"/usr/bin/script", "-qefc", command, path("screen")}, {.watch = [&](pid_t, const std::string&) {
        const std::string text = screen();
        std::smatch found;
        if (left < 0 && std::regex_search(text, found, told)) {
          left = 60 * std::stod(found[1]) + std::stod(found[2]);
          since = Clock::now();
        }
        if (real < 0 && text.find("tuning 40/40") != std::string::npos) {
          real = std::chrono::duration<double>(Clock::now() - since).count();
        }
      }});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(screen(), HasSubstr("[###"));
  ASSERT_GE(left, 0) << screen();
  ASSERT_GT(real, 0) << screen();
  std::printf("a bar said that %.0f s were left, and it took %.1f s\n", left, real);
}

/// While the avatar is made nothing is lost: by Ctrl-C, or when the process is killed.
TEST_F(Invert, StoppedWhileTheAvatarIsMadeItGoesOn) {
  for (const int number : {SIGINT, SIGKILL}) {
    SCOPED_TRACE(number);
    const std::string out = path(number == SIGINT ? "stopped.avatar" : "killed.avatar");
    std::ofstream(scratch_ / "news").flush();
    bool sent = false;
    const ProcessResult ended =
        invert({"--out", out, "--json"},
               {.output_file = path("news"), .watch = [&](pid_t process, const std::string&) {
                  std::ifstream news(scratch_ / "news");
                  const std::string text{std::istreambuf_iterator<char>(news), {}};
                  if (!sent && text.find("importance of weights") != std::string::npos) {
                    sent = kill(process, number) == 0;
                  }
                }});
    ASSERT_EQ(ended.exit_code, number == SIGINT ? 130 : -SIGKILL) << ended.errors;
    EXPECT_FALSE(std::filesystem::exists(out));
    if (number == SIGINT) {
      std::ifstream told(scratch_ / "news");
      const std::string text{std::istreambuf_iterator<char>(told), {}};
      EXPECT_THAT(text, HasSubstr("step 5 is kept"));
    }
    const ProcessResult on = invert({"--out", out, "--json", "--resume"});
    ASSERT_EQ(on.exit_code, 0) << on.errors;
    const std::vector<Json> news = lines(on.output);
    EXPECT_EQ(count(news, "step"), 0) << "nothing is fitted again";
    EXPECT_EQ(news.back().at("measures").at("steps"), 5);
    EXPECT_TRUE(std::filesystem::exists(out));
    EXPECT_FALSE(std::filesystem::exists(out + ".fit"));
  }
}

}  // namespace
}  // namespace panohead
