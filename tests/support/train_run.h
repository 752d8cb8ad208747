#pragma once

#include "tests/support/dataset_files.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace panohead::test {

using Means = std::map<std::string, double>;

/// Losses and scores of every line of stats.jsonl.
inline std::vector<Means> lossesOf(const std::filesystem::path& run) {
  std::ifstream stream(run / "stats.jsonl");
  std::vector<Means> lines;
  for (std::string line; std::getline(stream, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded()) {
      break;  // being written
    }
    Means means;
    for (const auto& [name, moments] : json.items()) {
      if (name.starts_with("Loss/")) {
        means[name] = moments.at("mean").is_null() ? NAN : moments.at("mean").get<double>();
      }
    }
    lines.push_back(std::move(means));
  }
  return lines;
}

/// Losses of a run on some ranks against those of one rank with the whole batch. The first step's differ by
/// rounding alone; Adam's first move is the sign of the gradient, which rounding turns where the gradient is
/// all but zero.
inline void expectLossesOfOneRank(const std::vector<Means>& actual,
                                  const std::vector<Means>& expected,
                                  const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (const auto& [name, value] : expected[i]) {
      ASSERT_TRUE(actual[i].contains(name)) << name;
      const double allowed = (i == 0 ? 1e-5 : 1e-3) * std::max(1.0, std::abs(value));
      EXPECT_NEAR(actual[i].at(name), value, allowed) << name << " of step " << i << ", " << what;
    }
  }
}

/// A data set of eight pictures of 128 px and the smallest networks; every batch is a tick.
class TrainRun : public ::testing::Test {
 protected:
  std::vector<std::string> command(const std::filesystem::path& out,
                                   int batch,
                                   int steps,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"train",
                                 "--preset",
                                 "smoke",
                                 "--data",
                                 files_.data,
                                 "--masks",
                                 files_.masks,
                                 "--out",
                                 out,
                                 "--batch",
                                 text(batch),
                                 "--mbstd-group",
                                 batch > 1 ? "2" : "1",
                                 "--kimg",
                                 text(batch * steps / 1e3),
                                 "--tick",
                                 text(batch / 1e3),
                                 "--snap",
                                 "1000",
                                 "--cbase",
                                 "256",
                                 "--cmax",
                                 "8",
                                 "--z-dim",
                                 "32",
                                 "--w-dim",
                                 "32",
                                 "--d-cbase",
                                 "256",
                                 "--d-cmax",
                                 "8",
                                 "--depth-resolution",
                                 "4",
                                 "--depth-resolution-importance",
                                 "4",
                                 "--neural-rendering-resolution-initial",
                                 "16",
                                 "--d-map-depth",
                                 "1",
                                 "--style-mixing-prob",
                                 "0.5",
                                 "--threads",
                                 "1",
                                 "--d-reg-interval",
                                 "4"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::string text(int value) { return std::to_string(value); }
  static std::string text(double value) { return std::to_string(value); }

  DatasetFiles files_{8, 128};
  test::ScratchFolder scratch_;
};

}  // namespace panohead::test
