#include "core/training/warmup/attribute_table.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/training/warmup/attribute_columns.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>

namespace panohead {

namespace {

using nlohmann::json;

// "00012/00012_03.webp" -> "00012"
std::string folderOf(const std::string& name) {
  const std::size_t slash = name.find('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

std::string withoutLeadingZeros(const std::string& name) {
  const bool number = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c >= '0' && c <= '9';
  });
  const std::size_t first = number ? std::min(name.find_first_not_of('0'), name.size() - 1) : 0;
  return name.substr(first);
}

std::string personOf(const json& record) {
  for (const char* key : {"name", "person"}) {
    if (const auto found = record.find(key); found != record.end() && found->is_string()) {
      return found->get<std::string>();
    }
  }
  if (const auto views = record.find("views");
      views != record.end() && views->is_array() && !views->empty()) {
    const json& view = views->front();
    if (view.is_object() && view.contains("name") && view["name"].is_string()) {
      if (const std::string folder = folderOf(view["name"].get<std::string>()); !folder.empty()) {
        return folder;
      }
    }
  }
  for (const char* key : {"identity", "id"}) {
    if (const auto found = record.find(key); found != record.end() && found->is_number_integer()) {
      return std::to_string(found->get<std::int64_t>());
    }
  }
  return {};
}

// Person name (without leading zeros) -> record.
std::map<std::string, const json*> recordsOf(const json& document) {
  std::map<std::string, const json*> records;
  const json* list = nullptr;
  if (document.is_array()) {
    list = &document;
  } else if (document.is_object()) {
    for (const auto& [key, value] : document.items()) {
      if (list == nullptr && value.is_array() && !value.empty() && value.front().is_object()) {
        list = &value;
      }
    }
  }
  if (list != nullptr) {
    for (const json& record : *list) {
      if (record.is_object()) {
        records.emplace(withoutLeadingZeros(personOf(record)), &record);
      }
    }
  } else if (document.is_object()) {
    for (const auto& [key, value] : document.items()) {
      if (value.is_object()) {
        records.emplace(withoutLeadingZeros(key), &value);
      }
    }
  }
  records.erase("");
  return records;
}

void standardise(AttributeTable& table, const std::vector<AttributeColumn>& columns) {
  constexpr double kLimit = 4.0;  // deviations
  const auto people = static_cast<std::size_t>(table.people);
  std::vector<std::vector<float>> kept;
  for (const AttributeColumn& column : columns) {
    double sum = 0;
    double count = 0;
    for (const double value : column.values) {
      if (!std::isnan(value)) {
        sum += value;
        count += 1;
      }
    }
    const double mean = count > 0 ? sum / count : 0;
    double square = 0;
    for (const double value : column.values) {
      square += std::isnan(value) ? 0 : (value - mean) * (value - mean);
    }
    const double deviation = std::sqrt(square / static_cast<double>(std::max<std::size_t>(people, 1)));
    if (!(deviation > 1e-6 * (1 + std::abs(mean)))) {
      continue;
    }
    std::vector<float> values(people);
    for (std::size_t i = 0; i < people; ++i) {
      const double value = std::isnan(column.values[i]) ? 0 : (column.values[i] - mean) / deviation;
      values[i] = static_cast<float>(std::clamp(value, -kLimit, kLimit));
    }
    kept.push_back(std::move(values));
    table.names.push_back(column.name);
    table.mean.push_back(mean);
    table.deviation.push_back(deviation);
  }
  table.values.resize(people * kept.size());
  for (std::size_t i = 0; i < people; ++i) {
    for (std::size_t k = 0; k < kept.size(); ++k) {
      table.values[i * kept.size() + k] = kept[k][i];
    }
  }
}

}  // namespace

std::int64_t AttributeTable::find(std::string_view name) const noexcept {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : found - names.begin();
}

AttributeTable flattenAttributes(std::string_view text,
                                 const std::vector<std::string>& people,
                                 const std::string& source) {
  const json document = parseJsonQuietly(text);
  if (document.is_discarded()) {
    throw DatasetError(fmt::format("{} is not JSON", source), "attributes are a JSON file, or a zip of one");
  }
  const std::map<std::string, const json*> records = recordsOf(document);
  if (records.empty()) {
    throw DatasetError(
        fmt::format("{} holds no records of people", source),
        "expected an object by person name, or an array of objects with \"name\" or \"views\"");
  }
  AttributeColumns columns;
  for (const std::string& person : people) {
    const auto record = records.find(withoutLeadingZeros(person));
    if (record == records.end()) {
      throw DatasetError(fmt::format("{} has no record of person '{}'", source, person),
                         "every person of the data set needs one; or train without attributes");
    }
    columns.addPerson(*record->second);
  }
  AttributeTable table;
  table.people = static_cast<std::int64_t>(people.size());
  standardise(table, columns.finish());
  return table;
}

std::vector<double> sphericalHarmonics(double x, double y, double z) {
  return {0.282095,
          0.488603 * y,
          0.488603 * z,
          0.488603 * x,
          1.092548 * x * y,
          1.092548 * y * z,
          0.315392 * (3 * z * z - 1),
          1.092548 * x * z,
          0.546274 * (x * x - y * y)};
}

}  // namespace panohead
