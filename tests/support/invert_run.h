#pragma once

#include "tests/support/studio_process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace panohead::test {

using Json = nlohmann::json;

/// Few steps: these tests look at files and lines, not at likeness.
inline const std::vector<std::string> kShort{"--aligned",
                                             "--yaw",
                                             "0",
                                             "--preset",
                                             "quick",
                                             "--set",
                                             "latent_steps=3",
                                             "--set",
                                             "tuning_steps=2",
                                             "--set",
                                             "start=mean"};

class Invert : public testing::Test {
 protected:
  Invert() {
    studio({"render", "--seeds", "3", "--yaw", "0", "--psi", "0.5", "--quiet", "--out", path("pictures")});
    photo_ = path("pictures/seed0003_yaw+000_pitch+00.png");
  }

  std::string path(const std::string& name) const { return (scratch_ / name).string(); }

  ProcessResult invert(std::vector<std::string> arguments, const ProcessOptions& options = {}) const {
    arguments.insert(arguments.begin(), {"invert", photo_});
    arguments.insert(arguments.begin() + 2, kShort.begin(), kShort.end());
    return studio(arguments, options);
  }

  static std::vector<Json> lines(const std::string& text) {
    std::vector<Json> found;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      found.push_back(Json::parse(line));
    }
    return found;
  }
  static int count(const std::vector<Json>& lines, const std::string& event) {
    return static_cast<int>(
        std::ranges::count_if(lines, [&](const Json& line) { return line.at("event") == event; }));
  }

  ScratchFolder scratch_;
  std::string photo_;
};

}  // namespace panohead::test
