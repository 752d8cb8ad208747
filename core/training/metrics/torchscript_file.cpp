#include "core/training/metrics/torchscript_file.h"

#include "core/base/error.h"
#include "core/checkpoint/pickle_reader.h"

#include <fmt/format.h>

namespace panohead {

std::string torchScriptArchive(const FileBytes& file) {
  constexpr std::string_view kZip = "PK\x03\x04";
  const std::string_view whole = asText(file.bytes);
  if (whole.starts_with(kZip)) {
    return std::string(whole);
  }
  std::string_view found;
  PickleDocument document;
  if (whole.starts_with('\x80')) {
    ByteReader reader(file, file.bytes);
    document = readPickle(reader);
    for (const PickleNode& node : document.nodes) {
      const bool text = node.kind == PickleKind::Bytes || node.kind == PickleKind::String;
      if (text && asText(node.text).starts_with(kZip) && node.text.size() > found.size()) {
        found = asText(node.text);
      }
    }
  }
  if (found.empty()) {
    throw CheckpointError(
        fmt::format("'{}' holds no TorchScript", file.name),
        "export one in Python: torch.jit.script(network).save('network.pt'), see resources/docs/metrics.md");
  }
  return std::string(found);
}

}  // namespace panohead
