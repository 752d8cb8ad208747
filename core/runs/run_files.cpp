#include "core/runs/run_files.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>

namespace panohead {
namespace {

/// "000012_raw" -> 12 and "_raw"; nothing without digits.
std::optional<std::pair<std::int64_t, std::string_view>> splitNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) {
    return std::nullopt;
  }
  return std::pair(number, text.substr(static_cast<std::size_t>(end - text.data())));
}

std::optional<std::string_view> between(std::string_view name,
                                        std::string_view prefix,
                                        std::string_view suffix) {
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  return name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
}

std::optional<RunSheet> sheetOf(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (name == "reals.png") {
    return RunSheet{"reals", 0, path};
  }
  if (name == "segs.png") {
    return RunSheet{"segs", 0, path};
  }
  const auto middle = between(name, "fakes", ".png");
  const auto split = middle ? splitNumber(*middle) : std::nullopt;
  if (!split) {
    return std::nullopt;
  }
  auto [whole, kind] = *split;
  double kimg = static_cast<double>(whole);
  if (kind.size() >= 4 && kind.front() == '.') {
    const auto rest = splitNumber(kind.substr(1, 3));
    if (!rest || !rest->second.empty()) {
      return std::nullopt;
    }
    kimg = static_cast<double>(whole * 1000 + rest->first) / 1e3;
    kind.remove_prefix(4);
  }
  if (kind.empty()) {
    return RunSheet{"fakes", kimg, path};
  }
  return kind == "_raw" || kind == "_depth" || kind == "_mask"
             ? std::optional(RunSheet{std::string(kind.substr(1)), kimg, path})
             : std::nullopt;
}

std::optional<RunNetwork> networkOf(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  const auto middle = between(name, "network-snapshot-", ".safetensors");
  const auto split = middle ? splitNumber(*middle) : std::nullopt;
  return split && split->second.empty() ? std::optional(RunNetwork{split->first, path}) : std::nullopt;
}

}  // namespace

RunFiles listRunFiles(const std::filesystem::path& folder) {
  RunFiles files;
  std::error_code error;
  for (std::filesystem::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (auto sheet = sheetOf(i->path())) {
      files.sheets.push_back(std::move(*sheet));
    } else if (auto network = networkOf(i->path())) {
      files.networks.push_back(std::move(*network));
    }
  }
  std::ranges::sort(files.sheets, [](const RunSheet& a, const RunSheet& b) {
    return std::tie(a.kind, a.kimg) < std::tie(b.kind, b.kimg);
  });
  std::ranges::sort(files.networks, {}, &RunNetwork::kimg);
  return files;
}

}  // namespace panohead
