#include "core/checkpoint/pickle_value.h"

#include "core/checkpoint/byte_reader.h"

#include <fmt/format.h>

namespace panohead {

std::string_view PickleDocument::string(PickleId id) const {
  return nodes[id].kind == PickleKind::String ? asText(nodes[id].text) : std::string_view();
}

bool PickleDocument::isString(PickleId id, std::string_view text) const {
  return nodes[id].kind == PickleKind::String && asText(nodes[id].text) == text;
}

bool PickleDocument::isGlobal(PickleId id, std::string_view module, std::string_view name) const {
  const PickleNode& node = nodes[id];
  return node.kind == PickleKind::Global && string(node.items[0]) == module && string(node.items[1]) == name;
}

std::string PickleDocument::qualifiedName(PickleId id) const {
  return fmt::format("{}.{}", string(nodes[id].items[0]), string(nodes[id].items[1]));
}

bool PickleDocument::isObjectOf(PickleId id, std::string_view module, std::string_view name) const {
  return nodes[id].isObject() && isGlobal(nodes[id].callable, module, name);
}

std::optional<std::span<const PickleId>> PickleDocument::mapping(PickleId id) const {
  const PickleNode& node = nodes[id];
  if (node.kind == PickleKind::Dict || (node.isObject() && node.filled_as_dict)) {
    return node.items;
  }
  if (isObjectOf(id, "collections", "OrderedDict") || isObjectOf(id, "dnnlib.util", "EasyDict")) {
    return std::span<const PickleId>();
  }
  return std::nullopt;
}

std::optional<PickleId> PickleDocument::lookup(PickleId mapping_id, std::string_view key) const {
  const auto pairs = mapping(mapping_id);
  for (std::size_t i = pairs ? pairs->size() : 0; i >= 2; i -= 2) {
    if (isString((*pairs)[i - 2], key)) {
      return (*pairs)[i - 1];
    }
  }
  return std::nullopt;
}

std::optional<std::span<const PickleId>> PickleDocument::sequence(PickleId id) const {
  const PickleNode& node = nodes[id];
  if (node.kind == PickleKind::Tuple || node.kind == PickleKind::List) {
    return node.items;
  }
  return std::nullopt;
}

}  // namespace panohead
