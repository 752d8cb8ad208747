#pragma once

#include <set>
#include <string>
#include <vector>

namespace panohead {

class Communicator;

/// The pictures of a run that could not be read, whichever rank met them.
class SkippedPictures {
 public:
  /// What no rank has named before, on every rank. Collective.
  /// @param own all that this rank has met so far, in the order in which it met them
  std::vector<std::string> gather(const std::vector<std::string>& own, Communicator& ranks);
  /// Different ones so far, over all ranks.
  std::size_t count() const noexcept { return known_.size(); }

 private:
  std::size_t told_ = 0;  // of this rank's own
  std::set<std::string> known_;
};

}  // namespace panohead
