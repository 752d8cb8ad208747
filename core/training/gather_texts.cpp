#include "core/training/gather_texts.h"

#include "core/tensor/prelude.h"
#include "core/training/communicator.h"

#include <utility>

namespace panohead {

std::vector<std::string> gatherTexts(const std::vector<std::string>& own, Communicator& ranks) {
  std::string joined;  // each text ends with a zero byte, which none of them holds
  for (const std::string& text : own) {
    joined += text;
    joined += '\0';
  }
  const auto longest = static_cast<std::int64_t>(ranks.maximum(static_cast<double>(joined.size())));
  if (longest == 0) {
    return {};
  }
  // Ranks exchange numbers: a row of bytes for each rank, zero behind its texts.
  const at::Tensor rows = at::zeros({ranks.size(), longest}, at::kFloat);
  float* bytes = rows.data_ptr<float>() + ranks.rank() * longest;
  for (const char byte : joined) {
    *bytes++ = static_cast<float>(static_cast<unsigned char>(byte));
  }
  ranks.sum(rows);
  std::vector<std::string> texts;
  std::string text;
  const float* all = rows.const_data_ptr<float>();
  for (std::int64_t i = 0; i < rows.numel(); ++i) {
    if (all[i] != 0) {
      text += static_cast<char>(static_cast<unsigned char>(all[i]));
    } else if (!text.empty()) {
      texts.push_back(std::exchange(text, {}));
    }
  }
  return texts;
}

std::string textOfFirstRank(const std::string& text, Communicator& ranks) {
  const std::vector<std::string> texts =
      gatherTexts(ranks.rank() == 0 ? std::vector{text} : std::vector<std::string>(), ranks);
  return texts.empty() ? std::string() : texts.front();
}

}  // namespace panohead
