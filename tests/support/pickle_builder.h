#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead::test {

/// Writes pickles by hand, opcode by opcode: `PickleBuilder().global("os", "system").text("id")...`.
class PickleBuilder {
 public:
  explicit PickleBuilder(int protocol = 4) { op('\x80').op(static_cast<char>(protocol)); }

  PickleBuilder& op(char code) {
    text_ += code;
    return *this;
  }
  PickleBuilder& ops(std::string_view codes) {
    text_ += codes;
    return *this;
  }
  template <typename Number>
  PickleBuilder& raw(Number number) {
    const std::size_t at = text_.size();
    text_.resize(at + sizeof number);
    std::memcpy(text_.data() + at, &number, sizeof number);
    return *this;
  }
  PickleBuilder& text(std::string_view value) {
    return op('X').raw(static_cast<std::uint32_t>(value.size())).ops(value);
  }
  PickleBuilder& bytes(std::string_view value) {
    return op('B').raw(static_cast<std::uint32_t>(value.size())).ops(value);
  }
  PickleBuilder& integer(std::int32_t value) { return op('J').raw(value); }
  PickleBuilder& put(std::uint32_t index) { return op('r').raw(index); }
  PickleBuilder& get(std::uint32_t index) { return op('j').raw(index); }
  PickleBuilder& global(std::string_view module, std::string_view name) {
    return op('c').ops(module).op('\n').ops(name).op('\n');
  }
  PickleBuilder& integers(const std::vector<std::int32_t>& values) {
    op('(');
    for (const std::int32_t value : values) {
      integer(value);
    }
    return op('t');
  }

  /// A container of torch's old format with one float storage.
  static std::string container(const std::vector<float>& values,
                               std::int32_t claimed_numel,
                               std::int64_t stored_numel,
                               bool little_endian = true) {
    PickleBuilder version(2), system(2), object(2), keys(2);
    version.op('M').raw(std::uint16_t{1001});
    system.op('}').text("little_endian").op(little_endian ? '\x88' : '\x89').op('s');
    object.op('(')
        .text("storage")
        .global("torch", "FloatStorage")
        .text("7")
        .text("cuda:3")
        .integer(claimed_numel);
    object.ops("NtQ");
    keys.op(']').text("7").op('a');
    std::string all{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15};
    for (PickleBuilder* part : {&version, &system, &object, &keys}) {
      all += part->op('.').text_;
    }
    all.append(reinterpret_cast<const char*>(&stored_numel), sizeof stored_numel);
    return all.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  static std::string container(const std::vector<float>& values) {
    return container(
        values, static_cast<std::int32_t>(values.size()), static_cast<std::int64_t>(values.size()));
  }

  /// A tensor that views a container.
  PickleBuilder& tensor(const std::string& container_bytes,
                        std::int32_t offset,
                        const std::vector<std::int32_t>& shape,
                        const std::vector<std::int32_t>& stride) {
    global("torch._utils", "_rebuild_tensor_v2").op('(');
    global("torch.storage", "_load_from_bytes").bytes(container_bytes).ops("\x85R");
    return integer(offset).integers(shape).integers(stride).ops("\x89N").ops("tR");
  }

  std::string finish() const { return text_ + "."; }

 private:
  std::string text_;
};

inline std::span<const std::byte> bytesOf(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace panohead::test
