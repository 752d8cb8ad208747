#include "core/dataset/dataset_pack.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/zip_writer.h"
#include "core/dataset/dataset_labels.h"
#include "core/dataset/file_source.h"
#include "core/dataset/parallel_for.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace panohead {
namespace {

constexpr std::size_t kChunk = 64;  // pictures encoded before they are written

/// Progress of a chunk as part of the whole.
class ChunkContext final : public JobContext {
 public:
  ChunkContext(JobContext& outer, std::size_t offset, std::size_t total)
      : outer_(outer), offset_(static_cast<std::int64_t>(offset)), total_(static_cast<std::int64_t>(total)) {}
  void report(const Progress& progress) override {
    outer_.report({progress.stage, offset_ + progress.step, total_, progress.metrics});
  }
  void preview(Frame frame) override { outer_.preview(std::move(frame)); }
  void checkpoint() override { outer_.checkpoint(); }
  std::stop_token stopToken() const override { return outer_.stopToken(); }

 private:
  JobContext& outer_;
  std::int64_t offset_;
  std::int64_t total_;
};

/// A file to be written.
struct PackedFile {
  std::string name;
  std::vector<std::byte> bytes;
};

const char* extensionOf(ImageFormat format) {
  return format == ImageFormat::kJpeg ? ".jpg" : format == ImageFormat::kWebp ? ".webp" : ".png";
}

class Packer {
 public:
  Packer(const DatasetPackOptions& options, JobContext& context)
      : options_(options),
        dataset_(options.set, context),
        pictures_(openFileSource(options.set.data, "--data", context)),
        masks_(dataset_.hasMasks() ? openFileSource(options.set.masks, "--masks", context) : nullptr) {}

  DatasetPackResult run(JobContext& context) {
    const std::size_t count = dataset_.entries().size();
    // Names first: dataset.json comes before the pictures, where a reader of the zip looks for it.
    std::vector<LabelRow> labels(count);
    formats_.resize(count);
    parallelFor(count, options_.threads, "reading the pictures' headers", context, [&](std::size_t i) {
      const DatasetEntry& entry = dataset_.entries()[i];
      formats_[i] = storedFormat(entry);
      labels[i] = {stemOf(entry.picture) + extensionOf(targetFormat(formats_[i])), entry.label, {}};
    });
    ZipWriter pictures(options_.picturesPath());
    std::optional<ZipWriter> masks;
    if (masks_) {
      masks.emplace(options_.masksPath());
    }
    const std::string label_text = writeLabels(labels);
    pictures.add("dataset.json", std::as_bytes(std::span(label_text)));

    for (std::size_t first = 0; first < count; first += kChunk) {
      const std::size_t size = std::min(kChunk, count - first);
      std::vector<PackedFile> picture_files(size);
      std::vector<PackedFile> mask_files(size);
      ChunkContext chunk(context, first, count);
      parallelFor(size, options_.threads, "packing pictures", chunk, [&](std::size_t i) {
        picture_files[i].name = labels[first + i].name;
        pack(first + i, picture_files[i], mask_files[i]);
      });
      for (std::size_t i = 0; i < size; ++i) {
        pictures.add(picture_files[i].name, picture_files[i].bytes);
        if (masks) {
          masks->add(mask_files[i].name, mask_files[i].bytes);
        }
      }
    }
    DatasetPackResult result{.pictures = static_cast<std::int64_t>(count)};
    if (masks) {
      masks->finish();
      result.mask_bytes = masks->bytesWritten();
    }
    pictures.finish();  // last: with it the set is complete
    result.picture_bytes = pictures.bytesWritten();
    return result;
  }

 private:
  struct Format {
    ImageFormat stored = ImageFormat::kPng;
    bool shrink = false;
  };

  Format storedFormat(const DatasetEntry& entry) const {
    const std::optional<ImageHeader> header = readHeader(*pictures_, *pictures_->find(entry.picture));
    if (!header) {  // it was whole when the set was opened
      throw ImageError(fmt::format("'{}' changed while it was packed", entry.picture), "pack again");
    }
    return {header->format, header->width != dataset_.resolution()};
  }

  ImageFormat targetFormat(const Format& format) const {
    switch (options_.format) {
      case PackFormat::kPng:
        return ImageFormat::kPng;
      case PackFormat::kJpeg:
        return ImageFormat::kJpeg;
      case PackFormat::kKeep:
        break;
    }
    const bool keeps = !format.shrink || format.stored == ImageFormat::kJpeg;
    return keeps ? format.stored : ImageFormat::kPng;
  }

  void pack(std::size_t number, PackedFile& picture, PackedFile& mask) const {
    const DatasetEntry& entry = dataset_.entries()[number];
    const Format& format = formats_[number];
    const ImageFormat target = targetFormat(format);
    LoadedItem loaded;
    const bool copies_picture = !format.shrink && target == format.stored;
    std::optional<std::size_t> mask_number;
    bool copies_mask = false;
    if (masks_) {
      mask_number = masks_->find(entry.mask);
      const auto header = readHeader(*masks_, *mask_number);
      const bool is_png = header && header->format == ImageFormat::kPng;
      copies_mask = !format.shrink && (options_.format == PackFormat::kKeep || is_png);
      const ImageFormat mask_format = copies_mask && header ? header->format : ImageFormat::kPng;
      mask.name = stemOf(entry.mask) + extensionOf(mask_format);
    }
    if (!copies_picture || (masks_ && !copies_mask)) {
      loaded = dataset_.load({static_cast<std::uint32_t>(number), false});
    }
    picture.bytes = copies_picture                 ? pictures_->readPicture(*pictures_->find(entry.picture))
                    : target == ImageFormat::kJpeg ? encodeJpeg(loaded.picture, options_.quality)
                                                   : encodePng(loaded.picture);
    if (masks_) {
      mask.bytes = copies_mask ? masks_->readPicture(*mask_number) : encodePng(loaded.mask);
    }
  }

  const DatasetPackOptions& options_;
  Dataset dataset_;
  std::unique_ptr<FileSource> pictures_;
  std::unique_ptr<FileSource> masks_;
  std::vector<Format> formats_;
};

std::filesystem::path withSuffix(std::filesystem::path path, const char* suffix) { return path += suffix; }

}  // namespace

std::filesystem::path DatasetPackOptions::picturesPath() const { return withSuffix(out, "_img.zip"); }
std::filesystem::path DatasetPackOptions::masksPath() const { return withSuffix(out, "_seg.zip"); }

DatasetPackResult packDataset(const DatasetPackOptions& options, JobContext& context) {
  if (options.quality < 1 || options.quality > 100) {
    throw OptionError(fmt::format("--quality {} is not possible", options.quality), "choose 1 to 100");
  }
  if (!options.out.has_filename() || options.out.extension() == ".zip") {
    throw OptionError(
        fmt::format("--out '{}' is no beginning of names", options.out.string()),
        "give one such as 'packed/heads', which makes packed/heads_img.zip and packed/heads_seg.zip");
  }
  return Packer(options, context).run(context);
}

}  // namespace panohead
