#include "core/dataset/dataset_labels.h"

#include "core/base/error.h"
#include "core/base/printable_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace panohead {
namespace {

using nlohmann::json;

const char* const kFormatHint =
    R"(it must be {"labels": [["picture.png", [25 numbers]], ...]}; resources/docs/datasets.md explains it)";

/// A number that is written as a text.
std::optional<double> parseValue(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t+");
  const std::size_t end = text.find_last_not_of(" \t");
  if (begin == std::string::npos) {
    return std::nullopt;
  }
  double number = 0;
  const char* last = text.data() + end + 1;
  const auto [stop, error] = std::from_chars(text.data() + begin, last, number);
  return error == std::errc() && stop == last ? std::optional(number) : std::nullopt;
}

/// Takes the rows out of the text as it is read: nothing else of a file is kept, whatever it holds, and
/// however deep. Levels: 1 the object around all, 2 the list "labels", 3 a pair, 4 its 25 numbers.
class LabelParser final : public nlohmann::json_sax<json> {
 public:
  std::vector<LabelRow> rows;
  std::string fault, detail;  // why the whole cannot be used
  bool has_labels = false;

  bool null() override { return value({}, nullptr); }
  bool boolean(bool) override { return value({}, nullptr); }
  bool number_integer(number_integer_t number) override {
    return value(static_cast<double>(number), nullptr);
  }
  bool number_unsigned(number_unsigned_t number) override {
    return value(static_cast<double>(number), nullptr);
  }
  bool number_float(number_float_t number, const string_t&) override { return value(number, nullptr); }
  bool string(string_t& text) override { return value(parseValue(text), &text); }
  bool binary(binary_t&) override { return value({}, nullptr); }

  bool start_object(std::size_t) override {
    if (depth_ == 0) {
      ++depth_;
      return true;
    }
    const bool taken = value({}, nullptr);
    ++depth_;
    return taken;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    is_labels_ = depth_ == 1 ? name == "labels" : is_labels_;
    return true;
  }

  bool start_array(std::size_t) override {
    bool taken = true;
    if (depth_ == 1 && is_labels_) {
      rows.clear();  // of equal names the last counts
      has_labels = in_labels_ = true;
    } else if (in_labels_ && depth_ == 2) {
      rows.emplace_back();
      items_ = 0;
    } else if (in_labels_ && depth_ == 3 && items_ == 1) {
      ++items_;
      in_numbers_ = true;
      numbers_ = 0;
    } else {
      taken = value({}, nullptr);
    }
    ++depth_;
    return taken;
  }
  bool end_array() override {
    --depth_;
    if (in_labels_ && depth_ == 1) {
      in_labels_ = false;
    } else if (in_labels_ && depth_ == 2 && items_ != 2) {
      return refuseEntry();
    } else if (in_numbers_ && depth_ == 3) {
      in_numbers_ = false;
      if (numbers_ != rows.back().label.size()) {
        rows.back().problem = fmt::format("it has {} numbers, not 25", numbers_);
      }
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    fault = "it is no valid JSON";
    detail = error.what();
    return false;
  }

 private:
  bool refuse(const std::string& why) {
    fault = why;
    return false;
  }
  /// Of the entry that is being read.
  bool refuseEntry() {
    return refuse(fmt::format("entry {} of \"labels\" is no pair of a name and a label", rows.size()));
  }

  /// Anything that is no list, or a list where none is expected.
  bool value(std::optional<double> number, const std::string* text) {
    if (depth_ == 0 || (depth_ == 1 && is_labels_)) {
      return refuse("it holds no list \"labels\"");
    }
    if (in_labels_ && depth_ == 2) {
      rows.emplace_back();
      return refuseEntry();
    }
    if (in_labels_ && depth_ == 3) {
      return item(text);
    }
    if (in_numbers_ && depth_ == 4) {
      addNumber(number);
    }
    return true;
  }

  /// The name, or what should be a list of numbers.
  bool item(const std::string* text) {
    if (items_ == 0 && text != nullptr) {
      rows.back().name = *text;
      std::ranges::replace(rows.back().name, '\\', '/');
    } else if (items_ == 1) {
      rows.back().problem = "it is no list of numbers";
    } else {
      return refuseEntry();
    }
    ++items_;
    return true;
  }

  void addNumber(std::optional<double> number) {
    LabelRow& row = rows.back();
    if (numbers_ < row.label.size() && row.problem.empty()) {
      row.label[numbers_] = static_cast<float>(number.value_or(0));
      if (!number) {
        row.problem = fmt::format("its value {} is no number", numbers_ + 1);
      } else if (!std::isfinite(row.label[numbers_])) {
        row.problem = fmt::format("its value {} is not finite", numbers_ + 1);
      }
    }
    ++numbers_;
  }

  std::size_t depth_ = 0;
  bool is_labels_ = false;   // the key at the top
  bool in_labels_ = false;   // inside its list
  bool in_numbers_ = false;  // inside the list of a pair
  std::size_t items_ = 0;    // of the pair so far
  std::size_t numbers_ = 0;  // of its list so far
};

}  // namespace

std::vector<LabelRow> parseLabels(std::span<const std::byte> bytes, const std::string& file) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  LabelParser parser;
  json::sax_parse(text, text + bytes.size(), &parser);
  if (parser.fault.empty() && !parser.has_labels) {
    parser.fault = "it holds no list \"labels\"";
  }
  if (!parser.fault.empty()) {
    throw DatasetError(
        fmt::format("cannot use the labels of '{}': {}", file, parser.fault), kFormatHint, parser.detail);
  }
  return std::move(parser.rows);
}

std::string writeLabels(std::span<const LabelRow> rows) {
  std::string text = "{\"labels\": [";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!isUtf8(rows[i].name)) {
      throw DatasetError(
          fmt::format("dataset.json cannot name '{}': it is not valid text (UTF-8)", printable(rows[i].name)),
          "rename the picture");
    }
    text += fmt::format(
        "{}\n[{}, [{}]]", i == 0 ? "" : ",", json(rows[i].name).dump(), fmt::join(rows[i].label, ", "));
  }
  return text + "\n]}\n";
}

}  // namespace panohead
