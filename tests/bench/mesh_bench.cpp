// Time and memory of a head's surface, and whether it is that of dense sampling by plain LibTorch operations.
//   mesh_bench FILE [RESOLUTION [LEVEL [dense]]]
// FILE is a model, for example of `full_size_bench make FILE`. With `dense` every point of the published grid
// that is not padding is sampled by the specification as well (the published script samples the padding,
// too), and the surfaces are compared: that takes minutes.
#include "core/base/allocator_tuning.h"
#include "core/export/marching_cubes.h"
#include "core/fast/tri_grid_field.h"
#include "core/generator/quick_synthesis.h"
#include "core/session/mesh_export.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/volume/volume_field.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A line of /proc/self/status, "VmHWM" or "VmRSS".
double statusGib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) {
      return std::stod(line.substr(name.size() + 1)) / (1024.0 * 1024.0);
    }
  }
  return 0;
}

double peakGib() { return statusGib("VmHWM"); }

/// From here on peakGib() counts anew, where the system lets it (Linux: man proc, clear_refs).
void forgetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

/// Tells when each stage begins.
class StageTimes final : public panohead::JobContext {
 public:
  void report(const panohead::Progress& progress) override {
    if (progress.stage != stage_) {
      stage_ = progress.stage;
      fmt::print("  {:.2f} s: {}\n", seconds(start_), stage_);
    }
  }
  void preview(panohead::Frame) override {}
  void checkpoint() override {}
  std::stop_token stopToken() const override { return {}; }

 private:
  std::string stage_;
  Clock::time_point start_ = Clock::now();
};

/// The largest distance from a vertex of `a` to the nearest vertex of `b`, of those nearer than `reach`; else
/// infinity.
float farthest(const panohead::Mesh& a, const panohead::Mesh& b, float reach) {
  const auto key = [&](const glm::ivec3& c) {
    return (std::int64_t{c.x} * 1'000'003 + c.y) * 1'000'003 + c.z;
  };
  const auto cell = [&](const glm::vec3& p) { return glm::ivec3(glm::floor(p / reach)); };
  std::unordered_multimap<std::int64_t, std::uint32_t> places;
  places.reserve(b.positions.size());
  for (std::uint32_t i = 0; i < b.positions.size(); ++i) {
    places.emplace(key(cell(b.positions[i])), i);
  }
  float worst = 0;
  for (const glm::vec3& p : a.positions) {
    float nearest = std::numeric_limits<float>::infinity();
    const glm::ivec3 here = cell(p);
    for (int n = 0; n < 27; ++n) {
      const auto [first, last] =
          places.equal_range(key(here + glm::ivec3(n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1)));
      for (auto i = first; i != last; ++i) {
        nearest = std::min(nearest, glm::distance(p, b.positions[i->second]));
      }
    }
    worst = std::max(worst, nearest);
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace panohead;
  if (argc < 2) {
    fmt::print(stderr, "usage: mesh_bench FILE [RESOLUTION [LEVEL [dense]]]\n");
    return 2;
  }
  tuneAllocatorForSmallPeaks();  // as the command does
  const at::NoGradGuard no_grad;
  SurfaceGrid grid{.resolution = argc > 2 ? std::stoi(argv[2]) : 512,
                   .level = argc > 3 ? std::stof(argv[3]) : 10};
  SilentContext context;
  fmt::print("{}\n", computeDevice());
  const ModelPtr model = openModel(argv[1], context);
  const HeadPtr head = makeHead(model, {.seed = 7}, context);
  fmt::print("head made: peak {:.2f} GiB\n", peakGib());
  const Generator& generator = model->generator;

  const double before = statusGib("VmRSS");
  forgetPeak();
  auto start = Clock::now();
  at::Tensor planes = quickPlanes(generator, head->prepared.ws, synthesisRun(head->options, context));
  fmt::print("tri-grids in float32: {:.2f} s, peak {:.2f} GiB\n", seconds(start), peakGib());
  start = Clock::now();
  const fast::TriGridField field(generator, std::move(planes));
  fmt::print("packed: {:.2f} s\n", seconds(start));
  start = Clock::now();
  SurfaceStats stats;
  Mesh sparse;
  StageTimes stages;
  try {
    sparse = extractSurface(field, grid, stages, &stats);
  } catch (const MeshError& error) {
    fmt::print("{}\n", error.what());
    std::vector<glm::vec3> points(20000);
    std::vector<float> values(points.size());
    for (glm::vec3& p : points) {
      p = glm::vec3(std::rand(), std::rand(), std::rand()) / static_cast<float>(RAND_MAX) - 0.5F;
    }
    field.densities(points, values);
    std::ranges::sort(values);
    fmt::print("densities: least {}, median {}, 90 % {}, most {}\n",
               values.front(),
               values[10000],
               values[18000],
               values.back());
    return 1;
  }
  const double sparse_seconds = seconds(start);
  const auto n = std::int64_t{grid.resolution} * grid.resolution * grid.resolution;
  fmt::print(
      "{}^3, level {}: {} triangles in {:.2f} s; {} of {} blocks crossed, {} points sampled ({:.2f} % of "
      "{}^3)\n",
      grid.resolution,
      grid.level,
      sparse.triangles(),
      sparse_seconds,
      stats.crossed,
      stats.blocks,
      stats.sampled,
      100.0 * static_cast<double>(stats.sampled) / static_cast<double>(n),
      grid.resolution);
  start = Clock::now();
  gradientNormals(sparse, field, 0.5F / static_cast<float>(grid.resolution), context);
  fmt::print("normals: {:.2f} s; peak {:.2f} GiB\n", seconds(start), peakGib());
  fmt::print("the mesh's own memory: {:.2f} GiB beside the model and the head\n", peakGib() - before);
  if (argc > 4) {
    const VolumeField specification(
        generator.volume(generator.planes(head->prepared.ws, synthesisRun(head->options, context))),
        generator.config().volume);
    start = Clock::now();
    SurfaceStats dense_stats;
    const Mesh dense = extractSurface(specification, grid, context, &dense_stats);
    const double dense_seconds = seconds(start);
    fmt::print("dense, by the specification: {} triangles in {:.2f} s, {} points sampled\n",
               dense.triangles(),
               dense_seconds,
               dense_stats.sampled);
    const float reach = 0.25F / static_cast<float>(grid.resolution);
    const float there = farthest(sparse, dense, reach), back = farthest(dense, sparse, reach);
    fmt::print("farthest vertex from the other surface: {:.2e} and {:.2e} of the box\n", there, back);
    fmt::print("ratio {:.1f}\n", dense_seconds / sparse_seconds);
    const bool good = std::max(there, back) < 1e-4F && dense_seconds > 20 * sparse_seconds;
    fmt::print("{}\n", good ? "good" : "NOT as promised: 20 times faster, the same to 1e-4 of the box");
    return good ? 0 : 1;
  }
  return 0;
}
