#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// A sheet of pictures in a run folder: reals.png, segs.png, or fakes<kimg>[.<rest>][_raw|_depth|_mask].png,
/// where the rest are three digits: of 12345 pictures "fakes000012.345.png", when that is not the first of
/// its kimg.
struct RunSheet {
  std::string kind;  // "reals", "segs", "fakes", "raw", "depth", "mask"
  double kimg = 0;
  std::filesystem::path path;
  bool operator==(const RunSheet&) const = default;
};

/// Networks of a run folder, to draw with.
struct RunNetwork {
  std::int64_t kimg = 0;
  std::filesystem::path path;
  bool operator==(const RunNetwork&) const = default;
};

/// What a run wrote so far, by kind and thousands of pictures. Half-written files have other names.
struct RunFiles {
  std::vector<RunSheet> sheets;
  std::vector<RunNetwork> networks;
  bool operator==(const RunFiles&) const = default;
};

/// Empty when the folder cannot be read.
RunFiles listRunFiles(const std::filesystem::path& folder);

/// The names between a program that starts runs and the run folder, beside those of training.md: the
/// process, its JSON lines, what it says besides, and its exit code.
inline constexpr const char* kPanelPid = "panel.pid";
inline constexpr const char* kPanelNews = "panel.jsonl";
inline constexpr const char* kPanelErrors = "panel.log";
inline constexpr const char* kPanelExit = "panel.exit";

}  // namespace panohead
