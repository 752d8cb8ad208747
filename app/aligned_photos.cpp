#include "app/aligned_photos.h"

#include "core/base/camera.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/regular_file.h"
#include "core/dataset/dataset_labels.h"
#include "core/inversion/fit_options.h"
#ifdef PANOHEAD_HAVE_VISION
#include "core/vision/person_mask.h"
#include "core/vision/photo_alignment.h"
#include "core/vision/photo_crop.h"
#include "core/vision/photo_io.h"
#endif

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <span>

namespace panohead::app {
namespace {

using Notice = std::function<void(const std::string&)>;

/// Cameras of a dataset.json by the names of its pictures, which may have folders in front.
using Labels = std::map<std::string, CameraLabel>;

Labels labelsOf(const std::filesystem::path& path) {
  const TextFile file = readGivenText(path, kMaxLabelBytes);
  if (!file.isRead()) {
    throw DatasetError(fmt::format("'{}' cannot be read: {}", path.string(), file.fault),
                       "name the dataset.json of the pictures");
  }
  Labels labels;
  for (const LabelRow& row : parseLabels(std::as_bytes(std::span(file.text)), path.string())) {
    if (row.problem.empty()) {
      labels[std::filesystem::path(row.name).generic_string()] = row.label;
    }
  }
  return labels;
}

/// The one whose name a path to the photo ends in; null: none.
const CameraLabel* findLabel(const Labels& labels,
                             const std::string& path,
                             const std::filesystem::path& photo,
                             const std::filesystem::path& file) {
  const CameraLabel* found = nullptr;
  for (const auto& [name, label] : labels) {
    if (path.ends_with("/" + name)) {
      if (found != nullptr) {
        throw OptionError(fmt::format("'{}' has several cameras for '{}'", file.string(), photo.string()),
                          "give pictures names of their own");
      }
      found = &label;
    }
  }
  return found;
}

/// The one whose name the photo's path ends in: as it was typed, or in full, for a photo that was named from
/// inside its folder.
const CameraLabel& labelOf(const Labels& labels,
                           const std::filesystem::path& photo,
                           const std::filesystem::path& file) {
  const CameraLabel* found = findLabel(labels, "/" + photo.generic_string(), photo, file);
  if (found == nullptr) {
    const std::filesystem::path full = std::filesystem::absolute(photo).lexically_normal();
    found = findLabel(labels, full.generic_string(), photo, file);
  }
  if (found == nullptr) {
    throw OptionError(fmt::format("'{}' names no picture '{}'", file.string(), photo.string()),
                      "leave --labels out to align it, or add its camera");
  }
  return *found;
}

/// A picture that is aligned already.
AvatarPhoto readAligned(const std::filesystem::path& path, const CameraLabel& camera) {
  AvatarPhoto photo;
  photo.name = path.filename().string();
  const Image image = readImage(path);
  if (image.width != image.height) {
    throw ImageError(fmt::format("'{}' is {} x {} pixels, and an aligned picture is square",
                                 path.string(),
                                 image.width,
                                 image.height),
                     "align it first, or give --square");
  }
  if (image.channels == 4) {  // transparency is a mask
    photo.mask = Image(image.width, image.height, 1);
    for (std::size_t i = 0; i < photo.mask.pixels.size(); ++i) {
      photo.mask.pixels[i] = image.pixels[4 * i + 3];
    }
  }
  photo.aligned = withChannels(image, 3);
  photo.camera = camera;
  return photo;
}

void readMask(const std::filesystem::path& path, AvatarPhoto& photo) {
  const Image mask = readImage(path);
  if (mask.width != mask.height) {
    throw ImageError(fmt::format("the mask '{}' is not square", path.string()),
                     "give the mask of the aligned picture: white is the person");
  }
  photo.mask = resized(withChannels(mask, 1), photo.aligned.width, photo.aligned.height);
}

#ifdef PANOHEAD_HAVE_VISION

/// Finds heads in photos and cuts them out.
class Aligner {
 public:
  Aligner(const PhotoOptions& options, const ModelInfo& model, JobContext& context, const Notice& notice)
      : options_(options), model_(model), context_(context), notice_(notice) {}

  AvatarPhoto align(const std::filesystem::path& path) {
    const Photo read = readPhoto(path, {}, context_);
    for (const std::string& line : read.notices) {
      notice_(fmt::format("{}: {}", path.string(), line));
    }
    const HeadPose pose = poseIn(read, path);
    AvatarPhoto photo;
    photo.name = path.filename().string();
    const double scale = read.scale > 0 ? read.scale : 1;
    photo.square = {
        pose.square.x / scale, pose.square.y / scale, pose.square.side / scale, pose.square.roll_degrees};
    photo.camera = alignedCamera(pose, model_.pose_offset_pitch);
    photo.aligned = cropSquare(read.image, pose.square, std::max(256, model_.image_resolution));
    if (options_.masks.empty()) {
      PersonMask mask =
          makePersonMask(networks_, photo.aligned, {.network = options_.mask_network}, context_);
      for (const std::string& line : mask.notices) {
        notice_(fmt::format("{}: {}", path.string(), line));
      }
      photo.mask = std::move(mask.alpha);
    }
    notice_(fmt::format("{}: yaw {:.1f}, pitch {:.1f}, square of {:.0f} pixels",
                        path.string(),
                        pose.yaw,
                        pose.pitch,
                        photo.square.side));
    return photo;
  }

 private:
  HeadPose poseIn(const Photo& read, const std::filesystem::path& path) {
    const auto byHand = [&](HeadPose pose) {
      pose.yaw = options_.yaw.value_or(pose.yaw);
      pose.pitch = options_.pitch.value_or(pose.pitch);
      return pose;
    };
    if (options_.square) {
      const PhotoSquare& given = *options_.square;
      const AlignedSquare square{given.centre_x * read.scale,
                                 given.centre_y * read.scale,
                                 given.side * read.scale,
                                 given.roll_degrees};
      if (options_.yaw && options_.pitch) {
        return byHand({.square = square});
      }
      HeadPose pose = alignInSquare(networks_, read.image, square, {}, context_).pose;
      pose.square = square;
      return byHand(pose);
    }
    const std::vector<FoundHead> heads = alignPhoto(networks_, read.image, {}, context_);
    const auto index = static_cast<std::size_t>(options_.person - 1);
    if (index >= heads.size()) {
      throw ImageError(fmt::format("'{}' shows {} head{}, and --person is {}",
                                   path.string(),
                                   heads.size(),
                                   heads.size() == 1 ? "" : "s",
                                   options_.person),
                       "choose a smaller number; the largest head is 1");
    }
    const FoundHead& head = heads[index];
    for (const Rejection& rejection : head.rejections) {
      const bool nobody = rejection.defect == PhotoDefect::NoFace || rejection.defect == PhotoDefect::NoHead;
      if (nobody || !options_.force) {
        throw ImageError(
            fmt::format(
                "'{}' cannot be fitted, {}: {}", path.string(), titleOf(rejection.defect), rejection.reason),
            nobody ? rejection.remedy + "; or say where the head is: --square x,y,side --yaw --pitch"
                   : rejection.remedy + "; or take it all the same with --force");
      }
      notice_(fmt::format("{}: {}: {}", path.string(), titleOf(rejection.defect), rejection.reason));
    }
    for (const std::string& line : head.warnings) {
      notice_(fmt::format("{}: {}", path.string(), line));
    }
    if (heads.size() > 1) {
      notice_(fmt::format("{}: {} heads, number {} is taken; --person chooses another",
                          path.string(),
                          heads.size(),
                          options_.person));
    }
    return byHand(head.pose);
  }

  const PhotoOptions& options_;
  const ModelInfo& model_;
  JobContext& context_;
  const Notice& notice_;
  VisionNetworks networks_;
};

#else

class Aligner {
 public:
  Aligner(const PhotoOptions&, const ModelInfo&, JobContext&, const Notice&) {}
  AvatarPhoto align(const std::filesystem::path& path) {
    throw OptionError(
        fmt::format("'{}' is not aligned, and this build finds no heads in photos", path.string()),
        "give aligned pictures with --labels dataset.json or with --aligned --yaw --pitch");
  }
};

#endif

}  // namespace

void PhotoOptions::check() const {
  const bool by_hand = square || yaw || pitch;
  if (photos.size() != 1 && by_hand) {
    throw OptionError("--square, --yaw and --pitch say where the head of one photo is, and there are several",
                      "align the photos first, or give their cameras with --labels");
  }
  if (!labels.empty() && (square || yaw || pitch)) {
    throw OptionError("--labels says where the cameras are: --square, --yaw and --pitch say so, too",
                      "leave one of them out");
  }
  if (aligned && square) {
    throw OptionError("--aligned and --square exclude each other", "leave one of them out");
  }
  if (!mask_network.empty() && (!masks.empty() || !labels.empty() || aligned)) {
    throw OptionError("--mask-network makes masks of photos that are aligned here",
                      "leave it out, or leave out --mask, --labels and --aligned");
  }
  if (!masks.empty() && masks.size() != photos.size()) {
    throw OptionError(fmt::format("{} masks do not fit {} photos", masks.size(), photos.size()),
                      "give --mask once for each photo, in the same order");
  }
}

std::vector<AvatarPhoto> alignedPhotos(const PhotoOptions& options,
                                       const ModelInfo& model,
                                       JobContext& context,
                                       const std::function<void(const std::string&)>& notice) {
  options.check();
  const Labels labels = options.labels.empty() ? Labels() : labelsOf(options.labels);
  Aligner aligner(options, model, context, notice);
  std::vector<AvatarPhoto> photos;
  for (const std::filesystem::path& path : options.photos) {
    context.checkpoint();
    context.report({"aligning",
                    static_cast<std::int64_t>(photos.size()),
                    static_cast<std::int64_t>(options.photos.size()),
                    {}});
    if (!options.labels.empty()) {
      photos.push_back(readAligned(path, labelOf(labels, path, options.labels)));
    } else if (options.aligned) {
      photos.push_back(readAligned(
          path,
          orbitLabel({.yaw_degrees = options.yaw.value_or(0), .pitch_degrees = options.pitch.value_or(0)})));
    } else {
      photos.push_back(aligner.align(path));
    }
    if (!options.masks.empty()) {
      readMask(options.masks[photos.size() - 1], photos.back());
    } else if (Image& mask = photos.back().mask; !mask.empty() && meanLevel(mask) < kLeastPerson) {
      mask = {};
      notice(fmt::format("{}: nobody was outlined, so the whole picture is compared; --mask gives a mask",
                         path.string()));
    }
  }
  return photos;
}

}  // namespace panohead::app
