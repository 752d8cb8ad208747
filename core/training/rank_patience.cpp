#include "core/training/rank_patience.h"

#include "core/base/clock.h"
#include "core/base/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

namespace panohead {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto leaving_grace = seconds(5);  // for a last message of a rank that has ended

}  // namespace

void RankPatience::connect(int rank, int size, const RankLifeline::Gather& gather) {
  rank_ = rank;
  size_ = size;
  lifeline_ = std::make_unique<RankLifeline>(rank, size, gather);
}

void RankPatience::beginCall() {
  if (isBroken()) {
    fail(failure_);
  }
  if (abandoned_) {
    throw Error("the exchange between the ranks was abandoned");
  }
  ++call_;
}

void RankPatience::check(Clock::time_point start) {
  lifeline_->poll();
  const auto now = Clock::now();
  auto heard = start;
  for (int other = 0; other < size_; ++other) {
    const RankLifeline::Peer& peer = lifeline_->peers()[static_cast<std::size_t>(other)];
    if (peer.lost) {
      fail(lifeline_->story());
    }
    if (peer.left && now - std::max(peer.left_at, start) > leaving_grace) {
      lifeline_->markLost(other, fmt::format("rank {} has ended", other));
      fail(lifeline_->story());
    }
    heard = std::max(heard, peer.heard);
  }
  if (!told_waiting_ && now - start > std::min<std::chrono::duration<double>>(timeout_ / 4, seconds(20))) {
    told_waiting_ = true;
    lifeline_->tellWaiting(call_);
  }
  if (now - heard > timeout_) {
    giveUp(start);
  }
}

void RankPatience::giveUp(Clock::time_point start) {
  // Ranks that wait for others, too, have said so.
  std::vector<int> silent;
  for (int other = 0; other < size_; ++other) {
    const RankLifeline::Peer& peer = lifeline_->peers()[static_cast<std::size_t>(other)];
    if (other != rank_ && peer.watched && peer.waiting < call_) {
      silent.push_back(other);
    }
  }
  const double waited = secondsSince(start);
  std::string story;
  if (silent.empty()) {
    story = fmt::format(
        "the ranks wait for each other for {:.0f} s: the network between them does not answer", waited);
  } else {
    story = fmt::format("rank {} has not answered for {:.0f} s", fmt::join(silent, ", "), waited);
  }
  for (const int other : silent) {
    lifeline_->markLost(other, story);
    lifeline_->tellLost(other);
  }
  fail(story);
}

void RankPatience::fail(const std::string& story) {
  failure_ = story;
  throw RankError(
      fmt::format("the exchange between the ranks of this run broke off: {}", story),
      "start the run again: it goes on from its last checkpoint, also with another number of ranks",
      fmt::format("rank {} of {}, in call {}", rank_, size_, call_));
}

void RankPatience::failWithStory(const std::string& otherwise) {
  for (const auto end = Clock::now() + seconds(2); lifeline_->story().empty() && Clock::now() < end;) {
    lifeline_->poll();
    std::this_thread::sleep_for(milliseconds(20));
  }
  fail(lifeline_->story().empty() ? otherwise : lifeline_->story());
}

std::vector<int> RankPatience::lost() const {
  std::vector<int> ranks;
  for (int other = 0; other < size_; ++other) {
    if (lifeline_->peers()[static_cast<std::size_t>(other)].lost) {
      ranks.push_back(other);
    }
  }
  return ranks;
}

int RankPatience::writer() const {
  for (int other = 0; other < size_; ++other) {
    if (!lifeline_->peers()[static_cast<std::size_t>(other)].lost) {
      return other;
    }
  }
  return rank_;
}

void RankPatience::abandon() noexcept {
  const auto end = Clock::now() + timeout_;
  while (!abandoned_ && writer() != rank_ && Clock::now() < end) {
    const RankLifeline::Peer& peer = lifeline_->peers()[static_cast<std::size_t>(writer())];
    if (!peer.watched || peer.left) {
      break;
    }
    lifeline_->poll();
    std::this_thread::sleep_for(milliseconds(20));
  }
  if (!abandoned_) {
    abandoned_ = true;
    lifeline_->tellLeaving(RankLifeline::Farewell::Abandoned);
  }
}

bool RankPatience::leave(bool thrown, const std::function<void()>& each) {
  const bool broken = thrown || isBroken() || abandoned_;
  if (!abandoned_) {
    lifeline_->tellLeaving(broken ? RankLifeline::Farewell::Error : RankLifeline::Farewell::Peaceful);
  }
  if (!broken && waitForOthers(each)) {
    return true;
  }
  waitForOthers({});  // one of them may be writing: what follows would end it
  return false;
}

// Until every other rank has ended the exchange. @return whether all have, in peace
bool RankPatience::waitForOthers(const std::function<void()>& each) {
  const auto end = Clock::now() + timeout_;
  bool missing = true;
  bool lost = false;
  while (missing && Clock::now() < end) {
    lifeline_->poll();
    missing = false;
    for (const RankLifeline::Peer& peer : lifeline_->peers()) {
      missing = missing || (peer.watched && !peer.left && !peer.lost);
      lost = lost || peer.lost;
    }
    if (missing) {
      if (each) {
        each();
      }
      std::this_thread::sleep_for(milliseconds(2));
    }
  }
  return !missing && !lost;
}

}  // namespace panohead
