#pragma once

#include "core/base/camera.h"
#include "core/base/frame.h"
#include "core/base/image.h"
#include "core/jobs/job.h"
#include "core/session/head_options.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// The one compute header that render, ui and app include: model -> head -> frame.
/// No tensor crosses it. All functions may be called from any thread; models and heads are immutable.
namespace panohead {

/// Picture: image_resolution on a side. Raw (before super-resolution), Depth (near is bright), Mask and
/// Normals (of the surface in camera space: right, up and towards the camera as red, green and blue):
/// neural_resolution on a side.
enum class RenderMode { Picture, Raw, Depth, Mask, Normals };

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
  double pose_offset_pitch =
      0;  // degrees to add to the pitch found in a photo (core/checkpoint/pose_offset.h)
  std::vector<std::string> unused_tensors{};  // of the file, which this network does not know
};

/// Everything that may change per frame.
struct ViewOptions {
  CameraLabel camera{};
  RenderMode mode = RenderMode::Picture;
  int neural_resolution = 0;     // pixels, 8..512; 0 = the model's
  int coarse_samples = 0;        // per ray, 4..512; 0 = the model's
  int fine_samples = -1;         // per ray, 0..512; -1 = the model's
  bool super_resolution = true;  // false: RenderMode::Picture shows the raw picture, at its own size
  bool on_device = false;        // the picture in a GPU's memory, too, if one draws it: Frame::on_device
  bool exact = false;            // by the specification path (plain LibTorch), the yardstick of the fast one
  std::uint64_t request = 0;     // copied into the Frame
  bool refined = true;           // copied into the Frame
  void check() const;            // throws OptionError naming the field
};

/// Where heads are drawn: on a GPU where that works, on the processor, or on a GPU or not at all.
enum class DeviceChoice { Auto, Cpu, Cuda };

class Model;
class Head;
using ModelPtr = std::shared_ptr<const Model>;
using HeadPtr = std::shared_ptr<const Head>;

/// Opens any model file and builds its generator. A GPU that is to draw its heads first draws one beside the
/// processor, which takes seconds.
/// Throws CheckpointError, Cancelled, and DeviceError: too little memory, or DeviceChoice::Cuda where that
/// cannot be used.
ModelPtr openModel(const std::filesystem::path& path,
                   JobContext& context,
                   DeviceChoice device = DeviceChoice::Cpu);

const ModelInfo& modelInfo(const Model& model) noexcept;

/// What draws the heads of a model now. A GPU that fails is given up until the model is opened again.
struct DrawnBy {
  std::string device{};  // "CPU, 2 threads, LibTorch 2.13.0", "NVIDIA H200 (CUDA), LibTorch 2.13.0"
  bool gpu = false;
  std::string reason{};  // why no GPU does, in a sentence; empty where one does or none was asked for
  bool failed = false;   // a GPU that is there was given up: worth telling
};
DrawnBy drawnBy(const Model& model);

/// Computes everything that depends on the identity alone: w, tri-grid, background.
/// Throws OptionError, Cancelled, DeviceError.
HeadPtr makeHead(const ModelPtr& model, const HeadOptions& options, JobContext& context);

/// The same head with another background; costs the background network only.
HeadPtr withBackground(const HeadPtr& head, const Background& background, JobContext& context);

const HeadOptions& headOptions(const Head& head) noexcept;
/// Wall time of each stage of making this head ("mapping", "planes", "background").
const std::vector<StageTime>& headTimes(const Head& head) noexcept;
const ModelPtr& headModel(const Head& head) noexcept;

/// Seconds that the last head of a model took, and the last whole picture (RenderMode::Picture with the
/// model's own numbers); 0 before the first.
double headSeconds(const Model& model) noexcept;
double pictureSeconds(const Model& model) noexcept;

/// Draws one frame. Deterministic: equal arguments give equal bytes on one device.
/// Throws OptionError, Cancelled (checked several times a frame), DeviceError.
Frame renderFrame(const Head& head, const ViewOptions& view, JobContext& context);

/// How much the head changes when its background is swapped: mean absolute difference of the two pictures
/// inside the mask, in levels of 0..255 (the paper's background-swap measure, without a training set).
/// @param a, b heads that differ in their background only. Throws as renderFrame().
double backgroundSwapChange(const Head& a, const Head& b, const ViewOptions& view, JobContext& context);

/// Number of threads that compute uses; 0 = all cores.
void setComputeThreads(int threads);

/// "CPU, 2 threads, LibTorch 2.13.0".
std::string computeDevice();

}  // namespace panohead
