#include "core/base/error.h"
#include "core/base/image_header.h"
#include "core/base/zip_archive.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <unistd.h>

/// Zips of data sets: every entry is read whole and in part. The only way out for bad input is ArchiveError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The reader opens files; this one lies in memory.
  static const int file = memfd_create("archive", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) {
    std::abort();
  }
  try {
    const panohead::ZipArchive archive(path);
    for (const panohead::ZipEntry& entry : archive.entries()) {
      if (archive.find(entry.name) != &entry) {
        std::abort();
      }
      try {
        panohead::readImageHeader(archive.readFirst(entry, 64));
        if (archive.read(entry).size() != entry.size) {
          std::abort();
        }
      } catch (const panohead::ArchiveError&) {  // the others may be sound
      }
    }
  } catch (const panohead::ArchiveError&) {
  }
  return 0;
}
