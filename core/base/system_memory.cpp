#include "core/base/system_memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace panohead {
namespace {

std::uint64_t numberIn(const char* file) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  return stream >> value ? value : 0;  // "max" is no number: no limit
}

}  // namespace

std::uint64_t availableMemory() {
  std::uint64_t available = 0;
  std::ifstream info("/proc/meminfo");
  std::string name;
  for (std::uint64_t kilobytes = 0; info >> name >> kilobytes; info.ignore(64, '\n')) {
    if (name == "MemAvailable:") {
      available = kilobytes * 1024;
      break;
    }
  }
  const std::uint64_t limit = numberIn("/sys/fs/cgroup/memory.max");
  const std::uint64_t used = numberIn("/sys/fs/cgroup/memory.current");
  if (limit > 0) {
    available = std::min(available, limit > used ? limit - used : 0);
  }
  return available;
}

}  // namespace panohead
