// Meshes by OpenGL, against geometry on paper and against the neural renderer.
#include "render/mesh_renderer.h"

#include "core/base/paths.h"
#include "core/session/mesh_export.h"
#include "render/gl/framebuffer.h"
#include "render/gl/texture.h"
#include "render/viewport_renderer.h"
#include "tests/support/gl_fixture.h"
#include "tests/support/image_psnr.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <optional>
#include <thread>

namespace panohead::render {
namespace {

constexpr int kSide = 200;  // pixels

using Colour = glm::u8vec3;

/// Adds a ball, outward triangles, with exact normals.
void addBall(Mesh& mesh, const glm::vec3& centre, float radius, const Colour& colour, int rings = 64) {
  const int across = 2 * rings;
  const auto first = static_cast<std::uint32_t>(mesh.positions.size());
  for (int ring = 0; ring <= rings; ++ring) {
    for (int step = 0; step <= across; ++step) {
      const float polar = std::numbers::pi_v<float> * static_cast<float>(ring) / static_cast<float>(rings);
      const float turn =
          2 * std::numbers::pi_v<float> * static_cast<float>(step) / static_cast<float>(across);
      const glm::vec3 normal{
          std::sin(polar) * std::sin(turn), std::cos(polar), std::sin(polar) * std::cos(turn)};
      mesh.positions.push_back(centre + radius * normal);
      mesh.normals.push_back(normal);
      mesh.colours.push_back(colour);
    }
  }
  const auto row = static_cast<std::uint32_t>(across + 1);
  for (std::uint32_t ring = 0; ring < static_cast<std::uint32_t>(rings); ++ring) {
    for (std::uint32_t step = 0; step < static_cast<std::uint32_t>(across); ++step) {
      const std::uint32_t at = first + ring * row + step;
      for (const std::uint32_t index : {at, at + row, at + 1, at + 1, at + row, at + row + 1}) {
        mesh.indices.push_back(index);
      }
    }
  }
}

Mesh ball(const glm::vec3& centre, float radius) {
  Mesh mesh;
  addBall(mesh, centre, radius, {255, 255, 255});
  return mesh;
}

/// A camera whose every number matters: near, turned, with an odd lens.
CameraLabel oddCamera() {
  CameraLabel camera =
      orbitLabel({.yaw_degrees = 140, .pitch_degrees = -20, .roll_degrees = 25, .radius = 1.9});
  camera[16] = 1.9F;
  camera[17] = 0.15F;  // skew
  camera[18] = 0.42F;
  camera[20] = 2.3F;
  camera[21] = 0.57F;
  return camera;
}

std::vector<CameraLabel> cameras() {
  return {orbitLabel({}),
          orbitLabel({.yaw_degrees = 90}),
          orbitLabel({.yaw_degrees = -130, .pitch_degrees = 35}),
          oddCamera()};
}

/// Where a point of the world is in the picture, in pixels.
glm::dvec2 projected(const CameraLabel& c, const glm::dvec3& point) {
  glm::dvec3 seen(0);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (std::size_t row = 0; row < 3; ++row) {
      seen[static_cast<int>(axis)] += c[4 * row + axis] * (point[static_cast<int>(row)] - c[4 * row + 3]);
    }
  }
  return glm::dvec2((c[16] * seen.x + c[17] * seen.y) / seen.z + c[18], c[20] * seen.y / seen.z + c[21]) *
         double{kSide};
}

/// Whether the ray through a place of the picture (pixels) meets the ball.
bool meets(const CameraLabel& c, double x, double y, const glm::dvec3& centre, double radius) {
  const double v = (y / kSide - c[21]) / c[20];
  const double u = (x / kSide - c[18] - c[17] * v) / c[16];
  glm::dvec3 direction, eye;
  for (std::size_t row = 0; row < 3; ++row) {
    direction[static_cast<int>(row)] = c[4 * row] * u + c[4 * row + 1] * v + c[4 * row + 2];
    eye[static_cast<int>(row)] = c[4 * row + 3];
  }
  direction = glm::normalize(direction);
  const glm::dvec3 to_centre = centre - eye;
  const double along = glm::dot(to_centre, direction);
  return glm::dot(to_centre, to_centre) - along * along < radius * radius;
}

HeadPtr head() {
  static const HeadPtr made = [] {
    SilentContext context;
    return makeHead(openModel(defaultModelPath(), context), {.seed = 3}, context);
  }();
  return made;
}

const Mesh& headMesh() {
  static const Mesh made = [] {
    SilentContext context;
    return makeMesh(head(), {.resolution = 128, .colours = MeshColours::None, .exact = false}, context);
  }();
  return made;
}

Frame neural(const CameraLabel& camera, RenderMode mode) {
  SilentContext context;
  ViewOptions view;
  view.camera = camera;
  view.mode = mode;
  view.neural_resolution = kSide;
  return renderFrame(*head(), view, context);
}

class MeshRendererTest : public test::GlFixture<> {
 protected:
  void SetUp() override {
    GlFixture::SetUp();
    if (!IsSkipped()) {
      renderer_.emplace(context_);
    }
  }

  void show(const Mesh& mesh) {
    renderer_->setMesh(std::make_shared<const PackedMesh>(packMesh(mesh)));
    while (renderer_->upload(1U << 20)) {
    }
  }

  Image draw(const CameraLabel& camera, MeshShading shading = MeshShading::Clay) {
    renderer_->draw({camera, shading, 1}, {kSide, kSide});
    return read();
  }

  /// picture(), RGBA.
  Image read() {
    GlHandle<FramebufferTraits> framebuffer(context_);
    context_->bindFramebuffer(GL_FRAMEBUFFER, framebuffer.get());
    const Texture& picture = renderer_->picture();
    context_->framebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, picture.id(), 0);
    Image image(picture.width(), picture.height(), 4);
    context_->readPixels(0, 0, image.width, image.height, GL_RGBA, GL_UNSIGNED_BYTE, image.pixels.data());
    return image;
  }

  std::optional<MeshRenderer> renderer_;
};

const std::uint8_t* pixel(const Image& image, const glm::dvec2& place) {
  return image.row(static_cast<int>(place.y)) + 4 * static_cast<int>(place.x);
}

TEST_F(MeshRendererTest, BallCoversWhatItsRaysMeet) {
  const glm::vec3 centre{0.05F, -0.1F, 0.08F};
  constexpr float kRadius = 0.3F;
  show(ball(centre, kRadius));
  for (const CameraLabel& camera : cameras()) {
    const Image image = draw(camera);
    double expected = 0, covered = 0, wrong = 0;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        double share = 0;
        for (const double dx : {0.125, 0.375, 0.625, 0.875}) {
          for (const double dy : {0.125, 0.375, 0.625, 0.875}) {
            share += meets(camera, x + dx, y + dy, centre, kRadius) ? 1.0 / 16 : 0;
          }
        }
        const double alpha = image.row(y)[4 * x + 3] / 255.0;
        expected += share;
        covered += alpha;
        wrong += std::abs(alpha - share);
      }
    }
    fmt::print("ball: {:.0f} pixels, drawn {:.1f}, differing {:.1f}\n", expected, covered, wrong);
    ASSERT_GT(expected, 1000);
    EXPECT_NEAR(covered, expected, 0.003 * expected);
    EXPECT_LT(wrong, 0.02 * expected);
  }
}

TEST_F(MeshRendererTest, EdgesAreSoftAndTheRestIsNot) {
  show(ball({}, 0.3F));
  const Image image = draw(orbitLabel({}));
  int soft = 0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const std::uint8_t* at = image.row(y) + 4 * x;
      soft += at[3] > 0 && at[3] < 255 ? 1 : 0;
      ASSERT_LE(std::max({at[0], at[1], at[2]}), at[3]) << "not premultiplied";
    }
  }
  EXPECT_GT(soft, 100);
  EXPECT_LT(soft, 1200);
}

TEST_F(MeshRendererTest, EverythingIsWhereTheCameraSeesIt) {
  const std::vector<std::pair<glm::vec3, Colour>> balls{{{0.24F, 0, 0}, {255, 0, 0}},
                                                        {{0, 0.24F, 0}, {0, 255, 0}},
                                                        {{0, 0, 0.24F}, {0, 0, 255}},
                                                        {{-0.15F, -0.18F, -0.2F}, {255, 255, 0}}};
  for (const CameraLabel& camera : cameras()) {
    for (const auto& [centre, colour] : balls) {
      Mesh mesh;
      addBall(mesh, centre, 0.04F, colour, 16);
      show(mesh);
      const Image image = draw(camera, MeshShading::Colours);
      const glm::dvec2 place = projected(camera, centre);
      ASSERT_TRUE(place.x > 0 && place.x < kSide && place.y > 0 && place.y < kSide);
      const std::uint8_t* at = pixel(image, place);
      EXPECT_EQ(Colour(at[0], at[1], at[2]), colour);
      EXPECT_EQ(at[3], 255);
    }
  }
}

TEST_F(MeshRendererTest, NearHidesFarWhateverTheOrderOfTriangles) {
  for (const bool red_first : {true, false}) {
    Mesh mesh;
    addBall(mesh, {0, 0, red_first ? 0.2F : -0.2F}, 0.1F, red_first ? Colour(255, 0, 0) : Colour(0, 0, 255));
    addBall(mesh, {0, 0, red_first ? -0.2F : 0.2F}, 0.1F, red_first ? Colour(0, 0, 255) : Colour(255, 0, 0));
    show(mesh);
    const Image front = draw(orbitLabel({}), MeshShading::Colours);
    EXPECT_EQ(pixel(front, {kSide / 2, kSide / 2})[0], 255);
    const Image back = draw(orbitLabel({.yaw_degrees = 180}), MeshShading::Colours);
    EXPECT_EQ(pixel(back, {kSide / 2, kSide / 2})[2], 255);
  }
}

TEST_F(MeshRendererTest, WireframeHidesTheLinesBehind) {
  Mesh whole;
  addBall(whole, {}, 0.35F, {255, 255, 255}, 12);
  Mesh front = whole;
  front.indices.clear();
  const glm::vec3 eye{0, 0, static_cast<float>(kHeadCameraRadius)};
  for (std::size_t i = 0; i < whole.indices.size(); i += 3) {
    const glm::vec3 a = whole.positions[whole.indices[i]], b = whole.positions[whole.indices[i + 1]],
                    c = whole.positions[whole.indices[i + 2]];
    if (glm::dot(glm::cross(b - a, c - a), eye - a) > 0) {
      front.indices.insert(front.indices.end(),
                           {whole.indices[i], whole.indices[i + 1], whole.indices[i + 2]});
    }
  }
  show(whole);
  const Image with_back = draw(orbitLabel({}), MeshShading::Wireframe);
  show(front);
  EXPECT_GT(test::psnr(draw(orbitLabel({}), MeshShading::Wireframe), with_back), 45);
  int bright = 0, dark = 0;
  for (int y = 60; y < 140; ++y) {
    for (int x = 60; x < 140; ++x) {
      const int blue = with_back.row(y)[4 * x + 2];
      bright += blue > 130 ? 1 : 0;
      dark += blue < 70 ? 1 : 0;
    }
  }
  EXPECT_GT(bright, 200) << "no lines";
  EXPECT_GT(dark, 2 * bright) << "no surface between them";
}

TEST_F(MeshRendererTest, TextureLiesAsItsUvsSay) {
  Mesh square;  // upright, facing the front camera
  square.positions = {{-0.25F, 0.25F, 0}, {0.25F, 0.25F, 0}, {-0.25F, -0.25F, 0}, {0.25F, -0.25F, 0}};
  square.uvs = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
  square.indices = {0, 2, 1, 1, 2, 3};
  square.texture = Image(256, 256, 3);
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      std::uint8_t* at = square.texture.row(y) + 3 * x;
      at[0] = static_cast<std::uint8_t>(x < 128 ? 200 : 20);
      at[1] = static_cast<std::uint8_t>(y < 128 ? 200 : 20);
    }
  }
  show(square);
  const CameraLabel camera = orbitLabel({});
  const Image image = draw(camera, MeshShading::Colours);
  for (const glm::dvec3 corner :
       {glm::dvec3(-0.12, 0.12, 0), {0.12, 0.12, 0}, {-0.12, -0.12, 0}, {0.12, -0.12, 0}}) {
    const std::uint8_t* at = pixel(image, projected(camera, corner));
    EXPECT_EQ(at[0], corner.x < 0 ? 200 : 20);
    EXPECT_EQ(at[1], corner.y > 0 ? 200 : 20);
  }
}

TEST_F(MeshRendererTest, MeshWithoutNormalsIsShadedByItsTriangles) {
  Mesh bare = ball({}, 0.3F);
  show(bare);
  const Image smooth = draw(orbitLabel({.yaw_degrees = 30}), MeshShading::Normals);
  bare.normals.clear();
  show(bare);
  EXPECT_GT(test::psnr(draw(orbitLabel({.yaw_degrees = 30}), MeshShading::Normals), smooth), 30);
}

TEST_F(MeshRendererTest, HeadFillsTheNeuralMask) {
  show(headMesh());
  for (const OrbitView& view :
       {OrbitView{},
        OrbitView{.yaw_degrees = 55, .pitch_degrees = 10},
        OrbitView{.yaw_degrees = -100},
        OrbitView{.yaw_degrees = 180, .pitch_degrees = -10},
        OrbitView{.yaw_degrees = 20, .roll_degrees = 15, .radius = 2.3, .fov_degrees = 22}}) {
    const CameraLabel camera = orbitLabel(view);
    const std::vector<float> mask = neural(camera, RenderMode::Raw).mask;
    const Image image = draw(camera);
    int both = 0, either = 0;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const bool a = mask[static_cast<std::size_t>(y * kSide + x)] > 0.5F;
        const bool b = image.row(y)[4 * x + 3] > 127;
        both += a && b ? 1 : 0;
        either += a || b ? 1 : 0;
      }
    }
    const double iou = static_cast<double>(both) / either;
    fmt::print("yaw {:4.0f} pitch {:3.0f}: silhouette against the neural mask, IoU {:.4f}\n",
               view.yaw_degrees,
               view.pitch_degrees,
               iou);
    EXPECT_GT(iou, 0.95);
  }
}

TEST_F(MeshRendererTest, NormalsHaveTheColoursOfTheNeuralOnes) {
  show(headMesh());
  const CameraLabel camera = orbitLabel({.yaw_degrees = 35});
  const Frame expected = neural(camera, RenderMode::Normals);
  const Image image = draw(camera, MeshShading::Normals);
  double difference = 0;
  int count = 0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      if (expected.mask[static_cast<std::size_t>(y * kSide + x)] > 0.95F && image.row(y)[4 * x + 3] == 255) {
        for (int c = 0; c < 3; ++c) {
          difference +=
              std::abs(expected.picture.row(y)[expected.picture.channels * x + c] - image.row(y)[4 * x + c]);
        }
        count += 3;
      }
    }
  }
  fmt::print("normals: mean difference {:.1f} of 255\n", difference / count);
  EXPECT_LT(difference / count, 20);
}

TEST_F(MeshRendererTest, UploadComesInPiecesAndTheLastMeshStaysUntilThen) {
  show(ball({}, 0.3F));
  const Image first = draw(orbitLabel({}));
  const auto second = std::make_shared<const PackedMesh>(packMesh(ball({0.1F, 0, 0}, 0.1F)));
  renderer_->setMesh(second);
  const std::size_t piece = second->bytes() / 8;
  int pieces = 1;
  while (renderer_->upload(piece)) {
    ++pieces;
    EXPECT_NE(renderer_->shown(), second.get());
    EXPECT_EQ(test::psnr(draw(orbitLabel({})), first), 99);
  }
  EXPECT_EQ(renderer_->shown(), second.get());
  EXPECT_NEAR(pieces, 9, 2);
  EXPECT_LT(test::psnr(draw(orbitLabel({})), first), 30);
  renderer_->setMesh(nullptr);
  EXPECT_EQ(renderer_->shown(), nullptr);
  EXPECT_EQ(pixel(draw(orbitLabel({})), {kSide / 2, kSide / 2})[3], 0);
}

TEST_F(MeshRendererTest, LeavesFramebufferAndViewportAlone) {
  show(ball({}, 0.3F));
  const Framebuffer other(context_, 5, 7);
  other.bind();
  context_->viewport(1, 2, 3, 4);
  renderer_->draw({orbitLabel({})}, {30, 20});
  GLint after = 0;
  context_->getIntegerv(GL_FRAMEBUFFER_BINDING, &after);
  EXPECT_EQ(static_cast<GLuint>(after), other.id());
  std::array<GLint, 4> viewport{};
  context_->getIntegerv(GL_VIEWPORT, viewport.data());
  EXPECT_EQ(viewport, (std::array<GLint, 4>{1, 2, 3, 4}));
}

TEST_F(MeshRendererTest, MayGoWithoutItsContext) {
  show(ball({}, 0.3F));
  draw(orbitLabel({}));
  std::thread([this] { renderer_.reset(); }).join();  // no context there
  context_->emptyGraveyard();
  renderer_.emplace(context_);
  show(ball({}, 0.2F));
  draw(orbitLabel({}));
  egl_.reset();
  renderer_.reset();  // only remembers what is to be deleted
}

TEST_F(MeshRendererTest, InsideIsDrawnWhereItCanBeSeen) {
  Mesh bowl = ball({}, 0.3F);
  EXPECT_TRUE(packMesh(bowl).closed);
  std::vector<std::uint32_t> back;
  for (std::size_t i = 0; i < bowl.indices.size(); i += 3) {
    if (bowl.positions[bowl.indices[i]].z < 0.1F) {
      back.insert(back.end(),
                  bowl.indices.begin() + static_cast<std::ptrdiff_t>(i),
                  bowl.indices.begin() + static_cast<std::ptrdiff_t>(i) + 3);
    }
  }
  bowl.indices = back;
  EXPECT_FALSE(packMesh(bowl).closed);
  show(bowl);
  const Image image = draw(orbitLabel({}), MeshShading::Normals);
  const std::uint8_t* at = pixel(image, {kSide / 2, kSide / 2});
  EXPECT_EQ(at[3], 255);
  EXPECT_GT(at[2], 240) << "its inside faces the camera";
}

TEST_F(MeshRendererTest, BadMeshesAreRefusedBeforeTheyReachTheCard) {
  Mesh bad = ball({}, 0.3F);
  bad.indices.front() = 1U << 30;
  EXPECT_THROW(packMesh(bad), MeshError);
  show(Mesh{});
  EXPECT_EQ(pixel(draw(orbitLabel({})), {kSide / 2, kSide / 2})[3], 0);
}

// In the viewport: beside the neural picture.

class MeshInViewportTest : public test::GlFixture<> {
 protected:
  Image draw(const ViewportState& state) {
    const Framebuffer target(context_, state.size.x, state.size.y);
    target.bind();
    renderer_->draw(state, {});
    return target.read();
  }

  void SetUp() override {
    GlFixture::SetUp();
    if (!IsSkipped()) {
      renderer_.emplace(&test::EglContext::load, "");
    }
  }

  std::optional<ViewportRenderer> renderer_;
};

TEST_F(MeshInViewportTest, LinePartsPictureAndMesh) {
  Frame frame;
  frame.picture = Image(64, 64, 3);
  std::ranges::fill(frame.picture.pixels, std::uint8_t{250});
  renderer_->setFrame(frame);
  renderer_->setMesh(std::make_shared<const PackedMesh>(packMesh(ball({}, 0.3F))));
  ViewportState state{{240, 120}, 1, false, false};
  state.mesh = {.shown = true, .split = true, .line = 0.5};
  state.mesh_camera = orbitLabel({});
  EXPECT_EQ(draw(state).row(60)[4 * 150], 250) << "no mesh yet: the picture";
  while (renderer_->uploadMesh(1U << 16)) {
  }
  const auto red = [&](const Image& image, int x) { return int{image.row(60)[4 * x]}; };
  const Image half = draw(state);
  EXPECT_EQ(red(half, 100), 250);
  EXPECT_LT(red(half, 135), 240);
  EXPECT_LT(red(half, 30), 40) << "beside the picture";
  state.mesh.line = 0.75;
  const Image later = draw(state);
  EXPECT_EQ(red(later, 135), 250);
  EXPECT_LT(red(later, 165), 240);
  state.mesh.split = false;
  EXPECT_LT(red(draw(state), 100), 240);
  state.mesh_stale = true;
  EXPECT_LT(red(draw(state), 120), red(half, 135)) << "an old mesh is faint";
  state.mesh.shown = false;
  EXPECT_EQ(red(draw(state), 165), 250);
}

TEST_F(MeshInViewportTest, RehearsalLeavesNothingToSee) {
  const ViewportState state{{64, 64}, 1, false, true};
  const Framebuffer target(context_, 64, 64);
  target.bind();
  renderer_->rehearseMesh(state);
  ViewportState shown = state;
  shown.mesh.shown = true;
  EXPECT_LT(draw(shown).row(32)[4 * 32], 40);
}

}  // namespace
}  // namespace panohead::render
