#include "core/checkpoint/torch_tensor.h"

#include <fmt/format.h>

#include <optional>

namespace panohead {
namespace {

bool isPlainTensorNode(const PickleDocument& document, PickleId node) {
  return document.isObjectOf(node, "torch._utils", "_rebuild_tensor_v2") ||
         document.isObjectOf(node, "torch._utils", "_rebuild_tensor");
}

std::optional<std::vector<std::int64_t>> integers(const PickleDocument& document, PickleId node) {
  const auto items = document.sequence(node);
  if (!items || items->size() > kMaxDimensions) {
    return std::nullopt;
  }
  std::vector<std::int64_t> numbers;
  numbers.reserve(items->size());
  for (const PickleId item : *items) {
    if (document[item].kind != PickleKind::Int) {
      return std::nullopt;
    }
    numbers.push_back(document[item].number);
  }
  return numbers;
}

}  // namespace

bool isParameterNode(const PickleDocument& document, PickleId node) {
  return document.isObjectOf(node, "torch._utils", "_rebuild_parameter") ||
         document.isObjectOf(node, "torch._utils", "_rebuild_parameter_with_state");
}

bool isTensorNode(const PickleDocument& document, PickleId node) {
  return isPlainTensorNode(document, node) || isParameterNode(document, node);
}

TensorRecord readTensorNode(const FileBytes& file,
                            const PickleDocument& document,
                            PickleId node,
                            StorageSource& source,
                            const std::string& name) {
  const auto fail = [&](const std::string& fault) { file.fail(fmt::format("tensor '{}': {}", name, fault)); };
  TensorRecord record;
  record.is_parameter = isParameterNode(document, node);
  if (record.is_parameter) {
    const auto wrapped = document.sequence(document[node].arguments);
    if (!wrapped || wrapped->empty() || !isPlainTensorNode(document, (*wrapped)[0])) {
      fail("a parameter without a tensor");
    }
    node = (*wrapped)[0];
  }
  const auto arguments = document.sequence(document[node].arguments);
  if (!arguments || arguments->size() < 4 || document[(*arguments)[1]].kind != PickleKind::Int) {
    fail("expected a storage, an offset, sizes and strides");
  }
  auto shape = integers(document, (*arguments)[2]);
  auto stride = integers(document, (*arguments)[3]);
  if (!shape || !stride) {
    fail("expected sizes and strides to be integers");
  }
  const TorchStorage storage = source.storage(document, (*arguments)[0]);
  record.dtype = storage.dtype;
  record.storage = storage.bytes;
  record.offset = document[(*arguments)[1]].number;
  record.shape = std::move(*shape);
  record.stride = std::move(*stride);
  if (const auto fault = recordFault(record)) {
    fail(*fault);
  }
  return record;
}

}  // namespace panohead
