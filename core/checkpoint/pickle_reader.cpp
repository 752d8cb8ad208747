#include "core/checkpoint/pickle_reader.h"

#include "core/checkpoint/latin1.h"
#include "core/checkpoint/pickle_opcodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <utility>

namespace panohead {
namespace {

// A full-size PanoHead snapshot has about 50 thousand nodes.
constexpr std::size_t kMaxNodes = 2'000'000;
constexpr std::size_t kMaxPushes = 16'000'000;
constexpr std::size_t kMaxGlobalLength = 512;

using enum PickleOpcode;

struct TextOpcode {
  PickleOpcode op;
  PickleKind kind;
  std::size_t length_bytes;  // of the little-endian length before the text
};
constexpr std::array<TextOpcode, 9> kTextOpcodes{{{kShortBinUnicode, PickleKind::String, 1},
                                                  {kShortBinString, PickleKind::String, 1},
                                                  {kBinUnicode, PickleKind::String, 4},
                                                  {kBinString, PickleKind::String, 4},
                                                  {kBinUnicode8, PickleKind::String, 8},
                                                  {kShortBinBytes, PickleKind::Bytes, 1},
                                                  {kBinBytes, PickleKind::Bytes, 4},
                                                  {kBinBytes8, PickleKind::Bytes, 8},
                                                  {kByteArray8, PickleKind::Bytes, 8}}};

class PickleMachine {
 public:
  explicit PickleMachine(ByteReader& reader)
      : in_(reader), memo_limit_(std::min(reader.rest().size(), kMaxPushes)) {
    document_.nodes.resize(3);  // None, True, False
    document_.nodes[kTrueNode] = {.kind = PickleKind::Bool, .number = 1};
    document_.nodes[kFalseNode] = {.kind = PickleKind::Bool, .number = 0};
  }

  PickleDocument run() {
    start_ = in_.position();
    if (static_cast<PickleOpcode>(in_.byte("a pickle")) != kProto) {
      fail("a pickle of protocol 2 to 5");
    }
    const std::uint8_t protocol = in_.byte("the protocol number");
    if (protocol < 2 || protocol > 5) {
      fail(fmt::format("pickle protocol 2 to 5, but it is {}", protocol));
    }
    for (;;) {
      start_ = in_.position();
      const auto op = static_cast<PickleOpcode>(in_.byte("an opcode"));
      if (op == kStop) {
        document_.root = pop();
        return std::move(document_);
      }
      if (!constant(op) && !text(op) && !container(op) && !filling(op) && !memory(op) && !object(op)) {
        fail(fmt::format("a known pickle opcode, but it is 0x{:02x}", static_cast<unsigned>(op)));
      }
    }
  }

 private:
  static constexpr PickleId kTrueNode = 1;
  static constexpr PickleId kFalseNode = 2;

  [[noreturn]] void fail(const std::string& expected) const { in_.file().failAt(start_, expected); }

  void countPush() {
    if (++pushes_ > kMaxPushes) {
      fail(fmt::format("at most {} values", kMaxPushes));
    }
  }

  void push(PickleId id) {
    countPush();
    stack_.push_back(id);
  }

  PickleId add(PickleNode node) {
    if (document_.nodes.size() >= kMaxNodes) {
      fail(fmt::format("at most {} values", kMaxNodes));
    }
    document_.nodes.push_back(std::move(node));
    return static_cast<PickleId>(document_.nodes.size() - 1);
  }

  void pushNew(PickleNode node) { push(add(std::move(node))); }
  void pushInt(std::int64_t value) { pushNew({.kind = PickleKind::Int, .number = value}); }

  // Values below the last mark belong to whoever set it.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleId& top() {
    if (stack_.size() <= floor()) {
      fail("a value on the stack");
    }
    return stack_.back();
  }

  PickleId pop() {
    const PickleId id = top();
    stack_.pop_back();
    return id;
  }

  std::vector<PickleId> popCount(std::size_t count) {
    if (stack_.size() - floor() < count) {
      fail(fmt::format("{} values on the stack", count));
    }
    std::vector<PickleId> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }

  std::vector<PickleId> popToMark() {
    if (marks_.empty()) {
      fail("a mark on the stack");
    }
    std::vector<PickleId> values = popCount(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  bool constant(PickleOpcode op) {
    switch (op) {
      case kNone:
        push(kPickleNone);
        return true;
      case kNewTrue:
        push(kTrueNode);
        return true;
      case kNewFalse:
        push(kFalseNode);
        return true;
      case kBinInt:
        pushInt(in_.number<std::int32_t>("an integer"));
        return true;
      case kBinInt1:
        pushInt(in_.byte("an integer"));
        return true;
      case kBinInt2:
        pushInt(in_.number<std::uint16_t>("an integer"));
        return true;
      case kLong1:
        pushLong(in_.byte("a length"));
        return true;
      case kLong4:
        pushLong(in_.number<std::uint32_t>("a length"));
        return true;
      case kBinFloat:
        pushNew(
            {.kind = PickleKind::Float,
             .number = static_cast<std::int64_t>(__builtin_bswap64(in_.number<std::uint64_t>("a number")))});
        return true;
      case kFrame:
        in_.number<std::uint64_t>("a frame length");
        return true;
      default:
        return false;
    }
  }

  void pushLong(std::uint64_t length) {
    const auto bytes = in_.take(length, "an integer");
    if (bytes.size() > 8) {
      pushNew({.kind = PickleKind::BigInt, .text = bytes});
      return;
    }
    std::int64_t value = bytes.empty() || (bytes.back() & std::byte{0x80}) == std::byte{0} ? 0 : -1;
    std::memcpy(&value, bytes.data(), bytes.size());
    pushInt(value);
  }

  bool text(PickleOpcode op) {
    const auto* row = std::ranges::find(kTextOpcodes, op, &TextOpcode::op);
    if (row == kTextOpcodes.end()) {
      return false;
    }
    std::uint64_t length = 0;
    std::memcpy(&length, in_.take(row->length_bytes, "a length").data(), row->length_bytes);
    pushNew({.kind = row->kind,
             .text = in_.take(length, row->kind == PickleKind::String ? "a string" : "a byte string")});
    return true;
  }

  bool container(PickleOpcode op) {
    switch (op) {
      case kMark:
        countPush();
        marks_.push_back(stack_.size());
        return true;
      case kEmptyTuple:
      case kTuple1:
      case kTuple2:
      case kTuple3:
        pushNew({.kind = PickleKind::Tuple,
                 .items = popCount(op == kEmptyTuple ? 0 : static_cast<std::size_t>(op) - 0x84)});
        return true;
      case kTuple:
        pushNew({.kind = PickleKind::Tuple, .items = popToMark()});
        return true;
      case kEmptyList:
        pushNew({.kind = PickleKind::List});
        return true;
      case kList:
        pushNew({.kind = PickleKind::List, .items = popToMark()});
        return true;
      case kEmptyDict:
        pushNew({.kind = PickleKind::Dict});
        return true;
      case kEmptySet:
        pushNew({.kind = PickleKind::Set});
        return true;
      case kFrozenSet:
        pushNew({.kind = PickleKind::Set, .items = popToMark()});
        return true;
      default:
        return false;
    }
  }

  bool filling(PickleOpcode op) {
    switch (op) {
      case kDict: {
        const std::vector<PickleId> pairs = popToMark();
        pushNew({.kind = PickleKind::Dict});
        setItems(pairs);
        return true;
      }
      case kAppend:
        append(PickleKind::List, popCount(1));
        return true;
      case kAppends:
        append(PickleKind::List, popToMark());
        return true;
      case kAddItems:
        append(PickleKind::Set, popToMark());
        return true;
      case kSetItem:
        setItems(popCount(2));
        return true;
      case kSetItems:
        setItems(popToMark());
        return true;
      default:
        return false;
    }
  }

  void append(PickleKind kind, const std::vector<PickleId>& values) {
    PickleNode& target = document_.nodes[top()];
    if (target.kind != kind && !(kind == PickleKind::List && target.isObject() && !target.filled_as_dict)) {
      fail("a list or set to add to");
    }
    target.items.insert(target.items.end(), values.begin(), values.end());
  }

  void setItems(const std::vector<PickleId>& pairs) {
    PickleNode& target = document_.nodes[top()];
    const bool fresh = target.isObject() && (target.filled_as_dict || target.items.empty());
    if ((target.kind != PickleKind::Dict && !fresh) || pairs.size() % 2 != 0) {
      fail("a dictionary and pairs to put into it");
    }
    target.filled_as_dict = true;
    target.items.insert(target.items.end(), pairs.begin(), pairs.end());
  }

  bool memory(PickleOpcode op) {
    switch (op) {
      case kPop:
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case kPopMark:
        popToMark();
        return true;
      case kDup:
        push(top());
        return true;
      case kBinGet:
        recall(in_.byte("a memo index"));
        return true;
      case kLongBinGet:
        recall(in_.number<std::uint32_t>("a memo index"));
        return true;
      case kBinPut:
        memoize(in_.byte("a memo index"));
        return true;
      case kLongBinPut:
        memoize(in_.number<std::uint32_t>("a memo index"));
        return true;
      case kMemoize:
        memoize(memo_.size());
        return true;
      default:
        return false;
    }
  }

  void recall(std::size_t index) {
    if (index >= memo_.size() || memo_[index] == kUnset) {
      fail(fmt::format("a known memo index, but it is {}", index));
    }
    push(memo_[index]);
  }

  void memoize(std::size_t index) {
    // Writers count up from 0, so there are never more indices than bytes.
    if (index >= memo_limit_) {
      fail(fmt::format("a memo index below {}, but it is {}", memo_limit_, index));
    }
    if (index >= memo_.size()) {
      memo_.resize(index + 1, kUnset);
    }
    memo_[index] = top();
  }

  bool object(PickleOpcode op) {
    switch (op) {
      case kGlobal: {
        const auto module = in_.line("a module name");
        const auto name = in_.line("a class name");
        const auto node = [](std::string_view text) {
          return PickleNode{.kind = PickleKind::String, .text = std::as_bytes(std::span(text))};
        };
        const PickleId module_id = add(node(module));
        pushGlobal(module_id, add(node(name)));
        return true;
      }
      case kStackGlobal: {
        const PickleId name = pop();
        pushGlobal(pop(), name);
        return true;
      }
      case kReduce:
        reduce();
        return true;
      case kNewObjEx:
        pop();
        [[fallthrough]];
      case kNewObj: {
        const PickleId arguments = pop();
        pushNew({.kind = PickleKind::New, .callable = pop(), .arguments = arguments});
        return true;
      }
      case kBuild: {
        const PickleId state = pop();
        PickleNode& target = document_.nodes[top()];
        if (!target.isObject()) {
          fail("an object to give its state to");
        }
        target.state = state;
        return true;
      }
      case kBinPersId:
        pushNew({.kind = PickleKind::Persistent, .arguments = pop()});
        return true;
      default:
        return false;
    }
  }

  void pushGlobal(PickleId module, PickleId name) {
    for (const PickleId id : {module, name}) {
      const PickleNode& node = document_.nodes[id];
      if (node.kind != PickleKind::String || node.text.size() > kMaxGlobalLength) {
        fail(fmt::format("a module and a class name of at most {} bytes", kMaxGlobalLength));
      }
    }
    pushNew({.kind = PickleKind::Global, .items = {module, name}});
  }

  // Builds a node; the one call that is answered is the text encoding of bytes in protocol 2.
  void reduce() {
    const PickleId arguments = pop();
    const PickleId callable = pop();
    const auto items = document_.sequence(arguments);
    if (items && items->size() == 2 && document_.isGlobal(callable, "_codecs", "encode") &&
        document_.nodes[(*items)[0]].kind == PickleKind::String &&
        document_.isString((*items)[1], "latin1")) {
      pushNew({.kind = PickleKind::Bytes, .text = latin1((*items)[0])});
    } else if (items && items->empty() &&
               (document_.isGlobal(callable, "__builtin__", "bytes") ||
                document_.isGlobal(callable, "builtins", "bytes"))) {
      pushNew({.kind = PickleKind::Bytes});
    } else {
      pushNew({.kind = PickleKind::Call, .callable = callable, .arguments = arguments});
    }
  }

  // Each string is decoded once, so that all decoded text together is smaller than the file.
  std::span<const std::byte> latin1(PickleId string) {
    const auto [place, fresh] = decoded_.try_emplace(string);
    if (fresh) {
      std::optional<std::vector<std::byte>> bytes = decodeLatin1(document_.string(string));
      if (!bytes) {
        fail("bytes written as latin-1 text");
      }
      place->second = document_.decoded_text.emplace_back(std::move(*bytes));
    }
    return place->second;
  }

  static constexpr PickleId kUnset = std::numeric_limits<PickleId>::max();

  ByteReader& in_;
  const std::byte* start_ = nullptr;  // of the current opcode
  PickleDocument document_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::vector<PickleId> memo_;
  std::size_t memo_limit_;
  std::size_t pushes_ = 0;
  std::unordered_map<PickleId, std::span<const std::byte>> decoded_;
};

}  // namespace

PickleDocument readPickle(ByteReader& reader) { return PickleMachine(reader).run(); }

}  // namespace panohead
