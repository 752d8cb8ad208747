#include "core/base/json_text.h"
#include "core/base/printable_text.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/safetensors_dtype.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace panohead {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxShown = 200;  // bytes of a name in an error

struct HeaderEntry {
  std::string name;
  std::optional<DType> dtype{};
  std::optional<std::vector<std::int64_t>> shape{};
  std::optional<std::vector<std::int64_t>> offsets{};
};

// Accepts exactly the JSON of a safetensors header. Nothing is built that the format does not have,
// so a hostile header costs no more memory than its own size.
class HeaderParser final : public nlohmann::json_sax<Json> {
 public:
  std::vector<HeaderEntry> entries;
  std::map<std::string, std::string> metadata;
  std::string fault;

  bool null() override { return refuse("a null"); }
  bool boolean(bool) override { return refuse("a boolean"); }
  bool number_integer(number_integer_t) override { return refuse("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return refuse("a fraction"); }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (!numbers_ || value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse("a number");
    }
    if (numbers_->size() == most_numbers_) {
      return refuse(fmt::format("more than {} numbers", most_numbers_));
    }
    numbers_->push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool string(string_t& value) override {
    if (depth_ == 2 && in_metadata_) {
      return metadata.try_emplace(key_, value).second || refuse("the same metadata twice");
    }
    if (depth_ == 2 && key_ == "dtype" && !entries.back().dtype) {
      entries.back().dtype = safetensorsDType(value);
      return entries.back().dtype.has_value() ||
             refuse(fmt::format("the unknown type '{}'", shortened(value, kMaxShown)));
    }
    return refuse("a string");
  }

  bool start_object(std::size_t) override { return ++depth_ <= 2 && !numbers_ ? true : refuse("an object"); }

  bool end_object() override {
    --depth_;
    in_metadata_ = false;
    const bool tensor_ends = depth_ == 1 && !entries.empty();
    const HeaderEntry* entry = tensor_ends ? &entries.back() : nullptr;
    return !entry || (entry->dtype && entry->shape && entry->offsets) || refuse("an incomplete tensor");
  }

  bool key(string_t& value) override {
    key_ = value;
    if (depth_ != 1) {
      return true;
    }
    if (!names_.insert(value).second) {
      return refuse("the same name twice");
    }
    in_metadata_ = value == "__metadata__";
    if (!in_metadata_) {
      entries.push_back({.name = value});
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || numbers_) {
      return refuse("a list");
    }
    auto* target = key_ == "shape"          ? &entries.back().shape
                   : key_ == "data_offsets" ? &entries.back().offsets
                                            : nullptr;
    if (!target || *target) {
      return refuse("a list");
    }
    numbers_ = &target->emplace();
    most_numbers_ = key_ == "shape" ? kMaxDimensions : 2;
    return true;
  }

  bool end_array() override {
    numbers_ = nullptr;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fault = fmt::format("JSON, but it is damaged after {} bytes", position);
    return false;
  }

 private:
  bool refuse(const std::string& what) {
    fault = fmt::format("a safetensors header, but '{}' has {}", shortened(key_, kMaxShown), what);
    return false;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  std::string key_;
  std::set<std::string> names_;
  std::vector<std::int64_t>* numbers_ = nullptr;  // the list being filled
  std::size_t most_numbers_ = 0;                  // in it
};

TensorRecord makeRecord(const FileBytes& file, HeaderEntry& entry, std::span<const std::byte> data) {
  const auto fail = [&](const std::string& fault) {
    file.fail(fmt::format("tensor '{}': {}", shortened(entry.name, kMaxShown), fault));
  };
  const std::vector<std::int64_t>& offsets = *entry.offsets;
  if (offsets.size() != 2 || offsets[0] > offsets[1] ||
      static_cast<std::uint64_t>(offsets[1]) > data.size()) {
    fail(fmt::format("bytes {} are not inside the {} bytes of data", shapeText(offsets), data.size()));
  }
  const auto count = checkedElementCount(*entry.shape);
  const std::uint64_t bytes = static_cast<std::uint64_t>(offsets[1] - offsets[0]);
  const std::size_t item = itemSize(*entry.dtype);
  if (!count || bytes % item != 0 || static_cast<std::uint64_t>(*count) != bytes / item) {
    fail(fmt::format(
        "{} elements of {} do not make {} bytes", shapeText(*entry.shape), dtypeName(*entry.dtype), bytes));
  }
  TensorRecord record;
  record.name = std::move(entry.name);
  record.dtype = *entry.dtype;
  record.shape = std::move(*entry.shape);
  record.stride = contiguousStride(record.shape);
  record.storage = data.subspan(static_cast<std::size_t>(offsets[0]), static_cast<std::size_t>(bytes));
  record.is_parameter = isFloating(record.dtype) && !isBufferName(record.name);
  record.in_state_dict = !isAttributeName(record.name);
  if (const auto fault = recordFault(record)) {
    fail(*fault);
  }
  return record;
}

void requireFullCover(const FileBytes& file,
                      const std::vector<TensorRecord>& tensors,
                      std::span<const std::byte> data) {
  const std::byte* expected = data.data();
  for (const TensorRecord& tensor : tensors) {
    if (tensor.storage.data() != expected) {
      file.fail(fmt::format("tensor '{}': there is a gap or an overlap before its bytes",
                            shortened(tensor.name, kMaxShown)));
    }
    expected += tensor.storage.size();
  }
  if (expected != data.data() + data.size()) {
    file.failAt(expected, "the end of the file after the last tensor");
  }
}

void parseMetadataJson(const FileBytes& file,
                       const std::string& key,
                       const std::string& text,
                       std::string& target) {
  const std::string name = shortened(key, kMaxShown);
  if (text.size() > kMaxConfigBytes) {
    file.fail(fmt::format(
        "its metadata '{}' is too long: {} bytes, at most {}", name, text.size(), kMaxConfigBytes));
  }
  if (isTooDeep(text)) {
    file.fail(fmt::format("its metadata '{}' is nested more than {} levels deep", name, kMaxJsonDepth));
  }
  if (!Json::accept(text) || text.find('{') != text.find_first_not_of(" \t\r\n")) {
    file.fail(fmt::format("its metadata '{}' is not a JSON object", name));
  }
  target = text;
}

std::vector<std::string> splitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<NetworkState> divide(const FileBytes& file, SafetensorsContent& content) {
  const auto metadata = [&](const std::string& key) {
    const auto found = content.metadata.find(key);
    return found == content.metadata.end() ? nullptr : &found->second;
  };
  const std::string* keys = metadata("networks");
  std::vector<NetworkState> networks;
  for (const std::string& key : keys ? splitAtCommas(*keys) : std::vector<std::string>{""}) {
    if (keys && (key.empty() || std::ranges::find(networks, key, &NetworkState::key) != networks.end())) {
      file.fail(fmt::format("its metadata 'networks' is '{}'", *keys));
    }
    NetworkState& network = networks.emplace_back();
    network.key = key;
    const std::string suffix = keys ? "." + key : "";
    if (const std::string* name = metadata("class_name" + suffix)) {
      network.class_name = *name;
    }
    if (const std::string* config = metadata("config" + suffix)) {
      parseMetadataJson(file, "config" + suffix, *config, network.config);
      network.key = !keys && metadata("network") ? *metadata("network") : key;
    }
  }
  for (TensorRecord& tensor : content.tensors) {
    if (keys) {
      const std::size_t dot = tensor.name.find('.');
      const auto owner = std::ranges::find(networks, tensor.name.substr(0, dot), &NetworkState::key);
      if (dot == std::string::npos || owner == networks.end()) {
        file.fail(fmt::format(
            "tensor '{}' belongs to none of the networks {}", shortened(tensor.name, kMaxShown), *keys));
      }
      tensor.name.erase(0, dot + 1);
      owner->tensors.push_back(std::move(tensor));
    } else {
      networks[0].tensors.push_back(std::move(tensor));
    }
  }
  return networks;
}

}  // namespace

SafetensorsContent readSafetensors(const FileBytes& file) {
  ByteReader reader(file, file.bytes);
  const auto header_bytes = reader.number<std::uint64_t>("the header length of a safetensors file");
  if (header_bytes > kMaxHeaderBytes) {
    file.failAt(file.bytes.data(),
                fmt::format("a header of at most {} bytes, but it has {}", kMaxHeaderBytes, header_bytes));
  }
  const std::string_view header = asText(reader.take(header_bytes, "the header of a safetensors file"));
  HeaderParser parser;
  if (!header.starts_with('{') || !Json::sax_parse(header.begin(), header.end(), &parser)) {
    file.failAt(file.bytes.data() + sizeof header_bytes,
                parser.fault.empty() ? "a JSON header" : parser.fault);
  }
  SafetensorsContent content{{}, std::move(parser.metadata)};
  content.tensors.reserve(parser.entries.size());
  for (HeaderEntry& entry : parser.entries) {
    content.tensors.push_back(makeRecord(file, entry, reader.rest()));
  }
  std::ranges::stable_sort(content.tensors, [](const TensorRecord& a, const TensorRecord& b) {
    // An empty tensor shares its place with the next one.
    return std::pair(a.storage.data(), a.storage.size()) < std::pair(b.storage.data(), b.storage.size());
  });
  requireFullCover(file, content.tensors, reader.rest());
  return content;
}

void readSafetensorsCheckpoint(const FileBytes& file, Checkpoint& checkpoint) {
  SafetensorsContent content = readSafetensors(file);
  if (const auto found = content.metadata.find("training_set"); found != content.metadata.end()) {
    parseMetadataJson(file, found->first, found->second, checkpoint.training_set);
  }
  checkpoint.networks = divide(file, content);
  checkpoint.metadata = std::move(content.metadata);
  for (NetworkState& network : checkpoint.networks) {
    std::ranges::stable_sort(network.tensors, std::ranges::greater{}, &TensorRecord::is_parameter);
  }
}

}  // namespace panohead
