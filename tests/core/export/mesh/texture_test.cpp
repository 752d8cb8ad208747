#include "core/export/colour_bake.h"
#include "core/export/marching_cubes.h"
#include "core/export/mesh_raster.h"
#include "core/export/push_pull.h"
#include "core/export/rectangle_pack.h"
#include "core/export/texture_bake.h"
#include "core/export/uv_unwrap.h"
#include "tests/support/analytic_fields.h"
#include "tests/support/cancelling_context.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

namespace panohead {
namespace {

/// A skull with a nose, two ears that stand off, a neck and the cut below it.
Mesh bust(int resolution = 96) {
  const test::FormulaField field(
      [](const glm::vec3& p) {
        const float skull = 0.22F - glm::distance(p, {0, 0.08F, 0});
        const float neck = 0.11F - std::hypot(p.x, p.z + 0.02F) - std::max(0.0F, p.y) * 2;
        const float nose = 0.04F - glm::distance(p, {0, 0.05F, 0.24F});
        const auto ear = [&](float x) {
          const glm::vec3 q = (p - glm::vec3(x, 0.08F, 0.02F)) / glm::vec3(1.2F, 1, 0.25F);
          return (0.06F - glm::length(q)) * 0.25F;
        };
        return 10 + 100 * std::max({skull, neck, nose, ear(0.24F), ear(-0.24F)});
      },
      400);
  SilentContext context;
  Mesh mesh = extractSurface(field, {.resolution = resolution}, context);
  gradientNormals(mesh, field, 0.003F, context);
  return mesh;
}

/// A colour that says where on the head it is.
glm::vec3 paint(const glm::vec3& p) {
  return glm::clamp(glm::vec3(128) + glm::vec3(180, 220, 180) * p + 30.0F * std::sin(12 * p.y), 0.0F, 255.0F);
}

/// A picture of the painted mesh, by rasterising: what the generator is to the bake.
Image picture(const Mesh& mesh, const CameraLabel& label, int side) {
  const Pinhole camera(label);
  std::vector<float> depth(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), 1e9F);
  Image image(side, side, 4);
  const auto scale = static_cast<float>(side);
  for (std::size_t t = 0; t < mesh.indices.size(); t += 3) {
    std::array<glm::vec3, 3> p, place;
    for (std::size_t k = 0; k < 3; ++k) {
      p[k] = mesh.positions[mesh.indices[t + k]];
      place[k] = camera.project(p[k]) * glm::vec3(scale, scale, 1);
    }
    rasteriseTriangle({glm::vec2(place[0]), glm::vec2(place[1]), glm::vec2(place[2])},
                      side,
                      side,
                      [&](int x, int y, const glm::vec3& w) {
                        const glm::vec3 near = w / glm::vec3(place[0].z, place[1].z, place[2].z);
                        const float z = 1 / (near.x + near.y + near.z);
                        const auto i = static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                                       static_cast<std::size_t>(x);
                        if (z < depth[i]) {
                          depth[i] = z;
                          const glm::vec3 colour = paint((p[0] * near.x + p[1] * near.y + p[2] * near.z) * z);
                          for (int c = 0; c < 3; ++c) {
                            image.pixels[4 * i + static_cast<std::size_t>(c)] =
                                static_cast<std::uint8_t>(std::lround(colour[c]));
                          }
                          image.pixels[4 * i + 3] = 255;
                        }
                      });
  }
  return image;
}

void addPictures(ColourBake& bake, const Mesh& mesh) {
  SilentContext context;
  for (int i = 0; i < 8; ++i) {
    for (const double pitch : {-30.0, 10.0, 50.0}) {
      const CameraLabel label = orbitLabel({.yaw_degrees = 45.0 * i, .pitch_degrees = pitch});
      bake.addPicture(picture(mesh, label, 256), label, 1, context);
    }
  }
}

TEST(Unwrap, ChartsCoverTheHeadAndDoNotOverlap) {
  Mesh mesh = bust();
  const std::int64_t triangles = mesh.triangles();
  constexpr int kSide = 512;
  SilentContext context;
  const UnwrapStats stats = unwrapHead(mesh, kSide, context);
  mesh.check();
  EXPECT_EQ(mesh.triangles(), triangles);
  EXPECT_EQ(mesh.uvs.size(), mesh.positions.size());
  EXPECT_GT(stats.covered, 0.4);
  EXPECT_LT(stats.charts, 40);
  for (const glm::vec2& uv : mesh.uvs) {
    ASSERT_TRUE(uv.x >= 0 && uv.x <= 1 && uv.y >= 0 && uv.y <= 1);
  }
  // A pixel shows one place of the surface, whatever triangle says so.
  std::vector<glm::vec3> place(kSide * kSide, glm::vec3(9));
  std::int64_t covered = 0, doubled = 0;
  for (std::size_t t = 0; t < mesh.indices.size(); t += 3) {
    const auto corner = [&](std::size_t k) {
      return mesh.uvs[mesh.indices[t + k]] * static_cast<float>(kSide);
    };
    rasteriseTriangle({corner(0), corner(1), corner(2)}, kSide, kSide, [&](int x, int y, const glm::vec3& w) {
      const glm::vec3 p = mesh.positions[mesh.indices[t]] * w.x + mesh.positions[mesh.indices[t + 1]] * w.y +
                          mesh.positions[mesh.indices[t + 2]] * w.z;
      glm::vec3& known = place[static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x)];
      ++covered;
      doubled += known.x < 5 && glm::distance(known, p) > 0.02F ? 1 : 0;
      known = p;
    });
  }
  EXPECT_LT(static_cast<double>(doubled), 0.005 * static_cast<double>(covered));
}

TEST(Unwrap, FaceIsInOnePieceAndTheSeamAtTheBack) {
  Mesh mesh = bust();
  SilentContext context;
  unwrapHead(mesh, 512, context);
  // Along the face from ear to ear the texture moves steadily; across the back it jumps.
  const auto uvAt = [&](const glm::vec3& wanted) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
      if (glm::distance(mesh.positions[i], wanted) < glm::distance(mesh.positions[best], wanted)) {
        best = i;
      }
    }
    return mesh.uvs[best];
  };
  const auto on = [&](double degrees) {
    const double a = degrees * std::numbers::pi / 180;
    return uvAt({0.22 * std::sin(a), 0.15, 0.22 * std::cos(a)});
  };
  for (int degrees = -50; degrees < 50; degrees += 10) {
    const float step = on(degrees + 10).x - on(degrees).x;
    EXPECT_GT(step, 0.005F) << degrees;
    EXPECT_LT(step, 0.06F) << degrees;
    EXPECT_NEAR(on(degrees + 10).y, on(degrees).y, 0.02) << degrees;
  }
  EXPECT_GT(std::abs(on(175).x - on(-175).x), 0.3F);
  // v goes down.
  EXPECT_GT(uvAt({0, 0.0F, 0.2F}).y, uvAt({0, 0.15F, 0.2F}).y);
}

TEST(TextureBake, FindsThePaintAgain) {
  Mesh mesh = bust();
  SilentContext context;
  unwrapHead(mesh, 256, context);
  const TexturePoints points = texturePoints(mesh, 256, context);
  ColourBake bake(mesh, points.points);
  addPictures(bake, mesh);
  const ColourBake::Result colours = bake.result();
  const Image texture = textureOf(points, colours, context);
  double worst = 0, sum = 0, count = 0;
  std::int64_t known = 0;
  for (std::size_t i = 0; i < points.pixels.size(); ++i) {
    known += colours.known[i];
    if (colours.known[i] == 0) {
      continue;
    }
    for (int c = 0; c < 3; ++c) {
      const double difference =
          std::abs(static_cast<double>(paint(points.points[i].position)[c]) -
                   texture.pixels[std::size_t{points.pixels[i]} * 3 + static_cast<std::size_t>(c)]);
      worst = std::max(worst, difference);
      sum += difference;
      ++count;
    }
  }
  EXPECT_LT(sum / count, 1.5);  // levels of 255
  EXPECT_LT(worst, 25);
  EXPECT_GT(static_cast<double>(known), 0.85 * static_cast<double>(points.pixels.size()));
}

TEST(TextureBake, EveryPartCanBeStoppedInTheMiddle) {
  Mesh mesh = bust(64);
  SilentContext silent;
  unwrapHead(mesh, 256, silent);
  const TexturePoints points = texturePoints(mesh, 256, silent);
  const CameraLabel front = orbitLabel({});
  const Image image = picture(mesh, front, 128);
  ColourBake bake(mesh, points.points);
  bake.addPicture(image, front, 1, silent);
  const ColourBake::Result colours = bake.result();
  const auto cancelled = [](int after, const auto& part) {
    test::CancellingContext context(after);
    EXPECT_THROW(part(context), Cancelled) << after;
  };
  cancelled(1, [&](JobContext& context) { texturePoints(mesh, 256, context); });
  for (const int after : {0, 64, 129}) {  // the mesh's depth, its outlines row by row, the points
    cancelled(after, [&](JobContext& context) { bake.addPicture(image, front, 1, context); });
  }
  for (const int after : {0, 256, 600, 1000}) {  // two rims of the charts, what is between them
    cancelled(after, [&](JobContext& context) { textureOf(points, colours, context); });
  }
}

TEST(TextureBake, HiddenPointsTakeNothing) {
  // A plate before a ball: the ball's front is seen by nobody but from behind the plate.
  const test::FormulaField field(
      [](const glm::vec3& p) {
        const float ball = 0.1F - glm::distance(p, {0, 0, -0.1F});
        const glm::vec3 q = glm::abs(p - glm::vec3(0, 0, 0.2F)) - glm::vec3(0.2F, 0.2F, 0.03F);
        return 10 + 100 * std::max(ball, -std::max({q.x, q.y, q.z}));
      },
      100);
  SilentContext context;
  Mesh mesh = extractSurface(field, {.resolution = 64}, context);
  ColourBake bake(mesh, {{{0, 0, 0}, {0, 0, 1}}, {{0, 0, 0.23F}, {0, 0, 1}}});
  const CameraLabel front = orbitLabel({});
  bake.addPicture(picture(mesh, front, 128), front, 1, context);
  const ColourBake::Result result = bake.result();
  EXPECT_EQ(result.known[0], 0);
  EXPECT_EQ(result.known[1], 1);
}

TEST(TextureBake, VerticesWithoutColourTakeTheirNeighbours) {
  Mesh mesh = bust(64);
  std::vector<SurfacePoint> points;
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    points.push_back({mesh.positions[i], mesh.normals[i]});
  }
  ColourBake bake(mesh, points);
  addPictures(bake, mesh);
  ColourBake::Result colours = bake.result();
  SilentContext context;
  fillVertexColours(mesh, colours, context);
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    ASSERT_EQ(colours.known[i], 1);
    sum += glm::length(colours.colours[i] - paint(mesh.positions[i]));
  }
  EXPECT_LT(sum / static_cast<double>(points.size()), 8);
}

TEST(PushPull, KeepsWhatIsKnownAndFillsTheRestBetween) {
  constexpr int kWidth = 37, kHeight = 21;
  std::vector<glm::vec3> pixels(kWidth * kHeight, glm::vec3(0));
  std::vector<std::uint8_t> known(pixels.size());
  for (int y = 0; y < kHeight; ++y) {
    for (const int x : {0, kWidth - 1}) {
      const auto i = static_cast<std::size_t>(y * kWidth + x);
      pixels[i] = glm::vec3(x == 0 ? 10 : 200);
      known[i] = 1;
    }
  }
  SilentContext context;
  pushPull(pixels, known, kWidth, kHeight, context);
  for (int x = 0; x < kWidth; ++x) {
    const float value = pixels[static_cast<std::size_t>(10 * kWidth + x)].x;
    EXPECT_GE(value, 10 - 1e-3F);
    EXPECT_LE(value, 200 + 1e-3F);
  }
  EXPECT_EQ(pixels[10 * kWidth].x, 10);
  EXPECT_LT(pixels[10 * kWidth + 3].x, 100);
  EXPECT_GT(pixels[10 * kWidth + 33].x, 100);
  EXPECT_EQ(std::ranges::count(known, 0), 0);
}

TEST(PackRectangles, NoneOverlapAndAllAreInside) {
  std::mt19937 random(3);
  std::vector<PackedRectangle> rectangles;
  for (int i = 0; i < 60; ++i) {
    rectangles.push_back(
        {.width = 3 + static_cast<int>(random() % 40), .height = 3 + static_cast<int>(random() % 40)});
  }
  ASSERT_TRUE(packRectangles(rectangles, 256));
  std::vector<int> taken(256 * 256);
  for (const PackedRectangle& r : rectangles) {
    ASSERT_TRUE(r.x >= 0 && r.y >= 0 && r.x + r.width <= 256 && r.y + r.height <= 256);
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        ASSERT_EQ(taken[static_cast<std::size_t>(y * 256 + x)]++, 0);
      }
    }
  }
  EXPECT_FALSE(packRectangles(rectangles, 64));
}

}  // namespace
}  // namespace panohead
