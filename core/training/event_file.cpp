#include "core/training/event_file.h"

#include "core/base/clock.h"
#include "core/base/crc32c.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <chrono>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace panohead {
namespace {

// Field numbers of event.proto and summary.proto.
enum EventField : std::uint8_t { kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7 };
enum SummaryField : std::uint8_t { kValue = 1 };
enum ValueField : std::uint8_t { kTag = 1, kSimpleValue = 2, kImage = 4 };
enum ImageField : std::uint8_t { kHeight = 1, kWidth = 2, kColorspace = 3, kEncoded = 4 };
constexpr std::uint64_t kRgb = 3;
enum SessionLogField : std::uint8_t { kStatus = 1 };
constexpr std::uint64_t kStart = 1;  // SessionLog.SessionStatus

// Wire types of protocol buffers.
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kFixed64 = 1;
constexpr std::uint64_t kBytes = 2;
constexpr std::uint64_t kFixed32 = 5;

/// A message being written, field by field.
class Message {
 public:
  Message& varint(std::uint64_t field, std::uint64_t value) {
    key(field, kVarint);
    putVarint(value);
    return *this;
  }
  Message& number(std::uint64_t field, double value) {
    key(field, kFixed64);
    putFixed(std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& number(std::uint64_t field, float value) {
    key(field, kFixed32);
    putFixed(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  Message& bytes(std::uint64_t field, std::string_view value) {
    key(field, kBytes);
    putVarint(value.size());
    text_ += value;
    return *this;
  }
  const std::string& text() const noexcept { return text_; }

 private:
  void key(std::uint64_t field, std::uint64_t wire_type) { putVarint(field << 3 | wire_type); }
  void putVarint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      text_ += static_cast<char>(value | 0x80);
    }
    text_ += static_cast<char>(value);
  }
  template <typename Word>
  void putFixed(Word value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);  // little-endian
  }
  std::string text_;
};

/// CRCs of data that holds CRCs are weak; TFRecord therefore rotates and shifts them.
std::uint32_t maskedCrc(std::string_view data) {
  return std::rotr(crc32c(std::as_bytes(std::span(data))), 15) + 0xa282ead8U;
}

template <typename Word>
std::string_view bytesOf(const Word& word) {
  return {reinterpret_cast<const char*>(&word), sizeof word};
}

std::string frame(const std::string& data) {
  const std::uint64_t length = data.size();
  const std::uint32_t length_crc = maskedCrc(bytesOf(length));
  const std::uint32_t data_crc = maskedCrc(data);
  return fmt::format("{}{}{}{}", bytesOf(length), bytesOf(length_crc), data, bytesOf(data_crc));
}

std::filesystem::path newName(const std::filesystem::path& folder) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string name = fmt::format(
      "events.out.tfevents.{:010}.{}", static_cast<std::int64_t>(secondsSince1970()), host.data());
  std::filesystem::path path = folder / name;
  std::error_code ignored;
  for (int start = 1; std::filesystem::exists(path, ignored); ++start) {  // two starts within a second
    path = folder / fmt::format("{}.{}", name, start);
  }
  return path;
}

Message event(double wall_time, std::int64_t step) {
  return Message().number(kWallTime, wall_time).varint(kStep, static_cast<std::uint64_t>(step));
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t images) : file_(newName(folder)) {
  const double now = secondsSince1970();
  std::string text = frame(event(now, 0).bytes(kFileVersion, "brain.Event:2").text());
  if (images > 0) {
    text += frame(
        event(now, images / 1000 + 1).bytes(kSessionLog, Message().varint(kStatus, kStart).text()).text());
  }
  file_.append(text);
}

void EventFile::write(const StatsSnapshot& snapshot, std::int64_t images, double timestamp) {
  Message summary;
  for (const auto& [name, moments] : snapshot) {
    summary.bytes(
        kValue, Message().bytes(kTag, name).number(kSimpleValue, static_cast<float>(moments.mean())).text());
  }
  file_.append(frame(event(timestamp, images / 1000).bytes(kSummary, summary.text()).text()));
}

void EventFile::writePicture(const std::string& tag,
                             std::string_view png,
                             int width,
                             int height,
                             std::int64_t images,
                             double timestamp) {
  const std::string image = Message()
                                .varint(kHeight, static_cast<std::uint64_t>(height))
                                .varint(kWidth, static_cast<std::uint64_t>(width))
                                .varint(kColorspace, kRgb)
                                .bytes(kEncoded, png)
                                .text();
  const std::string value = Message().bytes(kTag, tag).bytes(kImage, image).text();
  file_.append(
      frame(event(timestamp, images / 1000).bytes(kSummary, Message().bytes(kValue, value).text()).text()));
}

}  // namespace panohead
