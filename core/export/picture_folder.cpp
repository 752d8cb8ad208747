#include "core/export/picture_folder.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace panohead {
namespace {

class PictureFolder final : public FrameSink {
 public:
  explicit PictureFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    if (std::filesystem::exists(folder_, error)) {
      throw SaveError(fmt::format("'{}' exists already", folder_.string()),
                      "remove it or choose another name");
    }
    do {
      temporary_ = temporaryNameFor(folder_);
    } while (!std::filesystem::create_directory(temporary_, error) && !error);
    throwIf(error);
  }

  ~PictureFolder() override {
    std::error_code ignored;
    std::filesystem::remove_all(temporary_, ignored);
  }

  void addFrame(const Image& image) override {
    writePng(temporary_ / fmt::format("frame_{:06}.png", count_++), image);
  }

  void finish() override {
    std::error_code error;
    std::filesystem::rename(temporary_, folder_, error);
    throwIf(error);
  }

 private:
  void throwIf(const std::error_code& error) const {
    if (error) {
      throw SaveError(fmt::format("cannot write the folder '{}': {}", folder_.string(), error.message()),
                      "choose a place that exists and that you may write to");
    }
  }

  std::filesystem::path folder_;
  std::filesystem::path temporary_;
  int count_ = 0;
};

}  // namespace

std::unique_ptr<FrameSink> openPictureFolder(const std::filesystem::path& folder) {
  return std::make_unique<PictureFolder>(folder);
}

}  // namespace panohead
