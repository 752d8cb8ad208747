#include "core/training/rank_lifeline.h"

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <ifaddrs.h>
#include <poll.h>
#include <random>
#include <unistd.h>

namespace panohead {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Where a rank listens. Gathered from all ranks, so plain bytes.
struct Address {
  std::uint64_t token = 0;         // of the run: rank 0's counts
  std::array<char, 40> machine{};  // boot id: ranks with the same one try the loopback first
  std::uint16_t port = 0;          // 0: could not listen
  std::uint16_t count = 0;
  std::array<std::uint32_t, 14> ipv4{};  // network order
};

struct Hello {
  std::uint64_t token = 0;
  std::int32_t rank = -1;
  std::int32_t reserved = 0;
};

struct Notice {
  char kind = 0;  // s: still here, w: waits in call `value`, l: rank `value` is lost, b: leaves (a Farewell)
  std::array<char, 3> reserved{};
  std::int32_t value = 0;
};
static_assert(sizeof(Notice) == 8);

void setOption(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof value);
}

Address ownAddress(int listener) {
  Address own;
  std::random_device random;
  own.token = (static_cast<std::uint64_t>(random()) << 32) | random();
  std::string machine;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> machine;
  machine.copy(own.machine.data(), own.machine.size() - 1);
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  if (listener < 0 || getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
    return own;
  }
  own.port = ntohs(bound.sin_port);
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) == 0) {
    for (const ifaddrs* i = interfaces; i && own.count < own.ipv4.size(); i = i->ifa_next) {
      if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET && !(i->ifa_flags & IFF_LOOPBACK)) {
        sockaddr_in address{};
        std::memcpy(&address, i->ifa_addr, sizeof address);
        own.ipv4[own.count++] = address.sin_addr.s_addr;
      }
    }
    freeifaddrs(interfaces);
  }
  return own;
}

int listenAnywhere(int backlog) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_ANY);
  if (listener >= 0 && (bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
                        listen(listener, backlog) != 0)) {
    close(listener);
    return -1;
  }
  return listener;
}

/// A connection to one address, or -1.
int connectTo(std::uint32_t ipv4, std::uint16_t port, milliseconds patience) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connection < 0) {
    return -1;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ipv4;
  address.sin_port = htons(port);
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    pollfd ready{connection, POLLOUT, 0};
    int error = EINPROGRESS;
    socklen_t length = sizeof error;
    if (errno != EINPROGRESS || ::poll(&ready, 1, static_cast<int>(patience.count())) != 1 ||
        getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
      close(connection);
      return -1;
    }
  }
  return connection;
}

/// Reads exactly `size` bytes within the patience.
bool readAll(int socket, void* data, std::size_t size, milliseconds patience) {
  const auto end = RankLifeline::Clock::now() + patience;
  auto* to = static_cast<char*>(data);
  while (size > 0) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - RankLifeline::Clock::now());
    pollfd ready{socket, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) < 0) {
      return false;
    }
    const ssize_t count = recv(socket, to, size, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      return false;
    }
    if (count > 0) {
      to += count;
      size -= static_cast<std::size_t>(count);
    }
  }
  return true;
}

}  // namespace

RankLifeline::RankLifeline(int rank, int size, const Gather& gather)
    : rank_(rank), peers_(static_cast<std::size_t>(size)) {
  connectAll(gather);
}

RankLifeline::~RankLifeline() {
  for (const Peer& peer : peers_) {
    if (peer.socket >= 0) {
      close(peer.socket);
    }
  }
}

void RankLifeline::connectAll(const Gather& gather) {
  const int listener = listenAnywhere(static_cast<int>(peers_.size()) + 16);
  const Address own = ownAddress(listener);
  const std::vector<std::byte> all = gather(std::as_bytes(std::span(&own, 1)));
  std::vector<Address> addresses(peers_.size());
  std::memcpy(addresses.data(), all.data(), addresses.size() * sizeof(Address));
  const std::uint64_t token = addresses[0].token;
  // To the lower ranks; connections rest in their backlogs until they accept.
  for (int other = 0; other < rank_; ++other) {
    const Address& there = addresses[static_cast<std::size_t>(other)];
    std::vector<std::uint32_t> routes(there.ipv4.begin(), there.ipv4.begin() + there.count);
    if (there.machine == own.machine) {
      routes.insert(routes.begin(), htonl(INADDR_LOOPBACK));
    }
    for (const std::uint32_t route : routes) {
      const int connection = there.port == 0 ? -1 : connectTo(route, there.port, seconds(2));
      const Hello hello{token, rank_, 0};
      Hello answer;
      // The answer tells that the right process listens there: addresses of containers can be ambiguous.
      if (connection >= 0 && send(connection, &hello, sizeof hello, MSG_NOSIGNAL) == sizeof hello &&
          readAll(connection, &answer, sizeof answer, seconds(5)) && answer.token == token &&
          answer.rank == other) {
        adopt(other, connection);
        break;
      }
      if (connection >= 0) {
        close(connection);
      }
    }
  }
  if (listener >= 0) {
    acceptFrom(listener, token);
    close(listener);
  }
  // A connection counts only where both ends hold it: one may have given up while the other said yes.
  std::vector<std::byte> held(peers_.size());
  for (std::size_t other = 0; other < peers_.size(); ++other) {
    held[other] = std::byte{peers_[other].watched};
  }
  const std::vector<std::byte> everywhere = gather(held);
  for (std::size_t other = 0; other < peers_.size(); ++other) {
    Peer& peer = peers_[other];
    if (peer.watched && everywhere[other * peers_.size() + static_cast<std::size_t>(rank_)] == std::byte{0}) {
      close(peer.socket);
      peer.socket = -1;
      peer.watched = false;
    }
  }
}

void RankLifeline::acceptFrom(int listener, std::uint64_t token) {
  const auto end = Clock::now() + seconds(20);
  const auto missing = [this] {
    for (std::size_t other = static_cast<std::size_t>(rank_) + 1; other < peers_.size(); ++other) {
      if (!peers_[other].watched) {
        return true;
      }
    }
    return false;
  };
  while (missing() && Clock::now() < end) {
    pollfd ready{listener, POLLIN, 0};
    if (::poll(&ready, 1, 200) != 1) {
      continue;
    }
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) {
      continue;
    }
    Hello hello;
    const Hello answer{token, rank_, 0};
    if (readAll(connection, &hello, sizeof hello, seconds(1)) && hello.token == token && hello.rank > rank_ &&
        hello.rank < static_cast<int>(peers_.size()) &&
        send(connection, &answer, sizeof answer, MSG_NOSIGNAL) == sizeof answer) {
      adopt(hello.rank, connection);
    } else {
      close(connection);
    }
  }
}

void RankLifeline::adopt(int rank, int socket) {
  setOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  setOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  setOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  setOption(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  setOption(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
  setOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
  Peer& peer = peers_[static_cast<std::size_t>(rank)];
  if (peer.socket >= 0) {
    close(peer.socket);
  }
  peer.socket = socket;
  peer.watched = true;
}

void RankLifeline::poll() {
  for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
    if (peers_[rank].socket >= 0) {
      readFrom(static_cast<int>(rank));
    }
  }
}

void RankLifeline::readFrom(int rank) {
  Peer& peer = peers_[static_cast<std::size_t>(rank)];
  while (peer.socket >= 0) {
    Notice notice;
    // Notices are sent whole and only rarely: a part of one is not waited for, its rest comes at once.
    const ssize_t count = recv(peer.socket, &notice, sizeof notice, MSG_DONTWAIT | MSG_PEEK);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    if (count <= 0) {
      close(peer.socket);
      peer.socket = -1;
      if (!peer.left && !peer.lost) {
        markLost(rank, fmt::format("rank {} died", rank));
      }
      return;
    }
    if (count < static_cast<ssize_t>(sizeof notice)) {
      return;
    }
    recv(peer.socket, &notice, sizeof notice, MSG_DONTWAIT);
    const auto value = static_cast<std::size_t>(notice.value);
    if (notice.kind == 's') {
      peer.heard = Clock::now();
    } else if (notice.kind == 'w') {
      peer.waiting = notice.value;
    } else if (notice.kind == 'b') {
      peer.left = true;
      peer.left_at = Clock::now();
      if (notice.value == static_cast<std::int32_t>(Farewell::Error) && !peer.lost) {
        markLost(rank, fmt::format("rank {} ended with an error", rank));
      }
    } else if (notice.kind == 'l' && value < peers_.size() && !peers_[value].lost) {
      markLost(notice.value,
               notice.value == rank_
                   ? fmt::format("rank {} gave this rank up: it had not answered", rank)
                   : fmt::format("rank {} died or did not answer rank {}", notice.value, rank));
    }
  }
}

void RankLifeline::markLost(int rank, const std::string& story) {
  peers_[static_cast<std::size_t>(rank)].lost = true;
  if (story_.empty()) {
    story_ = story;
  }
}

std::vector<int> RankLifeline::unwatched() const {
  std::vector<int> ranks;
  for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
    if (!peers_[rank].watched && static_cast<int>(rank) != rank_) {
      ranks.push_back(static_cast<int>(rank));
    }
  }
  return ranks;
}

void RankLifeline::tell(char kind, std::int32_t value) {
  const Notice notice{kind, {}, value};
  for (const Peer& peer : peers_) {
    if (peer.socket >= 0) {
      // A full buffer or a closed connection: the next poll finds out what became of the peer.
      [[maybe_unused]] const ssize_t sent =
          send(peer.socket, &notice, sizeof notice, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }
}

void RankLifeline::tellStillHere() {
  // Often called in a loop: once a second is enough, and the buffers of busy peers never fill.
  if (const auto now = Clock::now(); now - last_still_here_ > seconds(1)) {
    last_still_here_ = now;
    tell('s', 0);
  }
}

void RankLifeline::tellWaiting(std::int32_t call) { tell('w', call); }

void RankLifeline::tellLost(int rank) { tell('l', rank); }

void RankLifeline::tellLeaving(Farewell how) { tell('b', static_cast<std::int32_t>(how)); }

}  // namespace panohead
