#include "core/training/gradient_exchange.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/communicator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace panohead {
namespace {

constexpr std::int64_t bucket_bytes = 25 << 20;

/// What travels: double stays double and integers fit into it, all smaller floating types into float.
at::ScalarType wireType(const at::Tensor& tensor) {
  const bool wide = tensor.scalar_type() == at::kDouble || !tensor.is_floating_point();
  return wide ? at::kDouble : at::kFloat;
}

/// Calls `exchange` with flat tensors that hold several of `tensors` one behind the other, and copies what it
/// left there back. A tensor larger than a bucket has one of its own.
template <class Exchange>
void inBuckets(std::span<const at::Tensor> tensors, const Exchange& exchange) {
  at::Tensor buffer;
  for (std::size_t first = 0; first < tensors.size();) {
    const at::ScalarType type = wireType(tensors[first]);
    const at::Device device = tensors[first].device();
    const std::int64_t limit = bucket_bytes / (type == at::kDouble ? 8 : 4);
    std::size_t last = first;
    std::int64_t count = 0;
    while (last < tensors.size() && wireType(tensors[last]) == type && tensors[last].device() == device &&
           (last == first || count + tensors[last].numel() <= limit)) {
      count += tensors[last++].numel();
    }
    if (!buffer.defined() || buffer.scalar_type() != type || buffer.device() != device ||
        buffer.numel() < count) {
      buffer = at::empty({std::max(count, limit)}, at::TensorOptions(type).device(device));
    }
    const at::Tensor flat = buffer.narrow(0, 0, count);
    std::int64_t offset = 0;
    for (const at::Tensor& tensor : tensors.subspan(first, last - first)) {
      flat.narrow(0, offset, tensor.numel()).view(tensor.sizes()).copy_(tensor);
      offset += tensor.numel();
    }
    exchange(flat);
    offset = 0;
    for (const at::Tensor& tensor : tensors.subspan(first, last - first)) {
      tensor.copy_(flat.narrow(0, offset, tensor.numel()).view(tensor.sizes()));
      offset += tensor.numel();
    }
    first = last;
  }
}

void clean(const at::Tensor& gradients) {
  at::nan_to_num_(const_cast<at::Tensor&>(gradients), 0.0, 1e5, -1e5);
}

void checkSameDefined(std::span<const at::Tensor> gradients, Communicator& ranks) {
  const at::Tensor defined = at::empty({static_cast<std::int64_t>(gradients.size())}, at::kFloat);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    defined.data_ptr<float>()[i] = gradients[i].defined() ? 1 : 0;
  }
  ranks.sum(defined);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto count = static_cast<int>(defined.data_ptr<float>()[i]);
    if (count != 0 && count != ranks.size()) {
      throw TrainingError(fmt::format("gradient {} exists on {} of {} ranks only", i, count, ranks.size()),
                          "all ranks must train the same parameters; report this");
    }
  }
}

/// 53 bits of a hash of the tensor's values: a double carries them unchanged.
double checksum(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
  const auto* bytes = static_cast<const unsigned char*>(values.data_ptr());
  std::size_t left = values.nbytes();
  std::uint64_t hash = 0x9e3779b97f4a7c15ULL ^ left;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;  // odd: no information is lost
    hash ^= hash >> 32;
  };
  for (; left >= 8; left -= 8, bytes += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes, left);
  mix(rest);
  return static_cast<double>(hash >> 11);
}

}  // namespace

void averageGradients(std::span<const at::Tensor> gradients, Communicator& ranks) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> defined;
  for (const at::Tensor& gradient : gradients) {
    if (gradient.defined()) {
      defined.push_back(gradient);
    }
  }
  if (ranks.size() == 1) {
    for (const at::Tensor& gradient : defined) {
      clean(gradient);
    }
    return;
  }
  checkSameDefined(gradients, ranks);
  inBuckets(defined, [&](const at::Tensor& flat) {
    ranks.startSum(flat);
    flat.div_(ranks.size());
    clean(flat);
  });
  ranks.awaitSums();
}

void broadcastParameters(std::span<const at::Tensor> parameters, Communicator& ranks) {
  if (ranks.size() > 1) {
    const at::NoGradGuard no_grad;
    inBuckets(parameters, [&](const at::Tensor& flat) { ranks.broadcast(flat, 0); });
  }
}

void checkRanksAgree(std::span<const std::pair<std::string, at::Tensor>> parameters, Communicator& ranks) {
  if (ranks.size() == 1) {
    return;
  }
  const at::Tensor own = at::empty({static_cast<std::int64_t>(parameters.size())}, at::kDouble);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    own.data_ptr<double>()[i] = checksum(parameters[i].second);
  }
  const at::Tensor expected = own.clone();
  ranks.broadcast(expected, 0);
  const std::int64_t count = own.numel();
  std::int64_t first = 0;
  while (first < count && own.data_ptr<double>()[first] == expected.data_ptr<double>()[first]) {
    ++first;
  }
  // The same parameter is named on every rank: the lowest index of all.
  const auto lowest = static_cast<std::int64_t>(-ranks.maximum(-static_cast<double>(first)));
  if (lowest == count) {
    return;
  }
  const at::Tensor differs = at::zeros({ranks.size()}, at::kFloat);
  differs.data_ptr<float>()[ranks.rank()] = first == lowest ? 1 : 0;
  std::vector<int> where;
  try {
    ranks.sum(differs);
  } catch (const RankError&) {
    differs.zero_();  // a rank that had noticed, too, has ended: then no ranks are named
  }
  for (int r = 0; r < ranks.size(); ++r) {
    if (differs.data_ptr<float>()[r] > 0) {
      where.push_back(r);
    }
  }
  throw TrainingError(
      fmt::format("parameter '{}' is not the same on all ranks{}",
                  parameters[static_cast<std::size_t>(lowest)].first,
                  where.empty() ? std::string()
                                : fmt::format(": rank {} differs from rank 0", fmt::join(where, ", "))),
      "go on from the last checkpoint; when it comes again, a machine computes wrongly");
}

}  // namespace panohead
