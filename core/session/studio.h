#pragma once

#include "core/base/camera.h"
#include "core/base/frame.h"
#include "core/base/image.h"
#include "core/base/noise_mode.h"
#include "core/jobs/job.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The one compute header that render, ui and app include: model -> head -> frame.
/// No tensor crosses it. All functions may be called from any thread; models and heads are immutable.
namespace panohead {

/// Picture: image_resolution on a side. Raw (before super-resolution), Depth (near is bright) and Mask:
/// neural_resolution on a side.
enum class RenderMode { Picture, Raw, Depth, Mask };

/// What a model is, for titles, limits of controls, and the first camera.
struct ModelInfo {
  std::string name;  // file name without folder and suffix
  std::filesystem::path path;
  std::string network;        // "G_ema"
  int image_resolution = 0;   // pixels on a side of the super-resolved picture
  int neural_resolution = 0;  // as the file says; frames may choose another
  int z_dim = 0;
  int w_dim = 0;
  int num_ws = 0;
  int coarse_samples = 0;
  int fine_samples = 0;
  bool has_background = false;
  bool has_camera_adjustment = false;
  std::int64_t parameters = 0;
  std::vector<std::string> unused_tensors{};  // of the file, which this network does not know
};

/// Background choices. Own: the head's own latent drives the background network.
struct OwnBackground {};
struct SeedBackground {
  std::uint32_t seed = 0;
};
struct NoBackground {};  // transparent: the frame's picture is RGBA with straight alpha
struct ColourBackground {
  std::uint8_t red = 0, green = 0, blue = 0;
};
struct ImageBackground {
  std::shared_ptr<const Image> image;  // RGB or RGBA, drawn to cover the frame
};
using Background =
    std::variant<OwnBackground, SeedBackground, NoBackground, ColourBackground, ImageBackground>;

/// Everything that decides a head. Changing any of it needs a new Head.
struct HeadOptions {
  std::uint32_t seed = 0;  // numpy RandomState seed of z
  /// When not empty: w = sum of weight * w(seed) over these pairs, in place of `seed` (the weights
  /// sum to 1). Films through seeds are cubic splines in w, whose points are such sums.
  std::vector<std::pair<std::uint32_t, double>> blend{};
  double truncation_psi = 0.7;  // 1 = no truncation, 0 = the average head; in [-2, 2]
  int truncation_cutoff = 14;   // layers of w that are truncated; negative = all
  Background background = OwnBackground{};
  NoiseMode noise = NoiseMode::Const;
  void check() const;  // throws OptionError naming the field
};

/// Everything that may change per frame.
struct ViewOptions {
  CameraLabel camera{};
  RenderMode mode = RenderMode::Picture;
  int neural_resolution = 0;     // pixels, 8..512; 0 = the model's
  int coarse_samples = 0;        // per ray, 4..512; 0 = the model's
  int fine_samples = -1;         // per ray, 0..512; -1 = the model's
  bool super_resolution = true;  // false: RenderMode::Picture shows the raw picture, at its own size
  std::uint64_t request = 0;     // copied into the Frame
  bool refined = true;           // copied into the Frame
  void check() const;            // throws OptionError naming the field
};

class Model;
class Head;
using ModelPtr = std::shared_ptr<const Model>;
using HeadPtr = std::shared_ptr<const Head>;

/// Opens any model file and builds its generator.
/// Throws CheckpointError, DeviceError, Cancelled.
ModelPtr openModel(const std::filesystem::path& path, JobContext& context);

const ModelInfo& modelInfo(const Model& model) noexcept;

/// Computes everything that depends on the identity alone: w, tri-grid, background.
/// Throws OptionError, Cancelled, DeviceError.
HeadPtr makeHead(const ModelPtr& model, const HeadOptions& options, JobContext& context);

/// The same head with another background; costs the background network only.
HeadPtr withBackground(const HeadPtr& head, const Background& background, JobContext& context);

const HeadOptions& headOptions(const Head& head) noexcept;
/// Wall time of each stage of making this head ("mapping", "planes", "background").
const std::vector<StageTime>& headTimes(const Head& head) noexcept;
const ModelPtr& headModel(const Head& head) noexcept;

/// Draws one frame. Deterministic: equal arguments give equal bytes.
/// Throws OptionError, Cancelled (checked several times a frame), DeviceError.
Frame renderFrame(const Head& head, const ViewOptions& view, JobContext& context);

/// Number of threads that compute uses; 0 = all cores.
void setComputeThreads(int threads);

/// "CPU, 2 threads, LibTorch 2.13.0".
std::string computeDevice();

/// The model that ships with the program, found relative to the executable (or the build tree).
/// Throws CheckpointError saying where it was looked for.
std::filesystem::path defaultModelPath();

}  // namespace panohead
