#include "core/dataset/dataset.h"

#include "core/base/camera_label.h"
#include "core/base/error.h"
#include "core/base/image_header.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/webp_image.h"
#include "core/dataset/dataset_index.h"
#include "core/dataset/dataset_selection.h"
#include "core/dataset/parallel_for.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

namespace panohead {
namespace {

constexpr const char* kCheckHint = "'panohead-studio dataset check' lists all of them";
constexpr int kHeaderThreads = 8;  // more than cores: on network disks it is waiting that takes the time

bool isTrainable(int resolution) {
  return resolution >= kMinResolution && resolution <= kMaxResolution &&
         std::has_single_bit(static_cast<unsigned>(resolution));
}

void refuseConflicts(const DatasetIndex& index) {
  if (!index.equal_stems.empty()) {
    throw DatasetError(
        fmt::format("'{}' and another file differ in their extension only", index.equal_stems.front()),
        "labels and masks are found by the name without extension: remove one of the two");
  }
  if (!index.conflicting_labels.empty()) {
    throw DatasetError(
        fmt::format("dataset.json has two different labels for '{}'", index.conflicting_labels.front()),
        "keep one of them");
  }
  const auto unlabelled = [](const IndexedPicture& picture) { return !picture.label; };
  const auto first = std::find_if(index.pictures.begin(), index.pictures.end(), unlabelled);
  if (first != index.pictures.end()) {
    const auto count = std::count_if(first, index.pictures.end(), unlabelled);
    throw DatasetError(fmt::format("'{}' has no usable label: {}{}",
                                   index.picture_source->fullName(first->picture),
                                   first->label_problem,
                                   count > 1 ? fmt::format(" ({} pictures in all)", count) : ""),
                       kCheckHint);
  }
}

ImageHeader headerOf(const FileSource& source, std::size_t number) {
  const std::optional<ImageHeader> header = readHeader(source, number);
  if (!header) {
    throw DatasetError(fmt::format("'{}' is damaged or no picture", source.fullName(number)), kCheckHint);
  }
  if (header->format == ImageFormat::kWebp && !canDecodeWebp()) {
    throw DatasetError(
        fmt::format("'{}' is WebP, and this build reads PNG and JPEG only", source.fullName(number)),
        "install libwebp-dev and build again, or convert where WebP is read: 'panohead-studio dataset pack "
        "--format "
        "jpg'");
  }
  return *header;
}

}  // namespace

double yawOf(const CameraLabel& label) { return orbitPlaceOf(label).yaw; }
double pitchOf(const CameraLabel& label) { return orbitPlaceOf(label).pitch; }
CameraLabel mirrored(const CameraLabel& label) { return mirrorLabel(label); }

int storedResolution(const std::filesystem::path& data, JobContext& context) {
  const std::unique_ptr<FileSource> source = openFileSource(data, "--data", context);
  const auto first = std::ranges::find_if(source->names(), isPictureName);
  return first == source->names().end()
             ? 0
             : headerOf(*source, static_cast<std::size_t>(first - source->names().begin())).width;
}

struct Dataset::State {
  DatasetOptions options;
  DatasetIndex index;
  int stored_resolution = 0;
  int resolution = 0;
  std::vector<DatasetEntry> entries;
  std::vector<DatasetItem> items;
  std::vector<std::size_t> pictures;  // of each entry, in index.pictures
  std::vector<std::string> person_names;

  void addEntries();
  void addItems();
  void checkSizes(JobContext& context);
  Image decode(const FileSource& source, std::size_t number) const;
};

void Dataset::State::addEntries() {
  pictures = selectPictures(index, options);
  std::map<std::string, int, std::less<>> persons;
  for (const std::size_t number : pictures) {
    const IndexedPicture& picture = index.pictures[number];
    if (index.mask_source && !picture.mask) {
      throw DatasetError(fmt::format("'{}' has no mask in '{}'", picture.name, options.masks.string()),
                         kCheckHint);
    }
    DatasetEntry entry{.picture = picture.name,
                       .mask = picture.mask ? index.mask_source->names()[*picture.mask] : std::string(),
                       .label = *picture.label};
    if (const std::size_t slash = picture.name.find('/'); slash != std::string::npos) {
      const auto [place, added] =
          persons.emplace(picture.name.substr(0, slash), static_cast<int>(person_names.size()));
      if (added) {
        person_names.push_back(place->first);
      }
      entry.person = place->second;
    }
    entries.push_back(std::move(entry));
  }
}

void Dataset::State::addItems() {
  for (const bool flipped : {false, true}) {
    for (int round = 0; round < options.back_repeat && (!flipped || options.mirror); ++round) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (round == 0 || isBackView(entries[i].label)) {
          items.push_back({static_cast<std::uint32_t>(i), flipped});
        }
      }
    }
  }
}

void Dataset::State::checkSizes(JobContext& context) {
  const FileSource& source = *index.picture_source;
  const std::size_t first_number = index.pictures[pictures.front()].picture;
  const ImageHeader first = headerOf(source, first_number);
  const auto text = [](const ImageHeader& header) {
    return fmt::format("{} x {}", header.width, header.height);
  };
  if (first.width != first.height) {
    throw DatasetError(
        fmt::format("'{}' has {} pixels: it is not square", source.fullName(first_number), text(first)),
        "crop the pictures to squares with the head in the middle");
  }
  stored_resolution = first.width;
  resolution = options.resolution > 0 ? options.resolution : stored_resolution;
  if (!isTrainable(resolution)) {
    const int possible =
        std::min(static_cast<int>(std::bit_floor(static_cast<unsigned>(first.width))), kMaxResolution);
    throw DatasetError(fmt::format("'{}' has {} pixels: not 64, 128, 256 or 512 on a side",
                                   source.fullName(first_number),
                                   text(first)),
                       possible >= kMinResolution
                           ? fmt::format("shrink the pictures with --resolution {}", possible)
                           : "give pictures of at least 64 pixels on a side");
  }
  if (resolution > stored_resolution) {
    throw DatasetError(fmt::format("--resolution {} is more than the {} pixels that '{}' has",
                                   resolution,
                                   text(first),
                                   source.fullName(first_number)),
                       "choose at most the size of the pictures");
  }
  const auto check = [&](const FileSource& where, std::size_t number) {
    const ImageHeader header = headerOf(where, number);
    if (header.width != first.width || header.height != first.height) {
      throw DatasetError(fmt::format("'{}' has {} pixels, but '{}' has {}",
                                     where.fullName(number),
                                     text(header),
                                     source.fullName(first_number),
                                     text(first)),
                         kCheckHint);
    }
  };
  parallelFor(
      pictures.size(), kHeaderThreads, "reading the sizes of the pictures", context, [&](std::size_t i) {
        const IndexedPicture& picture = index.pictures[pictures[i]];
        check(source, picture.picture);
        if (picture.mask) {
          check(*index.mask_source, *picture.mask);
        }
      });
}

Image Dataset::State::decode(const FileSource& source, std::size_t number) const {
  const std::string name = source.fullName(number);
  Image image;
  try {
    const auto bytes = source.readPicture(number);
    if (hasWrongPngChecksum(bytes)) {
      throw ImageError(fmt::format("'{}' cannot be read: a checksum is wrong", name), kCheckHint);
    }
    image = decodeImage(bytes, name);
  } catch (const ArchiveError& error) {
    throw ImageError(error.what(), error.hint(), error.detail());
  }
  if (image.width != stored_resolution || image.height != stored_resolution) {
    throw ImageError(
        fmt::format("'{}' has {} x {} pixels, not {}", name, image.width, image.height, stored_resolution),
        kCheckHint);
  }
  return image;
}

Dataset::Dataset(DatasetOptions options, JobContext& context) : state_(std::make_unique<State>()) {
  checkSelectionOptions(options);
  if (options.resolution != 0 && !isTrainable(options.resolution)) {
    throw OptionError(fmt::format("--resolution {} is not possible", options.resolution),
                      "choose 64, 128, 256 or 512");
  }
  state_->index = openDatasetIndex(options.data, options.masks, context);
  state_->options = std::move(options);
  refuseConflicts(state_->index);
  state_->addEntries();
  state_->addItems();
  state_->checkSizes(context);
}

Dataset::~Dataset() = default;

const DatasetOptions& Dataset::options() const noexcept { return state_->options; }
int Dataset::resolution() const noexcept { return state_->resolution; }
bool Dataset::hasMasks() const noexcept { return state_->index.mask_source != nullptr; }
const std::vector<DatasetEntry>& Dataset::entries() const noexcept { return state_->entries; }
const std::vector<DatasetItem>& Dataset::items() const noexcept { return state_->items; }
int Dataset::personCount() const noexcept { return static_cast<int>(state_->person_names.size()); }
const std::vector<std::string>& Dataset::personNames() const noexcept { return state_->person_names; }

LoadedItem Dataset::load(const DatasetItem& item) const {
  const IndexedPicture& picture = state_->index.pictures[state_->pictures.at(item.entry)];
  const auto prepare = [&](Image image, int channels) {
    image = areaDownsampled(withChannels(image, channels), state_->resolution, state_->resolution);
    return item.mirrored ? mirroredImage(image) : image;
  };
  LoadedItem loaded;
  loaded.picture = prepare(state_->decode(*state_->index.picture_source, picture.picture), 3);
  if (picture.mask) {
    loaded.mask = prepare(state_->decode(*state_->index.mask_source, *picture.mask), 1);
  }
  loaded.label = item.mirrored ? mirrored(*picture.label) : *picture.label;
  return loaded;
}

}  // namespace panohead
