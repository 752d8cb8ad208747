#pragma once

#include "core/training/rank_lifeline.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// What one rank makes of the others while it waits for them: who is lost, who has left, who says nothing for
/// too long. Turns what it finds into a RankError, and stays broken from then on. Sends nothing but a
/// lifeline's notices.
class RankPatience {
 public:
  using Clock = RankLifeline::Clock;

  /// @param timeout how long to wait for others that are alive but silent
  explicit RankPatience(std::chrono::duration<double> timeout) : timeout_(timeout) {}

  /// Before this there is nothing to check. See RankLifeline.
  void connect(int rank, int size, const RankLifeline::Gather& gather);
  bool isConnected() const noexcept { return lifeline_ != nullptr; }

  /// A collective call begins. Throws the RankError of one that broke off.
  void beginCall();
  /// This rank waits for others from here.
  void beginWait() { told_waiting_ = false; }
  /// To be called every few milliseconds of a wait in which nothing has moved since `start`.
  /// Throws RankError when others are lost or silent for too long.
  void check(Clock::time_point start);
  [[noreturn]] void fail(const std::string& story);
  /// Fails with what the lifeline tells within two seconds, else with `otherwise`: for libraries that only
  /// know that something broke.
  [[noreturn]] void failWithStory(const std::string& otherwise);

  bool isBroken() const noexcept { return !failure_.empty(); }
  std::vector<int> lost() const;
  /// The lowest rank that is not lost.
  int writer() const;
  std::vector<int> unwatched() const { return lifeline_->unwatched(); }
  void stillHere() noexcept { lifeline_->tellStillHere(); }

  /// Waits for the writer, when it is another, to write and tells the others that this rank leaves.
  void abandon() noexcept;
  /// Ends the exchange; `thrown`: through an exception. @return whether all ranks did, in peace
  /// @param each called while waiting for the others, when the end may still be peaceful
  bool leave(bool thrown, const std::function<void()>& each);

 private:
  [[noreturn]] void giveUp(Clock::time_point start);
  bool waitForOthers(const std::function<void()>& each);

  int rank_ = 0, size_ = 1;
  std::chrono::duration<double> timeout_;
  std::unique_ptr<RankLifeline> lifeline_;
  std::int32_t call_ = 0;  // number of the collective call
  bool told_waiting_ = false;
  bool abandoned_ = false;
  std::string failure_;  // not empty after a RankError
};

}  // namespace panohead
