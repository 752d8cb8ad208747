#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// What a pickle says, as inert data: a graph of nodes in one arena, linked by index. Nothing in it
/// can run. Nodes may be shared and may form cycles, so whoever walks it must bound the walk.
enum class PickleKind : std::uint8_t {
  None,
  Bool,        // number
  Int,         // number
  BigInt,      // text: little-endian two's complement of more than 8 bytes
  Float,       // real()
  String,      // text: UTF-8, not validated
  Bytes,       // text
  List,        // items
  Tuple,       // items
  Set,         // items
  Dict,        // items: key, value, key, value, ...
  Global,      // items: module and name, both strings
  Call,        // callable, arguments, state; items as of a list or a dictionary filled later
  New,         // the same for an object made without calling its constructor
  Persistent,  // arguments: the persistent id
};

using PickleId = std::uint32_t;
inline constexpr PickleId kPickleNone = 0;  // the node None, first in every arena

struct PickleNode {
  PickleKind kind = PickleKind::None;
  bool filled_as_dict = false;  // items of a Call or New are key, value pairs
  PickleId callable = kPickleNone;
  PickleId arguments = kPickleNone;
  PickleId state = kPickleNone;
  std::int64_t number = 0;            // of a Float: its bits
  std::span<const std::byte> text{};  // points into the file or into decoded_text
  std::vector<PickleId> items{};

  double real() const noexcept { return std::bit_cast<double>(number); }
  bool isObject() const noexcept { return kind == PickleKind::Call || kind == PickleKind::New; }
};

/// One unpickled value and everything reachable from it. Destruction is flat, whatever the nesting.
struct PickleDocument {
  std::vector<PickleNode> nodes;
  PickleId root = kPickleNone;
  std::deque<std::vector<std::byte>> decoded_text;  // bytes that protocol 2 stores as latin-1 text

  const PickleNode& operator[](PickleId id) const { return nodes[id]; }
  /// The text of a String, else "".
  std::string_view string(PickleId id) const;
  bool isString(PickleId id, std::string_view text) const;
  /// Whether the node is the class or function `module.name`.
  bool isGlobal(PickleId id, std::string_view module, std::string_view name) const;
  /// "module.name" of a Global.
  std::string qualifiedName(PickleId id) const;
  /// Whether the node is a Call or New of `module.name`.
  bool isObjectOf(PickleId id, std::string_view module, std::string_view name) const;
  /// The key, value pairs of a Dict or of an object that was filled like one (OrderedDict, EasyDict);
  /// nothing for any other node. An OrderedDict that was never filled is an empty mapping.
  std::optional<std::span<const PickleId>> mapping(PickleId id) const;
  /// The value of a string key in a mapping, or nothing. Of equal keys the last one counts.
  std::optional<PickleId> lookup(PickleId mapping_id, std::string_view key) const;
  /// The items of a Tuple or List, else nothing.
  std::optional<std::span<const PickleId>> sequence(PickleId id) const;
};

}  // namespace panohead
