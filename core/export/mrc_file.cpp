#include "core/export/mrc_file.h"

#include "core/export/marching_cubes.h"
#include "core/export/output_file.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace panohead {

namespace {

/// The 1024 bytes before the data (Cheng et al., "MRC2014", 2015): 56 words, then ten labels of 80 letters.
struct Header {
  std::array<std::int32_t, 3> size{};  // columns, rows, sections
  std::int32_t mode = 2;               // float32
  std::array<std::int32_t, 3> start{};
  std::array<std::int32_t, 3> intervals{};     // of the cell
  std::array<float, 3> cell{};                 // lengths: one a voxel
  std::array<float, 3> angles = {90, 90, 90};  // degrees
  std::array<std::int32_t, 3> axes = {1, 2, 3};
  std::array<float, 3> statistics = {0, -1, -2};  // least > most, mean < both: not known
  std::int32_t space_group = 1;                   // a volume
  std::int32_t extended_bytes = 0;
  std::array<std::int32_t, 2> extra1{};
  std::array<char, 4> extended_type{};
  std::int32_t version = 20140;
  std::array<std::int32_t, 21> extra2{};
  std::array<float, 3> origin{};
  std::array<char, 4> map = {'M', 'A', 'P', ' '};
  std::array<std::uint8_t, 4> machine = {0x44, 0x44, 0, 0};  // little-endian
  float deviation = -1;                                      // not known
  std::int32_t labels = 1;
  std::array<char, 800> text{};
};
static_assert(sizeof(Header) == 1024);

}  // namespace

glm::vec3 publishedPlace(int n, int x, int y, int z, float half) noexcept {
  const auto size = static_cast<float>(n);
  const auto index = static_cast<float>((std::int64_t{x} * n + y) * n + z);
  const float step = 2 * half / static_cast<float>(n - 1);
  return {std::fmod(index / size / size, size) * step - half,
          std::fmod(index / size, size) * step - half,
          static_cast<float>(z) * step - half};
}

void saveMrc(const DensityField& field, int n, const std::filesystem::path& path, JobContext& context) {
  const SurfaceGrid grid{.resolution = n};
  grid.check();
  OutputFile out(path, context);
  Header header;
  header.size = header.intervals = {n, n, n};
  header.cell.fill(static_cast<float>(n));
  std::ranges::copy(std::string_view("PanoHead Studio: density, sections -x, rows y, columns z"),
                    header.text.begin());
  out.writeValue(header);

  const int margin = grid.margin(), bottom = grid.bottomMargin(), top = grid.topMargin();
  const auto side = static_cast<std::size_t>(n);
  constexpr std::size_t kPointsAtOnce = 1 << 15;
  std::vector<float> section(side * side);
  std::vector<glm::vec3> points;
  std::vector<float> values;
  std::vector<std::size_t> places;
  const auto flush = [&] {
    context.checkpoint();
    values.resize(points.size());
    field.densities(points, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        throw MeshError("the head's density is not a finite number everywhere",
                        "its model is damaged, or its latent is far out of range: choose another seed");
      }
      section[places[i]] = values[i];
    }
    points.clear();
    places.clear();
  };
  for (int s = 0; s < n; ++s) {
    context.report({"density volume", s, n, {}});
    std::ranges::fill(section, 0.0F);
    if (s >= margin && s < n - margin) {
      for (int y = bottom; y < n - top; ++y) {
        for (int z = margin; z < n - margin; ++z) {
          places.push_back(static_cast<std::size_t>(y) * side + static_cast<std::size_t>(z));
          points.push_back(publishedPlace(n, n - 1 - s, y, z, field.half()));
        }
        if (points.size() >= kPointsAtOnce) {
          flush();
        }
      }
      flush();
    }
    out.write(std::as_bytes(std::span(section)));
  }
  context.report({"density volume", n, n, {}});
  out.flush();
  out.commit();
}

}  // namespace panohead
