#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Tells a dead rank from a slow one, which MPI alone does not. Every pair of ranks keeps a TCP connection
/// open that carries no data but a few notices of eight bytes: the kernel closes it when a process ends,
/// however it ends, and its keep-alive does when a machine vanishes (after about 30 seconds). One thread.
class RankLifeline {
 public:
  using Clock = std::chrono::steady_clock;

  /// Collective, called twice: joins every rank's `own` bytes, all of the same length, in the order of the
  /// ranks.
  using Gather = std::function<std::vector<std::byte>(std::span<const std::byte> own)>;

  /// Connects all ranks within about half a minute. Pairs that cannot (a firewall) are not watched.
  RankLifeline(int rank, int size, const Gather& gather);
  ~RankLifeline();
  RankLifeline(const RankLifeline&) = delete;
  RankLifeline& operator=(const RankLifeline&) = delete;

  /// Reads what has come. Never waits.
  void poll();

  struct Peer {
    int socket = -1;
    bool watched = false;  // there was a connection
    bool lost = false;     // died, or was given up by some rank
    bool left = false;     // ended of its own will
    Clock::time_point left_at{};
    Clock::time_point heard{};  // its last "still here"
    std::int32_t waiting = 0;   // the last call in which it said that it waits for others
  };
  const std::vector<Peer>& peers() const { return peers_; }  // [size]; the own entry is lost when given up
  std::vector<int> unwatched() const;

  /// Notices to all others.
  void tellStillHere();
  void tellWaiting(std::int32_t call);
  void tellLost(int rank);
  enum class Farewell : std::int32_t { Peaceful, Error, Abandoned };
  void tellLeaving(Farewell how);

  /// "rank 2 died", "rank 0 gave this rank up": what the user should read about a lost rank.
  const std::string& story() const { return story_; }
  /// Gives a rank up from here; the story is told when there is none yet.
  void markLost(int rank, const std::string& story);

 private:
  void connectAll(const Gather& gather);
  void acceptFrom(int listener, std::uint64_t token);
  void adopt(int rank, int socket);
  void tell(char kind, std::int32_t value);
  void readFrom(int rank);

  int rank_;
  std::vector<Peer> peers_;
  std::string story_;
  Clock::time_point last_still_here_{};
};

}  // namespace panohead
