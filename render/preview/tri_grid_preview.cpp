#include "render/preview/tri_grid_preview.h"

#include "core/base/error.h"
#include "core/session/ray_shift.h"
#include "render/gl/float_texture.h"
#include "render/gl/framebuffer.h"
#include "render/gl/framebuffer_visit.h"
#include "render/gl/shader_program.h"
#include "render/gl/uniform_buffer.h"
#include "render/gl/volume_texture.h"
#include "render/preview/preview_numbers.h"
#include "render/shaders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <string>

namespace panohead::render {
namespace {

constexpr int kHiddenBlock = 0;
constexpr int kOutputBlock = 1;
constexpr int kPictureImage = 0;
constexpr int kDepthImage = 1;
constexpr int kGroup = 8;  // pixels on a side that a compute group draws (tri_grid_preview.comp)
constexpr char kReport[] = "this should not happen: please report it";

int activationNumber(DecoderActivation activation) {
  switch (activation) {
    case DecoderActivation::None:
      return 0;
    case DecoderActivation::Sigmoid:
      return 1;
    case DecoderActivation::LeakyRelu:
      return 2;
  }
  return 0;
}

/// What is not a number (rays through a damaged grid) is `low`: no byte could be made of it.
float within(float x, float low, float high) { return std::isnan(x) ? low : std::clamp(x, low, high); }

std::uint8_t toByte(float x) {
  return static_cast<std::uint8_t>(within(x * 127.5F + 128.0F, 0, 255));  // as published: truncated
}

}  // namespace

void PreviewView::check() const {
  if (resolution != 0 && (resolution < 8 || resolution > 512)) {
    throw OptionError(fmt::format("a preview of {} pixels makes no sense", resolution), "choose 8 to 512");
  }
  if (samples != 0 && (samples < 4 || samples > 512)) {
    throw OptionError(fmt::format("{} samples per ray make no sense", samples), "choose 4 to 512");
  }
  if (fine_samples < -1 || fine_samples > 512) {
    throw OptionError(fmt::format("{} fine samples per ray make no sense", fine_samples), "choose 0 to 512");
  }
}

struct TriGridPreview::Resources {
  Resources(GlContextPtr gl_context, PreviewPath chosen)
      : context(std::move(gl_context)),
        path(chosen),
        vertex_array(context),
        framebuffer(context),
        picture(context, 4),
        depth(context, 1),
        backdrop(context, 4),
        hidden_layer(context),
        output_layer(context) {}

  const ShaderProgram& program(bool two_passes);
  void useHead(const ShaderProgram& program, const PreviewView& view, int resolution, int samples, int fine);
  void resize(int resolution);

  GlContextPtr context;
  PreviewPath path;
  VertexArray vertex_array;
  GlHandle<FramebufferTraits> framebuffer;
  FloatTexture picture;
  FloatTexture depth;
  FloatTexture backdrop;  // of picture's size
  UniformBuffer hidden_layer;
  UniformBuffer output_layer;
  std::vector<VolumeTexture> grids;               // of four channels each
  std::map<std::string, ShaderProgram> programs;  // by the numbers that they were compiled with

  PreviewHead head;  // without its texels: the driver has them
  PreviewDecoder decoder;
  bool has_head = false;
  int samples_per_ray = 0;   // of what is drawn; 0: nothing is
  int ready_resolution = 0;  // that the framebuffer is complete for; 0: none
};

const ShaderProgram& TriGridPreview::Resources::program(bool two_passes) {
  const std::string numbers = fmt::format(
      "#define CHANNEL_QUADS {}\n#define HIDDEN_QUADS {}\n#define OUTPUT_QUADS {}\n#define ACTIVATION "
      "{}\n#define MOST_COARSE {}\n",
      head.channels / 4,
      head.hidden / 4,
      decoder.output_quads,
      activationNumber(head.activation),
      two_passes ? kMostCoarse : 0);
  auto found = programs.find(numbers);
  if (found == programs.end()) {
    const bool compute = path == PreviewPath::Compute;
    const std::string source = (compute ? "#version 430 core\n" : "#version 410 core\n") + numbers +
                               shaders::tri_grid_preview_glsl +
                               (compute ? shaders::tri_grid_preview_comp : shaders::tri_grid_preview_frag);
    found = programs
                .emplace(numbers,
                         compute ? ShaderProgram(context, source.c_str())
                                 : ShaderProgram(context, shaders::frame_vert, source.c_str()))
                .first;
  }
  return found->second;
}

void TriGridPreview::Resources::resize(int resolution) {
  if (resolution == ready_resolution) {
    return;
  }
  ready_resolution = 0;
  picture.allocate(resolution, resolution);
  depth.allocate(resolution, resolution);
  backdrop.allocate(resolution, resolution, previewBackdrop(head, resolution));
  const FramebufferVisit visit(*context, framebuffer.get());
  context->framebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, picture.id(), 0);
  context->framebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1, GL_TEXTURE_2D, depth.id(), 0);
  constexpr std::array<GLenum, 2> kBoth{GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1};
  context->drawBuffers(static_cast<GLsizei>(kBoth.size()), kBoth.data());
  if (context->checkFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    throw DeviceError(fmt::format("the graphics driver refuses a picture of {0} x {0} floats", resolution),
                      "choose a smaller size");
  }
  ready_resolution = resolution;
}

void TriGridPreview::Resources::useHead(
    const ShaderProgram& program, const PreviewView& view, int resolution, int samples, int fine) {
  program.use();
  int unit = 0;
  for (const VolumeTexture& grid : grids) {
    program.set(fmt::format("grids[{}]", unit).c_str(), unit);
    grid.bind(unit++);
  }
  program.set("backdrop", unit);
  backdrop.bind(unit);
  program.setBlock("HiddenLayer", kHiddenBlock);
  program.setBlock("OutputLayer", kOutputBlock);
  hidden_layer.bind(kHiddenBlock);
  output_layer.bind(kOutputBlock);

  const CameraLabel& c = view.camera;
  program.set("pose[0]", glm::vec4(c[0], c[1], c[2], c[3]));
  program.set("pose[1]", glm::vec4(c[4], c[5], c[6], c[7]));
  program.set("pose[2]", glm::vec4(c[8], c[9], c[10], c[11]));
  program.set("intrinsics", glm::vec4(c[16], c[20], c[18], c[21]));
  program.set("skew", c[17]);
  program.set("resolution", resolution);
  program.set("coarse_samples", samples);
  program.set("fine_samples", fine);
  const VolumeOptions& volume = head.volume;
  const double shift = rayShift(c, volume.ray_start);
  program.set("ray_range",
              glm::vec4(volume.ray_start + shift,
                        volume.ray_end + shift,
                        volume.auto_range ? 1 : 0,
                        volume.disparity_sampling && !volume.auto_range ? 1 : 0));
  program.set("box", glm::vec4(volume.box_warp, volume.box_warp / 2 - volume.crop, head.slices, head.size));
  program.set("third_zxy", volume.third_plane == ThirdPlane::ZXY ? 1 : 0);
  program.set("colour_offset", decoder.colour_offset);
  program.set("white", decoder.white);
  program.set("cut_out", head.cut_out ? 1 : 0);
}

TriGridPreview::TriGridPreview(GlContextPtr context, PreviewPath path) {
  if (path == PreviewPath::Best) {
    path = context->hasCompute() ? PreviewPath::Compute : PreviewPath::Fragment;
  }
  if (path == PreviewPath::Compute && !context->hasCompute()) {
    throw DeviceError("this OpenGL driver has no compute shaders (they came with OpenGL 4.3)",
                      "use the fragment path");
  }
  resources_ = std::make_unique<Resources>(std::move(context), path);
}

TriGridPreview::~TriGridPreview() = default;

PreviewPath TriGridPreview::path() const noexcept { return resources_->path; }

void TriGridPreview::setHead(const PreviewHead& head) {
  Resources& r = *resources_;
  r.context->emptyGraveyard();
  r.has_head = false;
  r.samples_per_ray = 0;
  r.decoder = previewDecoder(head);
  r.hidden_layer.upload(r.decoder.hidden_layer);
  r.output_layer.upload(r.decoder.output_layer);
  const glm::ivec3 size(head.side(), head.side(), head.depth());
  const std::size_t quads = static_cast<std::size_t>(head.channels) / 4;
  const std::size_t numbers = static_cast<std::size_t>(size.x) * static_cast<std::size_t>(size.y) *
                              static_cast<std::size_t>(size.z) * 4;
  if (head.texels.size() != quads * numbers) {
    throw OptionError("the head's grids have the wrong size", kReport);
  }
  while (r.grids.size() > quads) {
    r.grids.pop_back();
  }
  while (r.grids.size() < quads) {
    r.grids.emplace_back(r.context);
  }
  for (std::size_t quad = 0; quad < quads; ++quad) {
    r.grids[quad].upload(size, std::span(head.texels).subspan(quad * numbers, numbers));
  }
  PreviewHead kept = head;
  kept.texels = {};
  r.head = std::move(kept);
  if (const int resolution = r.picture.width(); resolution > 0) {
    r.backdrop.allocate(resolution, resolution, previewBackdrop(r.head, resolution));
  }
  r.has_head = true;
}

void TriGridPreview::draw(const PreviewView& view) {
  view.check();
  Resources& r = *resources_;
  if (!r.has_head) {
    throw DeviceError("the preview has no head to draw", kReport);
  }
  const GlContext& gl = *r.context;
  const int resolution = view.resolution > 0 ? view.resolution : r.head.neural_resolution;
  const int fine = view.fine_samples >= 0 ? view.fine_samples : r.head.volume.fine_samples;
  const int samples = view.samples > 0 ? view.samples : r.head.volume.coarse_samples;
  if (fine > 0 && samples > kMostCoarse) {
    throw OptionError(
        fmt::format("{} samples in the first of two passes are too many for the preview", samples),
        fmt::format("choose at most {}, or one pass", kMostCoarse));
  }
  const ShaderProgram& program = r.program(fine > 0);
  r.samples_per_ray = 0;
  r.resize(resolution);
  r.useHead(program, view, resolution, samples, fine);
  if (r.path == PreviewPath::Compute) {
    r.picture.bindForWriting(kPictureImage);
    r.depth.bindForWriting(kDepthImage);
    const auto groups = static_cast<GLuint>((resolution + kGroup - 1) / kGroup);
    gl.dispatchCompute(groups, groups, 1);
    gl.memoryBarrier(GL_TEXTURE_FETCH_BARRIER_BIT | GL_FRAMEBUFFER_BARRIER_BIT);
  } else {
    const FramebufferVisit visit(gl, r.framebuffer.get());
    for (const GLenum capability :
         {GL_BLEND, GL_DEPTH_TEST, GL_SCISSOR_TEST, GL_CULL_FACE, GL_FRAMEBUFFER_SRGB}) {
      gl.disable(capability);
    }
    gl.viewport(0, 0, resolution, resolution);
    gl.bindVertexArray(r.vertex_array.get());
    gl.drawArrays(GL_TRIANGLES, 0, 3);
    gl.bindVertexArray(0);
  }
  gl.activeTexture(GL_TEXTURE0);  // where others expect to bind theirs
  r.samples_per_ray = samples + fine;
}

const FloatTexture& TriGridPreview::picture() const noexcept { return resources_->picture; }
const FloatTexture& TriGridPreview::depth() const noexcept { return resources_->depth; }

Frame TriGridPreview::read() const {
  const Resources& r = *resources_;
  if (r.samples_per_ray == 0) {
    throw DeviceError("the preview has drawn nothing yet", kReport);
  }
  const int side = r.picture.width();
  const std::size_t pixels = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  std::vector<float> colours(4 * pixels);
  Frame frame;
  frame.neural_resolution = side;
  frame.samples_per_ray = r.samples_per_ray;
  frame.depth.resize(pixels);
  {
    const FramebufferVisit visit(*r.context, r.framebuffer.get());
    r.context->readBuffer(GL_COLOR_ATTACHMENT0);
    r.context->readPixels(0, 0, side, side, GL_RGBA, GL_FLOAT, colours.data());
    r.context->readBuffer(GL_COLOR_ATTACHMENT1);
    r.context->readPixels(0, 0, side, side, GL_RED, GL_FLOAT, frame.depth.data());
  }
  const int channels = r.head.cut_out ? 4 : 3;
  frame.picture = Image(side, side, channels);
  frame.mask.resize(pixels);
  std::uint8_t* byte = frame.picture.pixels.data();
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    const float* colour = colours.data() + 4 * pixel;
    frame.mask[pixel] = within(colour[3], 0, 1);
    for (int c = 0; c < 3; ++c) {
      *byte++ = toByte(colour[c]);
    }
    if (channels == 4) {
      *byte++ = static_cast<std::uint8_t>(frame.mask[pixel] * 255.0F + 0.5F);
    }
  }
  return frame;
}

}  // namespace panohead::render
