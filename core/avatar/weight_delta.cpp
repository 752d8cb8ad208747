#include "core/avatar/weight_delta.h"

#include "core/base/error.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace panohead {
namespace {

std::int64_t rowBytes(std::int64_t columns, int width) { return (columns * width + 7) / 8; }

/// Where each row begins in the bytes, and the end.
std::vector<std::int64_t> rowStarts(std::int64_t columns, const std::vector<std::uint8_t>& width) {
  std::vector<std::int64_t> starts{0};
  for (const std::uint8_t bits : width) {
    starts.push_back(starts.back() + rowBytes(columns, bits));
  }
  return starts;
}

int largest(int width) { return width == 1 ? 1 : (1 << (width - 1)) - 1; }

/// The integer of a number; its code is that plus largest(), or the sign.
int integerOf(float value, float scale, int width) {
  if (width == 1) {
    return value < 0 ? -1 : 1;
  }
  const int most = largest(width);
  return scale > 0 ? std::clamp(static_cast<int>(std::lround(value / scale)), -most, most) : 0;
}

double squaredLoss(const float* row, std::int64_t columns, float scale, int width) {
  double sum = 0;
  for (std::int64_t i = 0; i < columns; ++i) {
    const double difference = row[i] - double{scale} * integerOf(row[i], scale, width);
    sum += difference * difference;
  }
  return sum;
}

float bestScale(const float* row, std::int64_t columns, int width) {
  double magnitudes = 0;
  float most = 0;
  for (std::int64_t i = 0; i < columns; ++i) {
    most = std::max(most, std::abs(row[i]));
    magnitudes += std::abs(row[i]);
  }
  if (width == 1) {
    return static_cast<float>(magnitudes / static_cast<double>(columns));  // loses least
  }
  const float whole = most / static_cast<float>(largest(width));
  float best = whole;
  double least = squaredLoss(row, columns, whole, width);
  for (const float share : {0.9F, 0.8F, 0.7F, 0.6F, 0.5F, 0.4F, 0.3F}) {  // large numbers are cut off
    if (width >= 8) {
      break;
    }
    const double loss = squaredLoss(row, columns, whole * share, width);
    if (loss < least) {
      least = loss;
      best = whole * share;
    }
  }
  return best;
}

void packRow(const float* row, std::int64_t columns, float scale, int width, std::uint8_t* bytes) {
  unsigned pending = 0;
  int bits = 0;
  for (std::int64_t i = 0; i < columns; ++i) {
    const int integer = integerOf(row[i], scale, width);
    const unsigned code =
        width == 1 ? (integer > 0 ? 1U : 0U) : static_cast<unsigned>(integer + largest(width));
    pending |= code << bits;
    for (bits += width; bits >= 8; bits -= 8) {
      *bytes++ = static_cast<std::uint8_t>(pending);
      pending >>= 8;
    }
  }
  if (bits > 0) {
    *bytes = static_cast<std::uint8_t>(pending);
  }
}

void unpackRow(const std::uint8_t* bytes, std::int64_t columns, float scale, int width, float* row) {
  unsigned pending = 0;
  int bits = 0;
  const unsigned mask = (1U << width) - 1;
  for (std::int64_t i = 0; i < columns; ++i) {
    if (bits < width) {
      pending |= static_cast<unsigned>(*bytes++) << bits;
      bits += 8;
    }
    const unsigned code = pending & mask;
    pending >>= width;
    bits -= width;
    const int integer = width == 1 ? (code != 0 ? 1 : -1) : static_cast<int>(code) - largest(width);
    row[i] = scale * static_cast<float>(integer);
  }
}

at::Tensor sparse(const DeltaPart& part) {
  const std::int64_t count =
      std::accumulate(part.shape.begin(), part.shape.end(), std::int64_t{1}, std::multiplies<>());
  at::Tensor whole = at::zeros({count});
  const at::Tensor values = unpack(part.right);
  const float* next = values.const_data_ptr<float>();
  float* target = whole.mutable_data_ptr<float>();
  std::int64_t place = -1;
  for (const std::uint8_t gap : part.gaps) {
    place += gap;
    if (gap < 255 && place < count) {
      target[place] = *next++;
    }
  }
  return whole;
}

}  // namespace

at::Tensor unpack(const QuantisedRows& rows) {
  at::Tensor result = at::zeros({rows.rows, rows.columns});
  const std::vector<std::int64_t> starts = rowStarts(rows.columns, rows.width);
  float* target = result.mutable_data_ptr<float>();
  parallelRanges(rows.rows, 16, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      const auto i = static_cast<std::size_t>(r);
      if (rows.width[i] > 0) {
        unpackRow(rows.bytes.data() + starts[i],
                  rows.columns,
                  rows.scale[i],
                  rows.width[i],
                  target + r * rows.columns);
      }
    }
  });
  return result;
}

QuantisedRows quantise(const at::Tensor& rows, const std::vector<std::uint8_t>& width) {
  const at::Tensor source = rows.to(at::kFloat).contiguous();
  QuantisedRows result;
  result.rows = source.size(0);
  result.columns = source.size(1);
  result.width = width;
  result.scale.resize(width.size());
  const std::vector<std::int64_t> starts = rowStarts(result.columns, width);
  result.bytes.resize(static_cast<std::size_t>(starts.back()));
  const float* numbers = source.const_data_ptr<float>();
  parallelRanges(result.rows, 16, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      const auto i = static_cast<std::size_t>(r);
      const float* row = numbers + r * result.columns;
      if (width[i] > 0) {
        result.scale[i] = bestScale(row, result.columns, width[i]);
        packRow(row, result.columns, result.scale[i], width[i], result.bytes.data() + starts[i]);
      }
    }
  });
  return result;
}

at::Tensor unpack(const DeltaPart& part) {
  switch (part.kind) {
    case DeltaPart::Kind::Half:
      return at::from_blob(const_cast<std::uint16_t*>(part.half.data()), part.shape, at::kHalf)
          .to(at::kFloat);
    case DeltaPart::Kind::Dense:
      return unpack(part.right).view(part.shape);
    case DeltaPart::Kind::LowRank:
      return at::matmul(unpack(part.left).t(), unpack(part.right)).view(part.shape);
    case DeltaPart::Kind::Sparse:
      break;
  }
  return sparse(part).view(part.shape);
}

std::vector<std::pair<std::string, at::Tensor>> tunedParameters(
    const ParameterStore& store,
    const std::vector<std::pair<const CompactDelta*, double>>& deltas,
    const std::function<void()>& checkpoint) {
  const at::NoGradGuard no_grad;
  std::unordered_map<std::string, at::Tensor> tuned;
  for (const auto& [delta, weight] : deltas) {
    for (const DeltaPart& part : delta->parts) {
      if (checkpoint) {
        checkpoint();
      }
      if (!store.has(part.name) || store.at(part.name).sizes() != at::IntArrayRef(part.shape)) {
        throw CheckpointError(
            fmt::format("an avatar changes '{}', which this model does not have", part.name),
            "open the model that the avatar was made with");
      }
      at::Tensor& value = tuned[part.name];
      value = at::add(value.defined() ? value : store.at(part.name), unpack(part), weight);
    }
  }
  std::vector<std::pair<std::string, at::Tensor>> result;
  for (const ParameterStore::Entry& entry : store.entries()) {
    if (const auto found = tuned.find(entry.name); found != tuned.end()) {
      result.emplace_back(*found);
    }
  }
  return result;
}

}  // namespace panohead
