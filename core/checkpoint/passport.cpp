#include "core/checkpoint/passport.h"

#include "core/base/json_text.h"
#include "core/base/printable_text.h"
#include "core/base/sha256.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <set>

namespace panohead {
namespace {

using Json = nlohmann::json;

Json parsed(const std::string& text) {
  Json json = parseJsonQuietly(text);
  return json.is_discarded() ? Json(text) : json;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t i = std::ssize(text) - 3; i > 0; i -= 3) {
    text.insert(static_cast<std::size_t>(i), 1, ' ');
  }
  return text;
}

ModelPassport::Network describe(const NetworkState& state) {
  ModelPassport::Network network;
  network.key = state.key;
  network.class_name = state.class_name;
  network.config = state.config;
  std::set<std::string> types;
  for (const TensorRecord& tensor : state.tensors) {
    (tensor.is_parameter ? network.parameter_tensors : network.buffer_tensors) += 1;
    (tensor.is_parameter ? network.parameters : network.buffer_numbers) += tensor.elementCount();
    network.bytes += tensor.byteCount();
    types.insert(dtypeName(tensor.dtype));
  }
  network.types = fmt::format("{}", fmt::join(types, ", "));
  const Json config = parsed(state.config);
  const auto resolution = config.find("img_resolution");
  network.resolution =
      resolution != config.end() && resolution->is_number_integer() ? resolution->get<std::int64_t>() : 0;
  return network;
}

// "  key: value" for every entry of a JSON object.
void appendOptions(std::string& text, const std::string& title, const Json& object) {
  if (!object.is_object() || object.empty()) {
    return;
  }
  fmt::format_to(std::back_inserter(text), "  {}\n", title);
  for (const auto& [key, value] : object.items()) {
    fmt::format_to(std::back_inserter(text), "    {:<32} {}\n", printable(key), printable(jsonText(value)));
  }
}

void appendNetwork(std::string& text, const ModelPassport::Network& network) {
  const auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "\n{}: {}\n",
                 network.key.empty() ? "(unnamed)" : printable(network.key),
                 network.class_name.empty() ? "class not given" : printable(network.class_name));
  if (network.resolution > 0) {
    fmt::format_to(out, "  {:<34} {} px\n", "resolution", network.resolution);
  }
  fmt::format_to(out,
                 "  {:<34} {} in {} tensors\n",
                 "parameters",
                 grouped(network.parameters),
                 network.parameter_tensors);
  fmt::format_to(
      out, "  {:<34} {} in {} tensors\n", "buffers", grouped(network.buffer_numbers), network.buffer_tensors);
  fmt::format_to(
      out, "  {:<34} {:.1f} MB, {}\n", "size", static_cast<double>(network.bytes) / 1e6, network.types);
  Json config = parsed(network.config);
  Json rendering;
  if (config.is_object() && config.contains("rendering_kwargs")) {
    rendering = config["rendering_kwargs"];
    config.erase("rendering_kwargs");
  }
  appendOptions(text, "configuration", config);
  appendOptions(text, "rendering options", rendering);
}

}  // namespace

std::string hashOf(const Checkpoint& checkpoint, JobContext& context) {
  constexpr std::size_t kChunk = std::size_t{1} << 22;
  Sha256 hash;
  for (std::size_t first = 0; first < checkpoint.bytes.size(); first += kChunk) {
    context.checkpoint();
    context.report({"hashing",
                    static_cast<std::int64_t>(first),
                    static_cast<std::int64_t>(checkpoint.bytes.size()),
                    {}});
    hash.update(checkpoint.bytes.subspan(first, std::min(kChunk, checkpoint.bytes.size() - first)));
  }
  return hash.hex();
}

ModelPassport makePassport(const Checkpoint& checkpoint, JobContext& context) {
  ModelPassport passport;
  passport.file = checkpoint.path.string();
  passport.format = checkpoint.format;
  passport.file_bytes = checkpoint.bytes.size();
  passport.sha256 = hashOf(checkpoint, context);
  std::ranges::transform(checkpoint.networks, std::back_inserter(passport.networks), describe);
  passport.training_set = checkpoint.training_set;
  passport.metadata = checkpoint.metadata;
  passport.classes = checkpoint.classes;
  passport.embedded_source_bytes = checkpoint.embedded_source_bytes;
  return passport;
}

std::string ModelPassport::toText() const {
  std::string text = fmt::format("{}\n  {:<34} {}\n  {:<34} {:.1f} MB\n  {:<34} {}\n",
                                 printable(file),
                                 "format",
                                 formatName(format),
                                 "size",
                                 static_cast<double>(file_bytes) / 1e6,
                                 "SHA-256",
                                 sha256);
  for (const Network& network : networks) {
    appendNetwork(text, network);
  }
  const Json training = parsed(training_set);
  if (training.is_object() && !training.empty()) {
    text += "\n";
    appendOptions(text, "training settings", training);
  }
  Json notes = Json::object();
  for (const auto& [key, value] : metadata) {
    if (key.starts_with("config") || key == "training_set") {
      continue;  // told above
    }
    if (const Json inner = parsed(value); inner.is_object()) {
      appendOptions(text, printable(key), inner);
    } else {
      notes[key] = value;
    }
  }
  appendOptions(text, "metadata", notes);
  if (!classes.empty()) {
    fmt::format_to(std::back_inserter(text),
                   "\n  classes named (never imported): {}\n",
                   printable(fmt::format("{}", fmt::join(classes, ", "))));
    fmt::format_to(std::back_inserter(text),
                   "  embedded source text (never run): {} bytes\n",
                   grouped(static_cast<std::int64_t>(embedded_source_bytes)));
  }
  return text;
}

std::string ModelPassport::toJson() const {
  Json list = Json::array();
  for (const Network& network : networks) {
    list.push_back({{"key", network.key},
                    {"class", network.class_name},
                    {"parameter_tensors", network.parameter_tensors},
                    {"buffer_tensors", network.buffer_tensors},
                    {"parameters", network.parameters},
                    {"buffer_numbers", network.buffer_numbers},
                    {"bytes", network.bytes},
                    {"types", network.types},
                    {"resolution", network.resolution},
                    {"config", parsed(network.config)}});
  }
  return jsonText(Json{{"file", file},
                       {"format", formatName(format)},
                       {"bytes", file_bytes},
                       {"sha256", sha256},
                       {"networks", std::move(list)},
                       {"training_set", parsed(training_set)},
                       {"metadata", metadata},
                       {"classes", classes},
                       {"embedded_source_bytes", embedded_source_bytes},
                       {"embedded_source_run", false}},
                  2);
}

}  // namespace panohead
