// glTF 2.0 as one binary file (Khronos, "glTF 2.0 Specification", chapter 4).

#include "core/base/image_io.h"
#include "core/export/mesh_writers.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace panohead {

namespace {

using Json = nlohmann::ordered_json;

// Numbers of the specification.
constexpr int kUnsignedInt = 5125, kUnsignedShort = 5123, kFloat = 5126;
constexpr int kArrayBuffer = 34962, kElementArrayBuffer = 34963;
constexpr std::uint32_t kMagic = 0x46546C67, kVersion = 2, kJsonChunk = 0x4E4F534A, kBinaryChunk = 0x004E4942;

std::size_t padded(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

/// The parts of the binary chunk, in order.
class Buffer {
 public:
  /// @param target kArrayBuffer, kElementArrayBuffer or 0: none  @return index of the view
  int add(std::span<const std::byte> bytes, int target) {
    Json view = {{"buffer", 0}, {"byteOffset", size_}, {"byteLength", bytes.size()}};
    if (target != 0) {
      view["target"] = target;
    }
    views_.push_back(view);
    parts_.push_back(bytes);
    size_ += padded(bytes.size());
    return static_cast<int>(parts_.size()) - 1;
  }
  template <typename T>
  int add(const std::vector<T>& values, int target) {
    return add(std::as_bytes(std::span(values)), target);
  }
  const Json& views() const { return views_; }
  std::size_t size() const { return size_; }
  void write(OutputFile& out) const {
    constexpr std::array<std::byte, 3> kZeros{};
    for (const auto& part : parts_) {
      out.write(part);
      out.write(std::span(kZeros).first(padded(part.size()) - part.size()));
    }
  }

 private:
  Json views_ = Json::array();
  std::vector<std::span<const std::byte>> parts_;
  std::size_t size_ = 0;
};

Json accessor(int view, int type, std::size_t count, const char* shape) {
  return {{"bufferView", view}, {"componentType", type}, {"count", count}, {"type", shape}};
}

}  // namespace

void writeGlb(const Mesh& mesh, const MeshFileOptions& options, OutputFile& out) {
  const auto scale = static_cast<float>(options.metres_per_unit);
  std::vector<glm::vec3> positions = mesh.positions;
  for (glm::vec3& p : positions) {
    p *= scale;
  }
  const MeshBounds bounds = meshBounds(positions);
  const bool textured = !mesh.texture.empty() && !mesh.uvs.empty();
  std::vector<std::array<std::uint16_t, 4>> colours;  // glTF's vertex colours are linear
  if (!textured) {
    for (const glm::u8vec3& c : mesh.colours) {
      const auto part = [](std::uint8_t v) {
        return static_cast<std::uint16_t>(std::lround(linearLight(v) * 65535));
      };
      colours.push_back({part(c.r), part(c.g), part(c.b), 65535});
    }
  }

  Buffer buffer;
  Json accessors = Json::array();
  Json attributes;
  const auto attribute =
      [&](const char* name, int view, int type, std::size_t count, const char* shape) -> Json& {
    attributes[name] = accessors.size();
    accessors.push_back(accessor(view, type, count, shape));
    return accessors.back();
  };
  Json& position =
      attribute("POSITION", buffer.add(positions, kArrayBuffer), kFloat, positions.size(), "VEC3");
  const auto list = [](const glm::vec3& v) { return Json::array({v.x, v.y, v.z}); };
  position["min"] = list(bounds.low);
  position["max"] = list(bounds.high);
  if (!mesh.normals.empty()) {
    attribute("NORMAL", buffer.add(mesh.normals, kArrayBuffer), kFloat, mesh.normals.size(), "VEC3");
  }
  if (textured) {
    attribute("TEXCOORD_0", buffer.add(mesh.uvs, kArrayBuffer), kFloat, mesh.uvs.size(), "VEC2");
  }
  if (!colours.empty()) {
    attribute(
        "COLOR_0", buffer.add(colours, kArrayBuffer), kUnsignedShort, colours.size(), "VEC4")["normalized"] =
        true;
  }
  const std::size_t index_accessor = accessors.size();
  accessors.push_back(
      accessor(buffer.add(mesh.indices, kElementArrayBuffer), kUnsignedInt, mesh.indices.size(), "SCALAR"));

  constexpr int kJpegQuality = 92;
  std::vector<std::byte> picture;
  Json material = {{"name", "head"},
                   {"pbrMetallicRoughness", {{"metallicFactor", 0.0}, {"roughnessFactor", 0.9}}}};
  Json root = {{"asset", {{"version", "2.0"}, {"generator", "PanoHead Studio"}}},
               {"scene", 0},
               {"scenes", Json::array({{{"nodes", {0}}}})},
               {"nodes", Json::array({{{"mesh", 0}, {"name", "head"}}})}};
  if (textured) {
    picture = options.jpeg ? encodeJpeg(mesh.texture, kJpegQuality) : encodePng(mesh.texture);
    const int view = buffer.add(picture, 0);
    root["images"] =
        Json::array({{{"bufferView", view}, {"mimeType", options.jpeg ? "image/jpeg" : "image/png"}}});
    constexpr int kLinear = 9729, kLinearMipmapLinear = 9987, kClampToEdge = 33071;
    root["samplers"] = Json::array({{{"magFilter", kLinear},
                                     {"minFilter", kLinearMipmapLinear},
                                     {"wrapS", kClampToEdge},
                                     {"wrapT", kClampToEdge}}});
    root["textures"] = Json::array({{{"sampler", 0}, {"source", 0}}});
    material["pbrMetallicRoughness"]["baseColorTexture"] = {{"index", 0}};
  }
  if (options.unlit) {
    material["extensions"]["KHR_materials_unlit"] = Json::object();
    root["extensionsUsed"] = {"KHR_materials_unlit"};
  }
  root["materials"] = Json::array({material});
  root["meshes"] = Json::array(
      {{{"primitives",
         Json::array({{{"attributes", attributes}, {"indices", index_accessor}, {"material", 0}}})}}});
  root["accessors"] = accessors;
  root["bufferViews"] = buffer.views();
  root["buffers"] = Json::array({{{"byteLength", buffer.size()}}});

  std::string text = root.dump();
  text.resize(padded(text.size()), ' ');
  const std::uint64_t total = 12 + 8 + text.size() + 8 + buffer.size();
  if (total > std::numeric_limits<std::uint32_t>::max()) {
    throw OptionError("the mesh is larger than a .glb file can be (4 GiB)",
                      "reduce its triangles, or write a .ply");
  }
  for (const std::uint32_t word : {kMagic,
                                   kVersion,
                                   static_cast<std::uint32_t>(total),
                                   static_cast<std::uint32_t>(text.size()),
                                   kJsonChunk}) {
    out.writeValue(word);
  }
  out.write(text);
  out.writeValue(static_cast<std::uint32_t>(buffer.size()));
  out.writeValue(kBinaryChunk);
  buffer.write(out);
}

}  // namespace panohead
