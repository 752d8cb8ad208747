#include "core/checkpoint/module_graph.h"

#include "core/base/error.h"
#include "core/checkpoint/pickle_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>
#include <utility>

namespace panohead {
namespace {

constexpr int kMaxModuleDepth = 64;
constexpr std::size_t kMaxNameLength = 1024;
constexpr std::size_t kMaxNetworks = 64;
constexpr std::size_t kMaxTensors = 100'000;
// Entries looked at. Shared nodes may be reached along very many paths.
constexpr std::size_t kMaxSteps = 20'000'000;
constexpr std::size_t kMaxClassesListed = 4096;

// Scripts change these on the object after construction: the object's own values decide.
constexpr std::array<std::string_view, 2> kDecidingAttributes{"rendering_kwargs",
                                                              "neural_rendering_resolution"};
// These count only where the constructor's keywords lack them (a discriminator changes its own).
constexpr std::array<std::string_view, 5> kFallbackAttributes{
    "z_dim", "c_dim", "w_dim", "img_resolution", "img_channels"};

// A pickled object that has attributes: its class and the dictionary of its attributes.
struct ObjectState {
  std::string_view class_name;
  PickleId attributes = kPickleNone;
};

class NetworkCollector {
 public:
  NetworkCollector(const FileBytes& file,
                   const PickleDocument& document,
                   StorageSource& storages,
                   JobContext& context,
                   Checkpoint& checkpoint)
      : file_(file), document_(document), storages_(storages), context_(context), checkpoint_(checkpoint) {}

  void run() {
    listClasses();
    if (!addNetwork("", document_.root)) {
      const auto pairs = pairsOf(document_.root);
      const auto total = static_cast<std::int64_t>(pairs.size() / 2);
      for (std::size_t i = 0; i < pairs.size(); i += 2) {
        context_.report({"reading networks", static_cast<std::int64_t>(i / 2), total, {}});
        addEntry(pairs[i], pairs[i + 1]);
      }
    }
    if (checkpoint_.networks.empty()) {
      failWithoutNetwork();
    }
  }

 private:
  void addEntry(PickleId key, PickleId value) {
    if (document_.isString(key, "training_set_kwargs")) {
      checkpoint_.training_set = pickleJson(file_, document_, value);
    } else if (document_[key].kind == PickleKind::String && document_[key].text.size() <= kMaxNameLength) {
      addNetwork(std::string(document_.string(key)), value);
    }
  }

  bool addNetwork(const std::string& key, PickleId id) {
    const std::optional<ObjectState> module = moduleState(id);
    // The dictionary of a snapshot may hold stray tensors beside its networks, but no module does.
    if (!module && (!isStateDictionary(id) || (key.empty() && holdsNetworks(id)))) {
      return false;
    }
    if (checkpoint_.networks.size() == kMaxNetworks) {
      file_.fail(fmt::format("it has more than {} networks", kMaxNetworks));
    }
    if (std::ranges::find(checkpoint_.networks, key, &NetworkState::key) != checkpoint_.networks.end()) {
      file_.fail(fmt::format("two networks are named '{}'", key));
    }
    NetworkState network;
    network.key = key;
    names_.clear();
    if (module) {
      network.class_name = module->class_name;
      network.config = configJson(*module);
      addModule(network, *module, "", 0);
    } else {
      addTensors(network, id, "", TensorRole::Named);
    }
    const auto rank = [](const TensorRecord& tensor) {
      return tensor.is_parameter ? 0 : tensor.in_state_dict ? 1 : 2;
    };
    std::ranges::stable_sort(network.tensors, {}, rank);
    checkpoint_.networks.push_back(std::move(network));
    return true;
  }

  bool holdsNetworks(PickleId id) {
    const auto pairs = pairsOf(id);
    for (std::size_t i = 1; i < pairs.size(); i += 2) {
      if (moduleState(pairs[i]) || isStateDictionary(pairs[i])) {
        return true;
      }
    }
    return false;
  }

  bool isStateDictionary(PickleId id) {
    const auto pairs = pairsOf(id);
    for (std::size_t i = 1; i < pairs.size(); i += 2) {
      if (isTensorNode(document_, pairs[i])) {
        return true;
      }
    }
    return false;
  }

  std::optional<ObjectState> objectState(PickleId id) {
    const PickleNode& node = document_[id];
    if (document_.isObjectOf(id, "torch_utils.persistence", "_reconstruct_persistent_obj")) {
      const auto arguments = document_.sequence(node.arguments);
      const bool meta = arguments && arguments->size() == 1 && !pairsOf((*arguments)[0]).empty();
      const auto state = meta ? document_.lookup((*arguments)[0], "state") : std::nullopt;
      if (!state) {
        file_.fail("a persistent object has no state");
      }
      const auto name = document_.lookup((*arguments)[0], "class_name");
      return ObjectState{name ? document_.string(*name).substr(0, kMaxNameLength) : "", *state};
    }
    if (node.isObject() && document_[node.state].kind == PickleKind::Dict &&
        document_[node.callable].kind == PickleKind::Global) {
      return ObjectState{document_.string(document_[node.callable].items[1]), node.state};
    }
    return std::nullopt;
  }

  std::optional<ObjectState> moduleState(PickleId id) {
    const std::optional<ObjectState> object = objectState(id);
    if (!object) {
      return std::nullopt;
    }
    pairsOf(object->attributes);  // pays for the look-ups
    for (const char* key : {"_parameters", "_buffers", "_modules"}) {
      if (document_.lookup(object->attributes, key)) {
        return object;
      }
    }
    return std::nullopt;
  }

  std::string configJson(const ObjectState& module) {
    const PickleId keywords = document_.lookup(module.attributes, "_init_kwargs").value_or(kPickleNone);
    pairsOf(keywords);  // pays for the look-ups
    std::vector<std::pair<std::string_view, PickleId>> overlay;
    const auto take = [&](std::string_view key) {
      if (const auto value = document_.lookup(module.attributes, key)) {
        overlay.emplace_back(key, *value);
      }
    };
    std::ranges::for_each(kDecidingAttributes, take);
    for (const std::string_view key : kFallbackAttributes) {
      if (!document_.lookup(keywords, key)) {
        take(key);
      }
    }
    return pickleJson(file_, document_, keywords, overlay);
  }

  enum class TensorRole { Parameter, Buffer, Attribute, Named };

  void addModule(NetworkState& network, const ObjectState& module, const std::string& prefix, int depth) {
    context_.checkpoint();
    if (depth > kMaxModuleDepth) {
      file_.fail(fmt::format("modules are nested more than {} levels deep", kMaxModuleDepth));
    }
    const auto part = [&](const char* key) {
      return document_.lookup(module.attributes, key).value_or(kPickleNone);
    };
    addTensors(network, part("_parameters"), prefix, TensorRole::Parameter);
    const std::size_t first_buffer = network.tensors.size();
    addTensors(network, part("_buffers"), prefix, TensorRole::Buffer);
    markTransient(
        std::span(network.tensors).subspan(first_buffer), part("_non_persistent_buffers_set"), prefix);
    addTensors(network, module.attributes, prefix, TensorRole::Attribute);

    const auto children = pairsOf(part("_modules"));
    for (std::size_t i = 0; i < children.size(); i += 2) {
      if (const auto child = moduleState(children[i + 1])) {
        addModule(network, *child, joined(prefix, children[i]) + ".", depth + 1);
      }
    }
  }

  void addTensors(NetworkState& network, PickleId mapping_id, const std::string& prefix, TensorRole role) {
    const auto pairs = pairsOf(mapping_id);
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      // Private attributes are caches such as the planes of the last picture.
      const bool cached = role == TensorRole::Attribute && document_.string(pairs[i]).starts_with('_');
      if (cached || !isTensorNode(document_, pairs[i + 1])) {
        continue;
      }
      std::string name = joined(prefix, pairs[i]);
      if (++tensors_ > kMaxTensors || !names_.insert(name).second) {
        file_.fail(tensors_ > kMaxTensors ? fmt::format("it has more than {} tensors", kMaxTensors)
                                          : fmt::format("two tensors are named '{}'", name));
      }
      TensorRecord record = readTensorNode(file_, document_, pairs[i + 1], storages_, name);
      record.is_parameter = role == TensorRole::Parameter ||
                            (role == TensorRole::Named && isFloating(record.dtype) && !isBufferName(name));
      record.in_state_dict = role != TensorRole::Attribute;
      record.name = std::move(name);
      network.tensors.push_back(std::move(record));
    }
  }

  void markTransient(std::span<TensorRecord> buffers, PickleId set, const std::string& prefix) {
    std::span<const PickleId> items = document_[set].items;
    if (document_[set].kind == PickleKind::Call) {  // protocols 2 and 3: set([...])
      const auto arguments = document_.sequence(document_[set].arguments);
      const auto list =
          arguments && arguments->size() == 1 ? document_.sequence((*arguments)[0]) : std::nullopt;
      items = list.value_or(std::span<const PickleId>());
    }
    spend(items.size() * (1 + buffers.size()));
    for (const PickleId item : items) {
      for (TensorRecord& buffer : buffers) {
        if (std::string_view(buffer.name).substr(prefix.size()) == document_.string(item)) {
          buffer.in_state_dict = false;
        }
      }
    }
  }

  std::string joined(const std::string& prefix, PickleId key) const {
    const PickleNode& node = document_[key];
    if (node.kind != PickleKind::String || node.text.empty() ||
        prefix.size() + node.text.size() > kMaxNameLength) {
      file_.fail(fmt::format("below '{}' a tensor or module has no usable name", prefix));
    }
    return prefix + std::string(document_.string(key));
  }

  std::span<const PickleId> pairsOf(PickleId id) {
    const auto pairs = document_.mapping(id);
    spend(1 + (pairs ? pairs->size() : 0));
    return pairs.value_or(std::span<const PickleId>());
  }

  void spend(std::size_t steps) {
    steps_ += steps;
    if (steps_ > kMaxSteps) {
      file_.fail("its modules refer to each other without end");
    }
  }

  // Everything that the pickle names or carries, whether or not it belongs to a network.
  void listClasses() {
    std::set<std::string> classes;
    std::unordered_set<const std::byte*> sources;
    for (PickleId id = 0; id < document_.nodes.size(); ++id) {
      const PickleNode& node = document_[id];
      if (node.kind == PickleKind::Global && classes.size() < kMaxClassesListed) {
        classes.insert(document_.qualifiedName(id));
      } else if (node.kind == PickleKind::Dict && node.items.size() == 10 &&
                 document_.isString(node.items[4], "module_src")) {
        const PickleNode& source = document_[node.items[5]];
        if (sources.insert(source.text.data()).second) {
          checkpoint_.embedded_source_bytes += source.text.size();
        }
        const std::string_view name = document_.string(node.items[7]);
        if (classes.size() < kMaxClassesListed && name.size() <= kMaxNameLength) {
          classes.emplace(name);
        }
      }
    }
    checkpoint_.classes.assign(classes.begin(), classes.end());
  }

  [[noreturn]] void failWithoutNetwork() const {
    const PickleNode& root = document_[document_.root];
    if (root.kind == PickleKind::Tuple && root.items.size() == 3) {
      throw CheckpointError(
          fmt::format("'{}' looks like a StyleGAN file of the TensorFlow era", file_.name),
          "Only networks of the PyTorch era can be read: convert it with the legacy tool of "
          "StyleGAN2-ADA (PyTorch) first.");
    }
    const auto& classes = checkpoint_.classes;
    const std::vector<std::string> some(classes.begin(),
                                        classes.begin() + std::min<std::ptrdiff_t>(std::ssize(classes), 5));
    throw CheckpointError(
        fmt::format("'{}' holds no network", file_.name),
        "Give a network snapshot (.pkl), a state dictionary (.pt, .pth) or a .safetensors model.",
        some.empty() ? "" : fmt::format("it names (not run): {}", fmt::join(some, ", ")));
  }

  const FileBytes& file_;
  const PickleDocument& document_;
  StorageSource& storages_;
  JobContext& context_;
  Checkpoint& checkpoint_;
  std::unordered_set<std::string> names_;  // of the current network
  std::size_t tensors_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

void collectNetworks(const FileBytes& file,
                     const PickleDocument& document,
                     StorageSource& storages,
                     JobContext& context,
                     Checkpoint& checkpoint) {
  NetworkCollector(file, document, storages, context, checkpoint).run();
}

}  // namespace panohead
