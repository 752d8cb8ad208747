#include "core/export/picture_folder.h"

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/base/image_io.h"
#include "core/base/json_text.h"
#include "core/base/regular_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>

#include <chrono>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

namespace panohead {
namespace {

constexpr const char* kSettings = "film.json";

std::vector<std::string> linesOf(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// "psi: 0.7, now psi: 1": the first line in which they differ.
std::string difference(const std::string& before, const std::string& now) {
  const std::vector<std::string> a = linesOf(before), b = linesOf(now);
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "nothing", right = i < b.size() ? b[i] : "nothing";
    if (left != right) {
      return fmt::format("it was made with '{}', now it is '{}'", left, right);
    }
  }
  return {};
}

class GrowingFolder final : public FrameSink {
 public:
  GrowingFolder(std::filesystem::path folder, const std::string& settings)
      : folder_(std::move(folder)), part_(partName(folder_)) {
    std::error_code error;
    if (std::filesystem::exists(folder_, error)) {
      throw SaveError(fmt::format("'{}' exists already", folder_.string()),
                      "remove it or choose another name");
    }
    const bool is_new = std::filesystem::create_directory(part_, error);
    throwIf(error);
    if (!is_new) {
      lock();
      compare(settings);
      while (std::filesystem::exists(picture(count_), error)) {
        ++count_;
      }
    } else {
      try {
        writeText(part_ / kSettings, nlohmann::ordered_json{{"settings", linesOf(settings)}}.dump(1) + "\n");
      } catch (...) {  // a folder that does not say what it is would be in the way of later attempts
        std::filesystem::remove_all(part_, error);
        throw;
      }
      lock();
    }
  }

  ~GrowingFolder() override {
    std::error_code ignored;
    if (count_ == 0) {
      std::filesystem::remove_all(part_, ignored);
    }
  }

  int frames() const noexcept { return count_; }

  void addFrame(Image image) override {
    const auto begin = std::chrono::steady_clock::now();
    writePng(picture(count_), image);
    ++count_;
    times_.encoding += secondsSince(begin);
  }

  void finish() override {
    std::error_code error;
    std::filesystem::rename(part_, folder_, error);  // first: what cannot get its name can be gone on with
    throwIf(error);
    std::filesystem::remove(folder_ / kSettings, error);
  }

  std::filesystem::path keepPart() override { return part_; }
  int kept() const override { return count_; }
  EncodingTimes times() const override { return times_; }

 private:
  std::filesystem::path picture(int index) const { return part_ / fmt::format("frame_{:06}.png", index); }

  /// Held as long as this lives.
  void lock() {
    lock_.emplace(part_ / kSettings);
    if (lock_->get() >= 0 && flock(lock_->get(), LOCK_EX | LOCK_NB) != 0) {
      throw SaveError(fmt::format("'{}' is being written by another program", part_.string()),
                      "wait for it, or choose another name");
    }
  }

  void compare(const std::string& settings) const {
    const nlohmann::json json = parseJsonQuietly(readTextFile(part_ / kSettings, 1'000'000).text);
    std::string before, why = "it does not say with which settings it was made";
    if (json.is_object() && json.contains("settings") && json["settings"].is_array()) {
      for (const auto& line : json["settings"]) {
        before += line.is_string() ? line.get<std::string>() + "\n" : "";
      }
      why = settings.empty() ? "it belongs to another film" : difference(before, settings);
    }
    if (!why.empty()) {
      throw SaveError(
          fmt::format("an unfinished film lies in '{}': {}", part_.string(), why),
          "remove that folder, choose another name, or go on with the settings that it was made with");
    }
  }

  void throwIf(const std::error_code& error) const {
    if (error) {
      throw SaveError(fmt::format("cannot write the folder '{}': {}", folder_.string(), error.message()),
                      "choose a place that exists and that you may write to");
    }
  }

  std::filesystem::path folder_, part_;
  std::optional<FileDescriptor> lock_;
  int count_ = 0;
  EncodingTimes times_;
};

}  // namespace

PictureFolder openPictureFolder(const std::filesystem::path& folder, const std::string& settings) {
  auto made = std::make_unique<GrowingFolder>(folder, settings);
  const int frames = made->frames();
  return {std::move(made), frames};
}

}  // namespace panohead
