#include "core/avatar/avatar_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/json_text.h"
#include "core/base/sha256.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace panohead {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kMetadata = "avatar";  // key of the metadata, and what it says it is
constexpr const char* kFormat = "panohead-studio avatar";
constexpr std::size_t kMostBytes = std::size_t{1} << 28;
constexpr std::size_t kMostPhotos = 1000;
constexpr int kMostPixels = 8192;  // a side of its pictures
constexpr const char* kBackgrounds[] = {"generated", "photo", "colour", "none"};
constexpr const char* kKinds[] = {"half", "dense", "low_rank", "sparse"};

// --- Writing ---

/// Tensors and their bytes, in order.
class Content {
 public:
  template <typename Number>
  void add(std::string name,
           DType type,
           std::vector<std::int64_t> shape,
           const std::vector<Number>& numbers) {
    entries_.push_back({std::move(name), type, std::move(shape)});
    const auto bytes = std::as_bytes(std::span(numbers));
    data_.insert(data_.end(), bytes.begin(), bytes.end());
  }
  template <typename Number>
  void add(std::string name, DType type, const std::vector<Number>& numbers) {
    add(std::move(name), type, {static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  void add(std::string name, const Image& image) {
    if (!image.empty()) {
      add(std::move(name), DType::U8, encodePng(image));
    }
  }
  void add(const std::string& name, const QuantisedRows& rows) {
    add(name + ".scale", DType::F32, rows.scale);
    add(name + ".width", DType::U8, rows.width);
    add(name + ".bytes", DType::U8, rows.bytes);
  }

  std::vector<std::byte> file(const std::filesystem::path& path, const std::string& metadata) const {
    const std::string header =
        safetensorsHeader(path, entries_, {{kMetadata, metadata}, {"format", "panohead-studio"}});
    std::vector<std::byte> bytes(header.size() + data_.size());
    std::memcpy(bytes.data(), header.data(), header.size());
    std::copy(data_.begin(), data_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(header.size()));
    return bytes;
  }

 private:
  std::vector<SafetensorsEntry> entries_;
  std::vector<std::byte> data_;
};

std::string photoName(std::size_t index, const char* what) { return fmt::format("photo.{}.{}", index, what); }

std::string partName(std::size_t index, const char* what) { return fmt::format("delta.{}.{}", index, what); }

Json addPhoto(Content& content, const AvatarPhoto& photo, std::size_t index) {
  content.add(photoName(index, "aligned"), photo.aligned);
  content.add(photoName(index, "mask"), photo.mask);
  const PhotoSquare& square = photo.square;
  return {{"name", photo.name},
          {"square", {square.centre_x, square.centre_y, square.side, square.roll_degrees}},
          {"camera", photo.camera}};
}

Json addPart(Content& content, const DeltaPart& part, std::size_t index) {
  Json json{
      {"name", part.name}, {"shape", part.shape}, {"kind", kKinds[static_cast<std::size_t>(part.kind)]}};
  if (part.kind == DeltaPart::Kind::Half) {
    content.add(partName(index, "half"), DType::F16, part.half);
    return json;
  }
  content.add(partName(index, "right"), part.right);
  json["right"] = {part.right.rows, part.right.columns};
  if (part.kind == DeltaPart::Kind::LowRank) {
    content.add(partName(index, "left"), part.left);
    json["left"] = {part.left.rows, part.left.columns};
  } else if (part.kind == DeltaPart::Kind::Sparse) {
    content.add(partName(index, "gaps"), DType::U8, part.gaps);
  }
  return json;
}

std::vector<std::byte> serialised(const std::filesystem::path& path, const Avatar& avatar) {
  Content content;
  const std::vector<std::int64_t> shape{avatar.num_ws, avatar.w_dim};
  content.add("ws", DType::F32, shape, avatar.ws);
  if (!avatar.ws_background.empty()) {
    content.add("ws_background", DType::F32, shape, avatar.ws_background);
  }
  Json json{{"format", kFormat},
            {"version", kVersion},
            {"name", avatar.name},
            {"model", {{"name", avatar.model_name}, {"sha256", avatar.model_sha256}}},
            {"preset", avatar.preset},
            {"measures", avatar.measures},
            {"photos", Json::array()},
            {"delta", Json::array()}};
  for (std::size_t i = 0; i < avatar.photos.size(); ++i) {
    json["photos"].push_back(addPhoto(content, avatar.photos[i], i));
  }
  const AvatarBackground& background = avatar.background;
  json["background"] = {{"kind", kBackgrounds[static_cast<std::size_t>(background.kind)]},
                        {"rgb", background.colour}};
  if (background.plate) {
    content.add("background", *background.plate);
  }
  content.add("thumbnail", avatar.thumbnail);
  for (std::size_t i = 0; i < avatar.delta.parts.size(); ++i) {
    json["delta"].push_back(addPart(content, avatar.delta.parts[i], i));
  }
  return content.file(path, jsonText(json));
}

std::string hashOf(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

// --- Reading ---

/// Throws nlohmann's exceptions and std::out_of_range where the file is not as written: readAvatar() turns
/// them into sentences.
class Reader {
 public:
  Reader(const FileBytes& file, const SafetensorsContent& content) : file_(file), content_(content) {}

  Avatar avatar(const Json& json) const {
    Avatar avatar;
    avatar.name = json.at("name");
    avatar.model_name = json.at("model").at("name");
    avatar.model_sha256 = json.at("model").at("sha256");
    avatar.preset = json.at("preset");
    avatar.measures = json.at("measures").get<std::map<std::string, double>>();
    const TensorRecord& ws = tensor("ws", DType::F32);
    require(ws.shape.size() == 2 && ws.elementCount() > 0 && ws.elementCount() < (1 << 20), "the size of ws");
    avatar.num_ws = static_cast<int>(ws.shape[0]);
    avatar.w_dim = static_cast<int>(ws.shape[1]);
    avatar.ws = numbers<float>(ws);
    if (const TensorRecord* background = find("ws_background")) {
      require(background->dtype == DType::F32 && background->shape == ws.shape, "the size of ws_background");
      avatar.ws_background = numbers<float>(*background);
    }
    const Json& photos = json.at("photos");
    require(photos.size() <= kMostPhotos, "the number of photos");
    for (std::size_t i = 0; i < photos.size(); ++i) {
      avatar.photos.push_back(photo(photos.at(i), i));
    }
    avatar.background.kind =
        static_cast<AvatarBackground::Kind>(choice(json.at("background").at("kind"), kBackgrounds));
    avatar.background.colour = json.at("background").at("rgb").get<std::array<std::uint8_t, 3>>();
    if (find("background") != nullptr) {
      avatar.background.plate = std::make_shared<const Image>(picture("background", 3));
    }
    if (find("thumbnail") != nullptr) {
      avatar.thumbnail = picture("thumbnail", 3);
    }
    const Json& delta = json.at("delta");
    for (std::size_t i = 0; i < delta.size(); ++i) {
      avatar.delta.parts.push_back(part(delta.at(i), i));
    }
    return avatar;
  }

 private:
  static void require(bool fine, const std::string& what) {
    if (!fine) {
      throw std::out_of_range(fmt::format("{} makes no sense", what));
    }
  }

  template <std::size_t N>
  static std::size_t choice(const Json& json, const char* const (&names)[N]) {
    const auto name = json.get<std::string>();
    const auto* const found = std::ranges::find(names, name);
    require(found != std::end(names), fmt::format("'{}'", name));
    return static_cast<std::size_t>(found - names);
  }

  const TensorRecord* find(const std::string& name) const {
    const auto found = std::ranges::find(content_.tensors, name, &TensorRecord::name);
    return found == content_.tensors.end() ? nullptr : &*found;
  }

  const TensorRecord& tensor(const std::string& name, DType type) const {
    const TensorRecord* record = find(name);
    require(record != nullptr && record->dtype == type, fmt::format("'{}', which is not there,", name));
    return *record;
  }

  template <typename Number>
  static std::vector<Number> numbers(const TensorRecord& record) {
    std::vector<Number> values(record.storage.size() / sizeof(Number));
    std::memcpy(values.data(), record.storage.data(), values.size() * sizeof(Number));
    return values;
  }

  /// @param channels 1 or 3
  Image picture(const std::string& name, int channels) const {
    const TensorRecord& record = tensor(name, DType::U8);
    Image image = decodeImage(record.storage, fmt::format("{} of {}", name, file_.name));
    require(image.channels == channels && image.width <= kMostPixels && image.height <= kMostPixels,
            fmt::format("picture '{}'", name));
    return image;
  }

  AvatarPhoto photo(const Json& json, std::size_t index) const {
    AvatarPhoto photo;
    photo.name = json.at("name");
    const auto square = json.at("square").get<std::array<double, 4>>();
    photo.square = {square[0], square[1], square[2], square[3]};
    photo.camera = json.at("camera").get<CameraLabel>();
    if (find(photoName(index, "aligned")) != nullptr) {
      photo.aligned = picture(photoName(index, "aligned"), 3);
    }
    if (find(photoName(index, "mask")) != nullptr) {
      photo.mask = picture(photoName(index, "mask"), 1);
    }
    return photo;
  }

  QuantisedRows rows(const std::string& name, const Json& size) const {
    QuantisedRows rows;
    rows.rows = size.at(0);
    rows.columns = size.at(1);
    rows.scale = numbers<float>(tensor(name + ".scale", DType::F32));
    rows.width = numbers<std::uint8_t>(tensor(name + ".width", DType::U8));
    rows.bytes = numbers<std::uint8_t>(tensor(name + ".bytes", DType::U8));
    require(rows.rows >= 0 && rows.columns > 0 && rows.columns < (std::int64_t{1} << 40) &&
                rows.scale.size() == static_cast<std::size_t>(rows.rows) &&
                rows.width.size() == rows.scale.size() &&
                std::ranges::all_of(
                    rows.scale, [](float scale) { return std::isfinite(scale); }),
            fmt::format("'{}'", name));
    std::int64_t bytes = 0;
    for (const std::uint8_t width : rows.width) {
      require(width <= 8, fmt::format("'{}'", name));
      bytes += (rows.columns * width + 7) / 8;
      require(bytes <= static_cast<std::int64_t>(rows.bytes.size()), fmt::format("the length of '{}'", name));
    }
    require(rows.bytes.size() == static_cast<std::size_t>(bytes), fmt::format("the length of '{}'", name));
    return rows;
  }

  DeltaPart part(const Json& json, std::size_t index) const {
    DeltaPart part;
    part.name = json.at("name");
    part.shape = json.at("shape").get<std::vector<std::int64_t>>();
    part.kind = static_cast<DeltaPart::Kind>(choice(json.at("kind"), kKinds));
    const auto count = checkedElementCount(part.shape);
    require(count && part.shape.size() <= kMaxDimensions, fmt::format("the shape of '{}'", part.name));
    if (part.kind == DeltaPart::Kind::Half) {
      part.half = numbers<std::uint16_t>(tensor(partName(index, "half"), DType::F16));
      require(part.half.size() == static_cast<std::size_t>(*count), fmt::format("'{}'", part.name));
      return part;
    }
    part.right = rows(partName(index, "right"), json.at("right"));
    const std::int64_t height = part.shape.empty() ? 1 : part.shape.front();
    const std::int64_t width = height > 0 ? *count / height : 0;
    if (part.kind == DeltaPart::Kind::Dense) {
      require(part.right.rows == height && part.right.columns == width, fmt::format("'{}'", part.name));
    } else if (part.kind == DeltaPart::Kind::LowRank) {
      part.left = rows(partName(index, "left"), json.at("left"));
      require(part.left.rows <= std::min(height, width) && part.left.rows == part.right.rows &&
                  part.left.columns == height && part.right.columns == width,
              fmt::format("'{}'", part.name));
    } else {
      part.gaps = numbers<std::uint8_t>(tensor(partName(index, "gaps"), DType::U8));
      std::int64_t place = -1, places = 0;
      for (const std::uint8_t gap : part.gaps) {
        place += gap;
        places += gap < 255 ? 1 : 0;
      }
      require(part.right.rows == 1 && place < *count && places == part.right.columns,
              fmt::format("'{}'", part.name));
    }
    return part;
  }

  const FileBytes& file_;
  const SafetensorsContent& content_;
};

}  // namespace

void Avatar::check() const {
  const auto count = static_cast<std::size_t>(num_ws) * static_cast<std::size_t>(w_dim);
  const auto fits = [count](const std::vector<float>& codes) {
    return codes.size() == count && std::ranges::all_of(codes, [](float w) { return std::isfinite(w); });
  };
  if (num_ws <= 0 || w_dim <= 0 || !fits(ws) || (!ws_background.empty() && !fits(ws_background))) {
    throw OptionError("an avatar's w is no list of finite numbers for each layer", "fit the photo again");
  }
  for (const AvatarPhoto& photo : photos) {
    if (!std::ranges::all_of(photo.camera, [](float number) { return std::isfinite(number); }) ||
        (!photo.mask.empty() &&
         (photo.mask.width != photo.aligned.width || photo.mask.height != photo.aligned.height))) {
      throw OptionError(
          fmt::format("the photo '{}' of an avatar has no camera, or a mask of another size", photo.name),
          "fit the photo again");
    }
  }
  if (background.kind == AvatarBackground::Kind::Photo && !background.plate) {
    throw OptionError("an avatar's background is a photo that is not there", "choose another background");
  }
}

AvatarPtr sealAvatar(Avatar avatar) {
  avatar.check();
  avatar.sha256 = hashOf(serialised({}, avatar));
  return std::make_shared<const Avatar>(std::move(avatar));
}

AvatarPtr writeAvatar(const std::filesystem::path& path, const Avatar& avatar, JobContext& context) {
  avatar.check();
  context.checkpoint();
  const std::vector<std::byte> bytes = serialised(path, avatar);
  context.checkpoint();
  AtomicFile file(path);
  file.write(bytes);
  context.checkpoint();  // the last: what was there before is there still
  file.commit();
  auto written = std::make_shared<Avatar>(avatar);
  written->sha256 = hashOf(bytes);
  written->source = path;
  return written;
}

AvatarPtr writeAvatar(const std::filesystem::path& path, const Avatar& avatar) {
  SilentContext silent;
  return writeAvatar(path, avatar, silent);
}

AvatarPtr readAvatar(const std::filesystem::path& path) {
  const MappedFile mapped(path);
  if (mapped.bytes().size() > kMostBytes) {
    throw CheckpointError(fmt::format("'{}' is too large to be an avatar", path.string()),
                          "choose an .avatar file; a model is opened with --model");
  }
  const FileBytes file{path.string(), mapped.bytes()};
  const SafetensorsContent content = readSafetensors(file);
  const auto text = content.metadata.find(kMetadata);
  const Json json = text == content.metadata.end() ? Json() : parseJsonQuietly(text->second);
  if (!json.is_object() || json.value("format", Json()) != kFormat) {
    throw CheckpointError(fmt::format("'{}' is not an avatar", path.string()),
                          "choose an .avatar file, or make one of a photo");
  }
  const auto damaged = [&](const std::string& detail) {
    return CheckpointError(fmt::format("the avatar '{}' is damaged", path.string()),
                           "copy it again, or fit the photo again",
                           detail);
  };
  try {
    if (json.at("version").get<int>() > kVersion) {
      throw CheckpointError(
          fmt::format("the avatar '{}' was made by a newer version of the program", path.string()),
          "open it there, or install the newer version");
    }
    auto avatar = std::make_shared<Avatar>(Reader(file, content).avatar(json));
    avatar->check();
    avatar->sha256 = hashOf(mapped.bytes());
    avatar->source = path;
    return avatar;
  } catch (const Json::exception& error) {
    throw damaged(error.what());
  } catch (const std::out_of_range& error) {
    throw damaged(error.what());
  } catch (const ImageError& error) {
    throw damaged(error.what());
  } catch (const OptionError& error) {
    throw damaged(error.what());
  }
}

bool isAvatarFile(const std::filesystem::path& path) {
  try {
    const MappedFile mapped(path);
    return readSafetensors({path.string(), mapped.bytes()}).metadata.contains(kMetadata);
  } catch (const Error&) {
    return false;
  }
}

void requireModelOf(const Avatar& avatar, const std::string& model_name, const std::string& model_sha256) {
  if (avatar.model_sha256 != model_sha256) {
    throw CheckpointError(
        fmt::format(
            "the avatar '{}' was made with the model '{}' (SHA-256 {}), and this is '{}' (SHA-256 {})",
            avatar.source.empty() ? avatar.name : avatar.source.string(),
            avatar.model_name,
            avatar.model_sha256,
            model_name,
            model_sha256),
        "open the model that it was made with, or fit the photo again with this one");
  }
}

}  // namespace panohead
