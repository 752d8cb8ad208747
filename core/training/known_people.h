#pragma once

#include "core/dataset/dataset.h"
#include "core/training/losses.h"
#include "core/training/people_codes.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Which pictures of a data set show people whose codes are known.
class KnownPeople {
 public:
  /// People of the data without a code (held out in the warm-up), and codes of others, take no part.
  /// Throws DatasetError when nobody is in both.
  KnownPeople(PeopleCodes codes, const Dataset& dataset);

  /// Those among the items of a batch. @param real masks included  @param items what its pictures are
  KnownPictures among(const RealBatch& real, std::span<const DatasetItem> items) const;

  const PeopleCodes& codes() const noexcept { return codes_; }
  void moveTo(at::Device device) { codes_.w = codes_.w.to(device); }
  std::int64_t dims() const noexcept { return codes_.w.size(1); }  // of w
  /// "draws 1450 of the 1500 people beside the adversary": a line for the log.
  std::string description() const;

 private:
  PeopleCodes codes_;
  std::vector<std::int64_t> code_of_entry_;  // row of w; -1: not known
  std::size_t people_ = 0, known_ = 0;       // of the data
};

/// The people whom a run is to keep drawing; nothing when options.reconstruction is 0.
/// @param options of the run: `resume` is what it was begun from
/// Throws OptionError, CheckpointError naming the file, DatasetError.
std::optional<KnownPeople> knownPeople(const TrainingOptions& options, const Dataset& dataset);

}  // namespace panohead
