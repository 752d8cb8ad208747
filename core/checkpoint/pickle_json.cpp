#include "core/checkpoint/pickle_json.h"

#include "core/base/json_text.h"
#include "core/checkpoint/safetensors.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace panohead {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = kMaxJsonDepth - 1;  // below the object around all
constexpr std::size_t kMaxIntegerBytes = 256;
constexpr std::size_t kNumberText = 7;  // bytes: of an ordinary one

Json finiteOrText(double value) {
  if (std::isfinite(value)) {
    return value;
  }
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

// Decimal digits of a little-endian two's complement integer: repeated division by ten.
std::string decimal(std::span<const std::byte> bytes) {
  std::vector<unsigned> digits(bytes.size());
  const bool negative = (bytes.back() & std::byte{0x80}) != std::byte{0};
  unsigned carry = 1;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<unsigned>(bytes[i]);
    const unsigned flipped = (value ^ 0xffU) + carry;
    digits[i] = negative ? flipped & 0xffU : value;
    carry = flipped >> 8U;
  }
  std::string text;
  while (std::ranges::any_of(digits, [](unsigned d) { return d != 0; })) {
    unsigned remainder = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
      const unsigned value = remainder * 256 + digits[i];
      digits[i] = value / 10;
      remainder = value % 10;
    }
    text.insert(text.begin(), static_cast<char>('0' + remainder));
  }
  return text.empty() ? "0" : negative ? "-" + text : text;
}

class JsonBuilder {
 public:
  JsonBuilder(const FileBytes& file, const PickleDocument& document) : file_(file), document_(document) {}

  void addPairs(Json& object, PickleId mapping_id, int depth) {
    const auto pairs = document_.mapping(mapping_id);
    for (std::size_t i = 0; pairs && i < pairs->size(); i += 2) {
      const Json key = value((*pairs)[i], depth + 1);
      object[key.is_string() ? key.get<std::string>() : jsonText(key)] = value((*pairs)[i + 1], depth + 1);
    }
  }

  Json value(PickleId id, int depth) {
    if (depth > kMaxDepth) {
      file_.fail(fmt::format("its settings are nested more than {} levels deep", kMaxDepth));
    }
    spend(1);
    const PickleNode& node = document_[id];
    switch (node.kind) {
      case PickleKind::None:
        return nullptr;
      case PickleKind::Bool:
        return node.number != 0;
      case PickleKind::Int:
        spend(kNumberText);
        return node.number;
      case PickleKind::BigInt:
        return spent(node.text.size() > kMaxIntegerBytes
                         ? fmt::format("<integer of {} bytes>", node.text.size())
                         : decimal(node.text));
      case PickleKind::Float:
        spend(kNumberText);
        return finiteOrText(node.real());
      case PickleKind::String:
        return spent(std::string(asText(node.text)));
      case PickleKind::Bytes:
        return spent(fmt::format("<{} bytes>", node.text.size()));
      case PickleKind::List:
      case PickleKind::Tuple:
      case PickleKind::Set:
        return list(node.items, depth);
      case PickleKind::Global:
        return qualifiedName(id);
      case PickleKind::Persistent:
        return "<storage>";
      case PickleKind::Dict:
      case PickleKind::Call:
      case PickleKind::New:
        break;
    }
    if (document_.mapping(id)) {
      Json object = Json::object();
      addPairs(object, id, depth);
      return object;
    }
    return call(id, depth);
  }

  /// What files that are made of this one can hold (core/checkpoint/safetensors.h).
  void requireShort(std::size_t bytes) const {
    if (bytes > kMaxConfigBytes) {
      file_.fail(fmt::format("its settings are longer than {} bytes", kMaxConfigBytes));
    }
  }

 private:
  // Settings are a few kB; shared nodes could unfold to far more than the file. An estimate that keeps memory
  // small; what is written in the end is measured.
  void spend(std::size_t text) {
    spent_ += text;
    requireShort(spent_);
  }

  std::string spent(std::string text) {
    spend(text.size());
    return text;
  }

  Json list(std::span<const PickleId> items, int depth) {
    Json array = Json::array();
    for (const PickleId item : items) {
      array.push_back(value(item, depth + 1));
    }
    return array;
  }

  Json call(PickleId id, int depth) {
    const PickleNode& node = document_[id];
    const auto arguments = document_.sequence(node.arguments);
    const std::size_t count = arguments ? arguments->size() : 0;
    const auto is = [&](std::string_view module, std::string_view name) {
      return document_.isObjectOf(id, module, name);
    };
    if (is("builtins", "set") || is("__builtin__", "set") || is("builtins", "frozenset") ||
        is("torch", "Size")) {
      return count == 1 ? value((*arguments)[0], depth + 1) : Json::array();
    }
    if (count == 2 && (is("numpy.core.multiarray", "scalar") || is("numpy._core.multiarray", "scalar"))) {
      return numpyScalar((*arguments)[0], document_[(*arguments)[1]].text);
    }
    return document_[node.callable].kind == PickleKind::Global ? "<" + qualifiedName(node.callable) + ">"
                                                               : std::string("<object>");
  }

  Json numpyScalar(PickleId dtype, std::span<const std::byte> raw) const {
    const auto arguments = document_.sequence(document_[dtype].arguments);
    const std::string_view code = arguments && !arguments->empty() ? document_.string((*arguments)[0]) : "";
    const auto read = [&]<typename Number>(Number number) -> Json {
      if (raw.size() != sizeof number) {
        return "<damaged number>";
      }
      std::memcpy(&number, raw.data(), sizeof number);
      if constexpr (std::is_floating_point_v<Number>) {
        return finiteOrText(number);
      }
      return number;
    };
    if (code == "f8") {
      return read(double{});
    }
    if (code == "f4") {
      return read(float{});
    }
    if (code == "i8") {
      return read(std::int64_t{});
    }
    if (code == "i4") {
      return read(std::int32_t{});
    }
    if (code == "b1") {
      return raw.size() == 1 && raw[0] != std::byte{0};
    }
    return "<number>";
  }

  std::string qualifiedName(PickleId global) { return spent(document_.qualifiedName(global)); }

  const FileBytes& file_;
  const PickleDocument& document_;
  std::size_t spent_ = 0;
};

}  // namespace

std::string pickleJson(const FileBytes& file,
                       const PickleDocument& document,
                       PickleId base,
                       std::span<const std::pair<std::string_view, PickleId>> overlay) {
  JsonBuilder builder(file, document);
  Json object = Json::object();
  builder.addPairs(object, base, 0);
  for (const auto& [key, id] : overlay) {
    object[std::string(key)] = builder.value(id, 1);
  }
  std::string text = jsonText(object);
  builder.requireShort(text.size());
  return text;
}

}  // namespace panohead
