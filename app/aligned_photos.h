#pragma once

#include "app/terminal.h"
#include "core/avatar/avatar.h"
#include "core/session/studio.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace panohead::app {

/// Where the aligned pictures of photos come from.
struct PhotoOptions {
  std::vector<std::filesystem::path> photos;
  std::filesystem::path labels{};        // dataset.json: photos that it names are aligned, with its cameras
  bool aligned = false;                  // all photos are aligned: --yaw and --pitch say from where
  std::optional<PhotoSquare> square{};   // by hand, of the only photo
  std::optional<double> yaw{}, pitch{};  // degrees, by hand, of the only photo
  std::vector<std::filesystem::path> masks{};  // one a photo, of aligned pictures: white = person
  std::filesystem::path mask_network{};        // ONNX matting network of the user's own; empty: ours
  int person = 1;                              // of several heads: the largest is 1
  bool force = false;                          // take heads that are too small, blurred or cut off, too
  void check() const;                          // throws OptionError
};

/// Square pictures with masks and cameras, ready to be fitted. Photos that are not aligned are aligned and
/// masked, in builds that can. @param notice is told what the user should know
/// Throws ImageError naming the photo and what to do; OptionError; DatasetError; Cancelled.
std::vector<AvatarPhoto> alignedPhotos(const PhotoOptions& options,
                                       const ModelInfo& model,
                                       JobContext& context,
                                       const std::function<void(const std::string&)>& notice);

}  // namespace panohead::app
