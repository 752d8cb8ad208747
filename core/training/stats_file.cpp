#include "core/training/stats_file.h"

#include "core/base/atomic_file.h"
#include "core/base/json_text.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <system_error>

namespace panohead {
namespace {

using Json = nlohmann::json;

/// Whether a line is whole and of the first `images` pictures.
bool belongs(const std::string& line, std::int64_t images) {
  const Json json = parseJsonQuietly(line);
  if (!json.is_object()) {
    return false;
  }
  const Json kimg = json.value(Json::json_pointer("/Progress~1kimg/mean"), Json());
  return kimg.is_number() && kimg.get<double>() * 1000 < static_cast<double>(images) + 0.5;
}

std::filesystem::path trimmed(const std::filesystem::path& path, std::int64_t images) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return path;  // a new file
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::string kept;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      break;
    }
    if (belongs(text.substr(begin, end - begin), images)) {
      kept.append(text, begin, end + 1 - begin);
    }
    begin = end + 1;
  }
  if (kept != text) {
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(kept)));
    file.commit();
  }
  return path;
}

}  // namespace

std::string statsLine(const StatsSnapshot& snapshot, double timestamp) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, moments] : snapshot) {
    json[name] = {{"num", static_cast<std::int64_t>(moments.count)},
                  {"mean", moments.mean()},
                  {"std", moments.deviation()}};
  }
  json["timestamp"] = timestamp;
  return json.dump() + "\n";
}

StatsFile::StatsFile(const std::filesystem::path& path, std::int64_t images) : file_(trimmed(path, images)) {}

void StatsFile::write(const StatsSnapshot& snapshot, double timestamp) {
  file_.append(statsLine(snapshot, timestamp));
}

}  // namespace panohead
