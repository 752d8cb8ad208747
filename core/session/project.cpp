#include "core/session/project.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/regular_file.h"
#include "core/base/sha256.h"
#include "core/session/project_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <stdexcept>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;  // of a project's file

std::string textOf(const std::filesystem::path& path, const Project& project) {
  return jsonText(projectToJson(path, project), 1) + "\n";
}

}  // namespace

std::string projectDigest(const Project& project) {
  const std::string text = textOf("project.heads", project);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

void writeProject(const std::filesystem::path& path, const Project& project) {
  const std::string text = textOf(path, project);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

ReadProject readProject(const std::filesystem::path& path) {
  const TextFile file = readTextFile(path, kMostBytes);
  if (!file.isRead()) {
    throw ProjectError(fmt::format("'{}' cannot be read: {}", path.string(), file.fault),
                       "check that the file is there and readable");
  }
  const auto damaged = [&](const std::string& detail) {
    return ProjectError(fmt::format("'{}' is damaged, or is not a project", path.string()),
                        "choose its backup (the same name with '~' at the end), or another file",
                        detail);
  };
  try {
    const Json json = parseJson<Json>(file.text);
    if (json.value("format", "") != kProjectFormat) {
      throw damaged("it does not say that it is a project of this program");
    }
    if (json.at("version").get<int>() > kProjectVersion) {
      throw ProjectError(fmt::format("'{}' was made by a newer version of the program", path.string()),
                         "open it there, or install the newer version");
    }
    return projectFromJson(path, json);
  } catch (const Json::exception& error) {
    throw damaged(error.what());
  } catch (const std::out_of_range& error) {
    throw damaged(error.what());
  } catch (const OptionError& error) {
    throw damaged(error.what());
  }
}

}  // namespace panohead
