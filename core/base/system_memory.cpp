#include "core/base/system_memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace panohead {
namespace {

std::uint64_t numberIn(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  return stream >> value ? value : 0;  // "max" is no number: no limit
}

/// The value behind a name, in files of names and values.
std::uint64_t valueOf(const std::string& wanted, const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string name;
  for (std::uint64_t value = 0; stream >> name >> value; stream.ignore(64, '\n')) {
    if (name == wanted) {
      return value;
    }
  }
  return 0;
}

}  // namespace

std::uint64_t availableMemory(const std::filesystem::path& meminfo, const std::filesystem::path& cgroup) {
  std::uint64_t available = valueOf("MemAvailable:", meminfo) * 1024;
  const std::uint64_t limit = numberIn(cgroup / "memory.max");
  if (limit > 0) {
    // Files that nobody has used lately are counted as used, and given up for whoever needs memory.
    const std::uint64_t used = numberIn(cgroup / "memory.current");
    const std::uint64_t cache = valueOf("inactive_file", cgroup / "memory.stat");
    const std::uint64_t kept = used > cache ? used - cache : 0;
    available = std::min(available, limit > kept ? limit - kept : 0);
  }
  return available;
}

}  // namespace panohead
