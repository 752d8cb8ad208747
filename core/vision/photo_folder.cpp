#include "core/vision/photo_folder.h"

#include "core/base/append_file.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "core/base/printable_text.h"
#include "core/dataset/dataset_labels.h"
#include "core/dataset/parallel_for.h"
#include "core/vision/folder_journal.h"
#include "core/vision/network_pool.h"
#include "core/vision/person_mask.h"
#include "core/vision/photo_crop.h"
#include "core/vision/photo_io.h"

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

namespace panohead {
namespace {

namespace fs = std::filesystem;

constexpr int kThumbnail = 160;  // pixels

const char* wordFor(FoundBy found_by) {
  switch (found_by) {
    case FoundBy::Face:
      return "face";
    case FoundBy::FaceAndTurn:
      return "face and turn";
    case FoundBy::Square:
      return "square";
    case FoundBy::PersonOutline:
      return "outline";
    case FoundBy::Nothing:
      break;
  }
  return "nothing";
}

bool mayBePhoto(const fs::path& path) {
  static const std::set<std::string> known{".jpg",
                                           ".jpeg",
                                           ".jpe",
                                           ".jfif",
                                           ".png",
                                           ".webp",
                                           ".heic",
                                           ".heif",
                                           ".avif",
                                           ".gif",
                                           ".bmp",
                                           ".tif",
                                           ".tiff"};
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return known.contains(extension);
}

/// Sorted, relative, with '/'; without hidden ones and without the set itself.
std::vector<std::string> photosIn(const PhotoFolderOptions& options) {
  std::error_code error;
  if (!fs::is_directory(options.photos, error)) {
    throw OptionError(fmt::format("'{}' is no folder of photos", options.photos.string()), "name a folder");
  }
  const fs::path out = fs::weakly_canonical(options.out, error);
  if (out == fs::weakly_canonical(options.photos, error)) {
    throw OptionError(fmt::format("'{}' is the folder of the photos itself", options.out.string()),
                      "choose another folder for the set");
  }
  for (const char* const part : {"img", "seg"}) {  // what has no label is removed there
    const fs::path made = out / part;
    const fs::path photos = fs::weakly_canonical(options.photos, error);
    if (std::mismatch(made.begin(), made.end(), photos.begin(), photos.end()).first == made.end()) {
      throw OptionError(
          fmt::format("the photos in '{}' are a part of the set itself", options.photos.string()),
          "choose another folder for the set");
    }
  }
  std::vector<std::string> names;
  fs::recursive_directory_iterator entry(
      options.photos, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (hidden || fs::weakly_canonical(entry->path(), ignored) == out) {
        entry.disable_recursion_pending();
      }
    } else if (!hidden && entry->is_regular_file(ignored) && mayBePhoto(entry->path())) {
      names.push_back(entry->path().lexically_relative(options.photos).generic_string());
    }
  }
  if (error) {  // a set of a part of the photos would look whole
    throw OptionError(fmt::format("the folder '{}' cannot be read to its end", options.photos.string()),
                      "see that it and what is below it can be read",
                      error.message());
  }
  std::ranges::sort(names);
  if (names.empty()) {
    throw OptionError(fmt::format("there are no photos in '{}'", options.photos.string()),
                      "JPEG, PNG, WebP and HEIC files are looked for, also in the folders below");
  }
  return names;
}

void writeFile(const fs::path& path, std::span<const std::byte> bytes) {
  makeFolder(path.parent_path());
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

/// One photo of a folder becomes pictures, masks and thumbnails.
class PhotoAligner {
 public:
  PhotoAligner(const PhotoFolderOptions& options, VisionNetworks& networks, JobContext& context)
      : options_(options), networks_(networks), context_(context) {}

  /// Pictures are called by the whole name of their photo: "anna.jpg.png", of further heads "anna.jpg_2.png".
  /// Without the extension "anna_2.png" would be of anna_2.jpg, too.
  FolderPhoto align(const std::string& name) {
    const auto start = std::chrono::steady_clock::now();
    FolderPhoto result;
    result.name = name;
    const fs::path path = options_.photos / name;
    std::error_code ignored;
    result.bytes = fs::file_size(path, ignored);
    const auto failed = [&](const Error& error) {
      result.error = fmt::format("{} ({})", error.what(), error.hint());
    };
    try {
      if (!isUtf8(name)) {  // dataset.json could not name its pictures
        throw ImageError("its name is not valid text (UTF-8)",
                         "rename the file, and the folder that it lies in");
      }
      const Photo photo = readPhoto(path, {}, context_);
      result.notices = photo.notices;
      for (const FoundHead& head : headsOf(photo.image)) {
        const std::size_t number = result.heads.size() + 1;
        const std::string suffix = number == 1 ? "" : fmt::format("_{}", number);
        result.heads.push_back(
            save(photo.image, head, name + suffix + ".png", "report/" + name + suffix + ".jpg"));
      }
    } catch (const ImageError& error) {
      failed(error);
    } catch (const OptionError& error) {  // a square that cannot be cut
      failed(error);
    } catch (const cv::Exception& error) {  // one photo must not end the work on all
      result.error = fmt::format("it cannot be worked on ({})", error.what());
    }
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    result.milliseconds = time.count();
    return result;
  }

 private:
  std::vector<FoundHead> headsOf(const Image& photo) {
    AlignmentOptions alignment = options_.alignment;
    if (!options_.all_heads) {
      alignment.most_heads = 1;
    }
    return alignPhoto(networks_, photo, alignment, context_);
  }

  bool taken(const FoundHead& head) const {
    return std::ranges::all_of(head.rejections, [&](const Rejection& rejection) {
      return options_.without_face && rejection.defect == PhotoDefect::NoFace;
    });
  }

  FolderHead save(const Image& photo,
                  const FoundHead& found,
                  const std::string& picture,
                  const std::string& thumbnail) {
    FolderHead head;
    head.pose = found.pose;
    head.found_by = wordFor(found.found_by);
    head.sharpness = found.sharpness;
    head.outside = found.outside;
    head.rejections = found.rejections;
    head.warnings = found.warnings;
    head.thumbnail = thumbnail;
    context_.checkpoint();
    const Image crop = cropSquare(photo, found.pose.square, options_.size);
    writeFile(options_.out / thumbnail, encodeJpeg(areaDownsampled(crop, thumbSide(), thumbSide()), 85));
    if (!taken(found)) {
      return head;
    }
    if (options_.masks) {
      const PersonMask mask = makePersonMask(networks_, crop, options_.mask, context_);
      head.mask_coverage = mask.coverage;
      head.warnings.insert(head.warnings.end(), mask.notices.begin(), mask.notices.end());
      writeFile(options_.out / "seg" / picture, encodePng(mask.alpha));
    }
    writeFile(options_.out / "img" / picture, encodePng(crop));
    head.picture = picture;
    return head;
  }

  int thumbSide() const { return std::min(kThumbnail, options_.size); }

  const PhotoFolderOptions& options_;
  VisionNetworks& networks_;
  JobContext& context_;
};

/// Removes the pictures without a label: of a photo that is gone, has fewer heads now, or whose work was
/// stopped. One of them would make the whole set unusable.
void removeOrphans(const fs::path& folder, const std::set<std::string>& labelled) {
  std::error_code error;
  std::vector<fs::path> orphans;
  fs::recursive_directory_iterator entry(folder, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".png" && !labelled.contains(path.lexically_relative(folder).generic_string())) {
      orphans.push_back(path);
    }
  }
  for (const fs::path& path : orphans) {
    fs::remove(path, error);
  }
}

/// Whether all pictures of a finished photo are where they were written.
bool isThere(const PhotoFolderOptions& options, const FolderPhoto& photo) {
  return std::ranges::all_of(photo.heads, [&](const FolderHead& head) {
    std::error_code ignored;
    return head.picture.empty() ||
           (fs::exists(options.out / "img" / head.picture, ignored) &&
            (!options.masks || fs::exists(options.out / "seg" / head.picture, ignored)));
  });
}

/// dataset.json and the report page of what is finished; no other pictures stay.
void writeSummary(const PhotoFolderOptions& options, PhotoFolderResult& result) {
  std::ranges::sort(result.photos, {}, &FolderPhoto::name);
  std::vector<LabelRow> rows;
  std::set<std::string> labelled;
  for (const FolderPhoto& photo : result.photos) {
    for (const FolderHead& head : photo.heads) {
      if (!head.picture.empty()) {
        rows.push_back({head.picture, alignedCamera(head.pose), {}});
        labelled.insert(head.picture);
      }
    }
  }
  result.pictures = static_cast<int>(rows.size());
  removeOrphans(options.out / "img", labelled);
  removeOrphans(options.out / "seg", labelled);
  const std::string labels = writeLabels(rows);
  writeFile(options.out / "img" / "dataset.json", std::as_bytes(std::span(labels)));
  const std::string page = folderReportPage(result.photos, options);
  result.report = options.out / "report.html";
  writeFile(result.report, std::as_bytes(std::span(page)));
}

}  // namespace

void PhotoFolderOptions::check() const {
  alignment.check();
  mask.check();
  if (size < 64 || size > 1024) {
    throw OptionError(fmt::format("pictures of {} pixels are not between 64 and 1024", size),
                      "models are trained on 128, 256 or 512");
  }
}

PhotoFolderResult alignPhotoFolder(const PhotoFolderOptions& options,
                                   JobContext& context,
                                   const std::function<void(const FolderPhoto&)>& heard) {
  options.check();
  const std::vector<std::string> names = photosIn(options);
  const fs::path journal_path = options.out / "align.jsonl";
  std::error_code unknown;
  const bool begun = fs::exists(options.out / "img", unknown) || fs::exists(options.out / "seg", unknown);
  if (!begun) {  // an earlier run made nothing, perhaps for a wrong option: it shall not bind this one
    fs::remove(journal_path, unknown);
  }
  PhotoFolderResult result;
  std::map<std::string, FolderPhoto> finished;
  for (FolderPhoto& photo : readJournal(journal_path, options)) {
    finished.insert_or_assign(photo.name, std::move(photo));
  }
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::error_code ignored;
    const auto before = finished.find(names[i]);
    if (before != finished.end() && isThere(options, before->second) &&
        before->second.bytes == fs::file_size(options.photos / names[i], ignored)) {
      result.photos.push_back(before->second);
    } else {
      left.push_back(i);
    }
  }
  result.resumed = static_cast<int>(result.photos.size());

  makeFolder(options.out);
  // Empty: killed before its first line was whole.
  const bool fresh = !fs::exists(journal_path) || fs::file_size(journal_path) == 0;
  if (fresh && begun) {
    throw OptionError(fmt::format("'{}' holds other pictures or masks already", options.out.string()),
                      "choose another folder for the set");
  }
  AppendFile journal(journal_path);
  if (fresh) {
    journal.append(journalHeader(options) + "\n");
  }
  NetworkPool pool;
  std::mutex mutex;
  const auto alignOne = [&](std::size_t i) {
    StopContext stops(context.stopToken());
    const PooledNetworks networks(pool);
    FolderPhoto photo = PhotoAligner(options, *networks, stops).align(names[left[i]]);
    const std::lock_guard lock(mutex);
    journal.append(photo.toJson() + "\n");
    if (heard) {
      heard(photo);
    }
    result.photos.push_back(std::move(photo));
  };
  try {
    parallelFor(left.size(), options.threads, "aligning photos", context, alignOne);
  } catch (const Cancelled&) {
    writeSummary(options, result);
    throw;
  }
  writeSummary(options, result);
  return result;
}

}  // namespace panohead
