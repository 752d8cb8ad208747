#include "tests/support/places.h"

namespace panohead::test {

std::filesystem::path sourceFolder() { return PANOHEAD_SOURCE_DIR; }

std::filesystem::path firstModelFile() {
  return sourceFolder() / "resources/models/heads256/model.safetensors";
}

std::string studioProgram() { return PANOHEAD_EXECUTABLE; }

std::string rankProgram() { return PANOHEAD_RANK_PROGRAM; }

}  // namespace panohead::test
