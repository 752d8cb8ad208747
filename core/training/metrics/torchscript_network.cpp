// The one file that sees LibTorch's TorchScript interpreter.
#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/checkpoint/mapped_file.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/feature_network.h"
#include "core/training/metrics/torchscript_file.h"

#include <fmt/format.h>
#include <torch/script.h>

#include <algorithm>
#include <sstream>

namespace panohead {

namespace {

// The interpreter's own words: the last line before LibTorch's list of addresses.
std::string reasonOf(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  std::istringstream lines(text);
  std::string line, last;
  while (std::getline(lines, line)) {
    if (line.starts_with("Exception raised from")) {
      break;
    }
    if (line.find_first_not_of(" \t~^<-HERE") != std::string::npos) {
      last = line;
    }
  }
  return last;
}

struct Outputs {
  at::Tensor features;
  at::Tensor logits;
};

class TorchScriptNetwork final : public FeatureNetwork {
 public:
  TorchScriptNetwork(torch::jit::Module module, std::string file, std::string fingerprint)
      : module_(std::move(module)), file_(std::move(file)), fingerprint_(std::move(fingerprint)) {
    module_.eval();
    for (const c10::Argument& argument : module_.get_method("forward").function().getSchema().arguments()) {
      has_return_features_ = has_return_features_ || argument.name() == "return_features";
      has_no_output_bias_ = has_no_output_bias_ || argument.name() == "no_output_bias";
    }
  }

  std::string name() const override { return file_; }
  std::string fingerprint() const override { return fingerprint_; }

  at::Tensor features(const FeatureInput& input) override {
    const at::Tensor features = call(input, has_return_features_ ? "return_features" : nullptr).features;
    return features.to(at::kCPU, at::kFloat);
  }

  at::Tensor probabilities(const FeatureInput& input) override {
    at::Tensor logits;
    if (has_return_features_) {
      // Without that argument the published network answers with classes.
      logits = call(input, has_no_output_bias_ ? "no_output_bias" : nullptr).features;
    } else {
      logits = call(input, nullptr).logits;
    }
    if (!logits.defined()) {
      return {};
    }
    logits = logits.to(at::kCPU, at::kDouble);
    const bool are_probabilities =
        logits.min().item<double>() >= 0 && (logits.sum(1) - 1).abs().max().item<double>() < 1e-3;
    return are_probabilities ? logits : at::softmax(logits, 1);
  }

 private:
  at::IValue forward(const at::Tensor& x, const char* flag) {
    torch::jit::Kwargs named;
    if (flag != nullptr) {
      named.emplace(flag, true);
    }
    return module_.get_method("forward")({x}, named);
  }

  // The first call decides whether bytes or floats are taken.
  at::IValue run(const at::Tensor& image, const char* flag) {
    const at::Tensor bytes = (image * 127.5 + 128).clamp(0, 255).to(at::kByte).cpu();
    try {
      if (input_ == Input::Bytes) {
        return forward(bytes, flag);
      }
      if (input_ == Input::Floats) {
        return forward(bytes.to(at::kFloat), flag);
      }
    } catch (const std::exception& error) {
      throw CheckpointError(fmt::format("'{}': the TorchScript failed", file_), {}, reasonOf(error));
    }
    try {
      at::IValue result = forward(bytes, flag);
      input_ = Input::Bytes;
      return result;
    } catch (const std::exception& refused) {
      try {
        at::IValue result = forward(bytes.to(at::kFloat), flag);
        input_ = Input::Floats;
        return result;
      } catch (const std::exception& error) {
        throw CheckpointError(
            fmt::format("'{}': the TorchScript takes no pictures of {} x {} pixels",
                        file_,
                        image.size(2),
                        image.size(3)),
            "it must map [N, 3, H, W], uint8 or float in 0..255, to features [N, d]",
            fmt::format("with uint8: {}; with float: {}", reasonOf(refused), reasonOf(error)));
      }
    }
  }

  at::Tensor rows(const at::IValue& value, std::int64_t batch, const char* what) const {
    if (!value.isTensor() || !value.toTensor().defined() || value.toTensor().dim() < 2 ||
        value.toTensor().size(0) != batch) {
      throw CheckpointError(
          fmt::format("'{}': the TorchScript's {} are no tensor with a row for each picture", file_, what),
          "it must map [N, 3, H, W] to features [N, d]");
    }
    const at::Tensor tensor = value.toTensor().to(at::kFloat);
    return tensor.dim() == 2 ? tensor : tensor.flatten(2).mean(2);
  }

  Outputs call(const FeatureInput& input, const char* flag) {
    const at::IValue value = run(input.image, flag);
    const std::int64_t batch = input.image.size(0);
    if (value.isTuple() && value.toTupleRef().elements().size() >= 2) {
      const auto& elements = value.toTupleRef().elements();
      return {rows(elements[0], batch, "features"), rows(elements[1], batch, "logits")};
    }
    if (value.isGenericDict()) {
      const auto dictionary = value.toGenericDict();
      const auto entry = [&](const char* key) {
        return dictionary.contains(key) ? rows(dictionary.at(key), batch, key) : at::Tensor();
      };
      const Outputs outputs{entry("features"), entry("logits")};
      if (!outputs.features.defined()) {
        throw CheckpointError(fmt::format("'{}': the TorchScript's dictionary has no \"features\"", file_));
      }
      return outputs;
    }
    return {rows(value, batch, "features"), {}};
  }

  enum class Input { Unknown, Bytes, Floats };
  torch::jit::Module module_;
  std::string file_;
  std::string fingerprint_;
  bool has_return_features_ = false;
  bool has_no_output_bias_ = false;
  Input input_ = Input::Unknown;
};

}  // namespace

std::unique_ptr<FeatureNetwork> openTorchScript(const std::filesystem::path& path, JobContext& context) {
  context.checkpoint();
  context.report({"loading " + path.filename().string(), 0, 0, {}});
  const MappedFile mapping(path);
  const std::string archive = torchScriptArchive({path.string(), mapping.bytes()});
  Sha256 hash;
  hash.update(std::as_bytes(std::span(archive)));
  std::istringstream stream(archive);
  try {
    torch::jit::Module module = torch::jit::load(stream, at::kCPU);
    return std::make_unique<TorchScriptNetwork>(std::move(module), path.filename().string(), hash.hex());
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw CheckpointError(fmt::format("'{}' is no TorchScript that this LibTorch can run", path.string()),
                          "export it in Python: torch.jit.script(network).save('network.pt')",
                          reasonOf(error));
  }
}

}  // namespace panohead
