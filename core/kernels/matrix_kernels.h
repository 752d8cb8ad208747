#pragma once
// Small products of float matrices that live in the nearest cache.

#include "core/kernels/simd.h"

namespace panohead::kernels {
namespace {

/// out[r][0 .. columns) = start + sum over k of in(r, k) * matrix[k][0 .. columns)
struct Product {
  const float* in;  // element (r, k) at in[r * row_stride + k * inner_stride]
  std::int64_t row_stride, inner_stride;
  std::int64_t rows, inner;
  const float* matrix;   // [inner][columns]
  std::int64_t columns;  // a multiple of 16
  const float* bias;     // [columns] to start from; null: out, which is added to
  float* out;            // [rows][columns]
};

template <int kRows, int kVectors>
inline void productTile(const Product& p, std::int64_t row, std::int64_t column) {
  Floats total[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    const float* start = p.bias == nullptr ? p.out + (row + r) * p.columns : p.bias;
    for (int v = 0; v < kVectors; ++v) {
      total[r][v] = load(start + column + v * kLanes);
    }
  }
  const float* in = p.in + row * p.row_stride;
  const float* matrix = p.matrix + column;
  for (std::int64_t k = 0; k < p.inner; ++k) {
    Floats m[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      m[v] = load(matrix + v * kLanes);
    }
    for (int r = 0; r < kRows; ++r) {
      const Floats x = broadcast(in[r * p.row_stride]);
      for (int v = 0; v < kVectors; ++v) {
        total[r][v] += x * m[v];
      }
    }
    in += p.inner_stride;
    matrix += p.columns;
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      store(p.out + (row + r) * p.columns + column + v * kLanes, total[r][v]);
    }
  }
}

template <int kVectors>
inline void productColumns(const Product& p, std::int64_t column) {
  // As many sums as keep the multipliers busy and fit the registers.
  constexpr int kRows = kLanes == 16 ? 8 : kLanes == 8 ? 2 : 1;
  std::int64_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) {
    productTile<kRows, kVectors>(p, row, column);
  }
  for (; row < p.rows; ++row) {
    productTile<1, kVectors>(p, row, column);
  }
}

inline void multiply(const Product& p) {
  std::int64_t column = 0;
  for (; column + 32 <= p.columns; column += 32) {
    productColumns<static_cast<int>(32 / kLanes)>(p, column);
  }
  for (; column < p.columns; column += 16) {
    productColumns<static_cast<int>(16 / kLanes)>(p, column);
  }
}

}  // namespace
}  // namespace panohead::kernels
