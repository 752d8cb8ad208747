#include "core/base/error.h"
#include "core/dataset/dataset_labels.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>

/// dataset.json: what is read is finite, and writing and reading it again gives the same. The only way out
/// for bad input is DatasetError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    std::vector<panohead::LabelRow> rows =
        panohead::parseLabels(std::as_bytes(std::span(data, size)), "fuzz");
    std::erase_if(rows, [](const auto& row) { return !row.problem.empty(); });
    const std::string text = panohead::writeLabels(rows);
    const auto again = panohead::parseLabels(std::as_bytes(std::span(text)), "again");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (again.at(i).name != rows[i].name || again[i].label != rows[i].label) {
        std::abort();
      }
      for (const float value : rows[i].label) {
        if (!std::isfinite(value)) {
          std::abort();
        }
      }
    }
  } catch (const panohead::DatasetError&) {
  }
  return 0;
}
