#include "core/training/skipped_pictures.h"

#include "core/training/gather_texts.h"

namespace panohead {

std::vector<std::string> SkippedPictures::gather(const std::vector<std::string>& own, Communicator& ranks) {
  const std::vector<std::string> fresh(own.begin() + static_cast<std::ptrdiff_t>(told_), own.end());
  told_ = own.size();
  std::vector<std::string> news;
  for (const std::string& name : gatherTexts(fresh, ranks)) {
    if (known_.insert(name).second) {
      news.push_back(name);
    }
  }
  return news;
}

}  // namespace panohead
