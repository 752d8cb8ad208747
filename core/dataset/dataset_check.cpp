#include "core/dataset/dataset_check.h"

#include "core/base/error.h"
#include "core/base/image_header.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/webp_image.h"
#include "core/dataset/camera_check.h"
#include "core/dataset/dataset_index.h"
#include "core/dataset/dataset_selection.h"
#include "core/dataset/parallel_for.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <tuple>

namespace panohead {
namespace {

using Kind = DatasetProblemKind;

constexpr double kEmptyCoverage = 0.005;
constexpr double kFullCoverage = 0.995;

/// What decoding one picture and its mask showed. Sizes are of the headers; 0 where there is none.
struct Finding {
  int width = 0, height = 0;
  int mask_width = 0, mask_height = 0;
  double coverage = -1;  // unknown
  std::vector<DatasetProblem> problems;
};

/// An empty picture when it cannot be decoded; then there is a problem more.
Image decodeChecked(const FileSource& source, std::size_t number, int& width, int& height, Finding& finding) {
  const std::string name = source.names()[number];
  const auto report = [&](Kind kind, const std::string& why) {
    finding.problems.push_back({kind, name, why});
  };
  try {
    const std::vector<std::byte> bytes = source.readPicture(number);
    const std::optional<ImageHeader> header = readImageHeader(bytes);
    if (!header) {
      report(Kind::kUnreadable, bytes.empty() ? "it is empty" : "it is no PNG, JPEG or WebP");
      return {};
    }
    width = header->width;
    height = header->height;
    if (header->format == ImageFormat::kWebp && !canDecodeWebp()) {
      report(Kind::kUnreadable, "it is WebP, and this build reads PNG and JPEG only");
      return {};
    }
    Image image = decodeImage(bytes, name);
    if (header->format == ImageFormat::kPng && hasWrongPngChecksum(bytes)) {
      report(Kind::kDamaged, "a checksum inside is wrong");
    }
    return image;
  } catch (const ImageError& error) {
    report(Kind::kDamaged, error.what());
  } catch (const ArchiveError& error) {
    report(Kind::kDamaged, error.what());
  }
  return {};
}

void checkMask(const Image& mask, const std::string& name, Finding& finding) {
  const Image grey = withChannels(mask, 1);
  std::uint64_t sum = 0;
  std::uint8_t most = 0;
  for (const std::uint8_t value : grey.pixels) {
    sum += value;
    most = std::max(most, value);
  }
  finding.coverage = static_cast<double>(sum) / 255 / static_cast<double>(grey.pixels.size());
  if (most == 1) {
    finding.problems.push_back({Kind::kEmptyMask, name, "its values are 0 and 1: person must be 255"});
  } else if (finding.coverage < kEmptyCoverage) {
    finding.problems.push_back(
        {Kind::kEmptyMask, name, fmt::format("{:.2f} % person", 100 * finding.coverage)});
  } else if (finding.coverage > kFullCoverage) {
    finding.problems.push_back(
        {Kind::kFullMask, name, fmt::format("{:.2f} % person", 100 * finding.coverage)});
  }
}

Finding inspect(const DatasetIndex& index, const IndexedPicture& picture) {
  Finding finding;
  decodeChecked(*index.picture_source, picture.picture, finding.width, finding.height, finding);
  if (picture.mask) {
    const Image mask =
        decodeChecked(*index.mask_source, *picture.mask, finding.mask_width, finding.mask_height, finding);
    if (!mask.empty()) {
      checkMask(mask, index.mask_source->names()[*picture.mask], finding);
    }
  }
  return finding;
}

class Checker {
 public:
  Checker(const DatasetCheckOptions& options, JobContext& context)
      : index_(openDatasetIndex(options.data, options.masks, context)), findings_(index_.pictures.size()) {
    report_.options = options;
    parallelFor(findings_.size(), options.threads, "checking pictures", context, [&](std::size_t i) {
      findings_[i] = inspect(index_, index_.pictures[i]);
    });
  }

  DatasetReport run() {
    report_.pictures = static_cast<std::int64_t>(index_.pictures.size());
    checkListing();
    checkCameras();
    checkSizes();
    collectMasks();
    for (Finding& finding : findings_) {
      std::move(finding.problems.begin(), finding.problems.end(), std::back_inserter(report_.problems));
    }
    std::stable_sort(report_.problems.begin(), report_.problems.end(), [](const auto& a, const auto& b) {
      return std::tie(a.kind, a.file) < std::tie(b.kind, b.file);
    });
    addNotes();
    return std::move(report_);
  }

 private:
  void add(Kind kind, const std::string& file, const std::string& detail = {}) {
    report_.problems.push_back({kind, file, detail});
  }

  void addAll(Kind kind, const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      add(kind, file);
    }
  }

  void checkListing() {
    addAll(Kind::kLabelWithoutPicture, index_.labels_without_picture);
    addAll(Kind::kMaskWithoutPicture, index_.masks_without_picture);
    addAll(Kind::kEqualStems, index_.equal_stems);
    addAll(Kind::kRepeatedLabel, index_.repeated_labels);
    addAll(Kind::kConflictingLabels, index_.conflicting_labels);
    std::set<std::string> persons;
    for (const IndexedPicture& picture : index_.pictures) {
      if (!picture.label) {
        add(picture.labelled ? Kind::kBadLabel : Kind::kMissingLabel,
            picture.name,
            picture.labelled ? picture.label_problem : "");
      }
      if (index_.mask_source && !picture.mask) {
        add(Kind::kMissingMask, picture.name);
      }
      report_.labelled += picture.label.has_value();
      report_.with_mask += picture.mask.has_value();
      if (const std::size_t slash = picture.name.find('/'); slash != std::string::npos) {
        persons.insert(picture.name.substr(0, slash));
      }
    }
    report_.persons = static_cast<std::int64_t>(persons.size());
  }

  void checkCameras() {
    std::vector<double> distances;
    for (const IndexedPicture& picture : index_.pictures) {
      if (picture.label) {
        report_.poses.add(*picture.label);
        distances.push_back(cameraDistance(*picture.label));
      }
    }
    if (distances.empty()) {
      return;
    }
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    report_.distance = *middle;
    for (const IndexedPicture& picture : index_.pictures) {
      if (std::optional<DatasetProblem> problem =
              picture.label ? checkCamera(*picture.label, report_.distance) : std::nullopt) {
        problem->file = picture.name;
        report_.problems.push_back(*std::move(problem));
      }
    }
  }

  void checkSizes() {
    std::map<std::pair<int, int>, int> sizes;
    for (const Finding& finding : findings_) {
      if (finding.width > 0) {
        ++sizes[{finding.width, finding.height}];
      }
    }
    const auto usual = std::max_element(
        sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (usual == sizes.end()) {
      return;
    }
    std::tie(report_.width, report_.height) = usual->first;
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      const Finding& finding = findings_[i];
      const std::string size = fmt::format("{} x {} pixels", finding.width, finding.height);
      if (finding.width > 0 && finding.width != finding.height) {
        add(Kind::kNotSquare, index_.pictures[i].name, size);
      } else if (finding.width > 0 && finding.width < kMinResolution) {
        add(Kind::kTooSmall, index_.pictures[i].name, size);
      } else if (finding.width > 0 && (finding.width != report_.width || finding.height != report_.height)) {
        add(Kind::kOtherSize, index_.pictures[i].name, size);
      }
      if (finding.width > 0 && finding.mask_width > 0 &&
          (finding.width != finding.mask_width || finding.height != finding.mask_height)) {
        add(Kind::kMaskOtherSize,
            index_.mask_source->names()[*index_.pictures[i].mask],
            fmt::format("{} x {} pixels, its picture {}", finding.mask_width, finding.mask_height, size));
      }
    }
  }

  void collectMasks() {
    double sum = 0;
    int count = 0;
    for (const Finding& finding : findings_) {
      if (finding.coverage >= 0) {
        report_.coverage_low =
            count == 0 ? finding.coverage : std::min(report_.coverage_low, finding.coverage);
        report_.coverage_high = std::max(report_.coverage_high, finding.coverage);
        sum += finding.coverage;
        ++count;
      }
    }
    report_.coverage_mean = count > 0 ? sum / count : 0;
  }

  void addNotes() {
    const auto note = [&](std::string text) { report_.notes.push_back(std::move(text)); };
    const auto side = static_cast<unsigned>(report_.width);
    if (report_.width >= kMinResolution && (!std::has_single_bit(side) || report_.width > kMaxResolution)) {
      note(fmt::format("Pictures of {} pixels are shrunk while they are loaded: train with --resolution {}.",
                       report_.width,
                       std::min(static_cast<int>(std::bit_floor(side)), kMaxResolution)));
    }
    if (!index_.mask_source) {
      note("No masks were given: the discriminators that see them cannot be trained (--masks).");
    }
    const int repeat = report_.poses.balancingRepeat();
    if (repeat == 0 && report_.poses.total() > 0) {
      note("There is no view from behind: the backs of heads cannot be learned.");
    } else if (repeat > 1) {
      note(fmt::format("Views from behind are rare: --back-repeat {} balances them.", repeat));
    }
    if (report_.persons == 0) {
      note(
          "The names have no folders, so nothing tells which pictures show the same person (needed by "
          "--warmup only).");
    }
  }

  DatasetIndex index_;
  std::vector<Finding> findings_;
  DatasetReport report_;
};

}  // namespace

bool stopsTraining(DatasetProblemKind kind) noexcept { return kind < DatasetProblemKind::kDamaged; }

bool DatasetReport::canTrain() const noexcept {
  const auto damaged = std::count_if(problems.begin(), problems.end(), [](const DatasetProblem& problem) {
    return problem.kind == DatasetProblemKind::kDamaged;
  });
  return labelled > 0 && damaged < pictures &&
         std::none_of(problems.begin(), problems.end(), [](const auto& p) { return stopsTraining(p.kind); });
}

DatasetReport checkDataset(const DatasetCheckOptions& options, JobContext& context) {
  return Checker(options, context).run();
}

}  // namespace panohead
