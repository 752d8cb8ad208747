#include "render/preview/preview_numbers.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead::render {
namespace {

constexpr int kQuad = 4;

struct Matrix {
  int rows = 0;
  int columns = 0;
  std::vector<float> numbers;  // [rows][columns]

  Matrix(int rows, int columns)
      : rows(rows),
        columns(columns),
        numbers(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {}
  float& at(int row, int column) {
    return numbers[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                   static_cast<std::size_t>(column)];
  }
  float at(int row, int column) const { return const_cast<Matrix*>(this)->at(row, column); }
};

Matrix matrix(int rows, int columns, const std::vector<float>& numbers) {
  Matrix result(rows, columns);
  if (numbers.size() != result.numbers.size()) {
    throw OptionError("the head's decoder has weights of the wrong size",
                      "this should not happen: please report it");
  }
  result.numbers = numbers;
  return result;
}

/// As mat4[rows / 4][columns / 4]: GLSL keeps a matrix column by column.
void appendQuads(const Matrix& m, float scale, std::vector<float>& block) {
  for (int j = 0; j < m.rows; j += kQuad) {
    for (int k = 0; k < m.columns; k += kQuad) {
      for (int column = k; column < k + kQuad; ++column) {
        for (int row = j; row < j + kQuad; ++row) {
          block.push_back(scale * m.at(row, column));
        }
      }
    }
  }
}

/// The same as mat4[columns / 4][rows / 4]: what belongs to one quad of inputs lies together.
void appendQuadsByInput(const Matrix& m, float scale, std::vector<float>& block) {
  for (int k = 0; k < m.columns; k += kQuad) {
    for (int j = 0; j < m.rows; j += kQuad) {
      for (int column = k; column < k + kQuad; ++column) {
        for (int row = j; row < j + kQuad; ++row) {
          block.push_back(scale * m.at(row, column));
        }
      }
    }
  }
}

/// Whether colours are the first three features.
bool showsFeatures(const Matrix& rgb) {
  for (int row = 0; row < rgb.rows; ++row) {
    for (int column = 0; column < rgb.columns; ++column) {
      if (rgb.at(row, column) != (row == column ? 1.0F : 0.0F)) {
        return false;
      }
    }
  }
  return true;
}

/// Density and colours, linear in the hidden layer: the decoder's last layer and ToRGB in one.
void appendFolded(
    const PreviewHead& head, const Matrix& output, const Matrix& rgb, float scale, PreviewDecoder& decoder) {
  Matrix folded(kQuad, head.hidden);
  std::vector<float> bias(kQuad, 0.0F);
  for (int h = 0; h < head.hidden; ++h) {
    folded.at(0, h) = output.at(0, h);
  }
  bias[0] = head.output_bias[0];
  for (int colour = 0; colour < rgb.rows; ++colour) {
    for (int f = 0; f < head.features; ++f) {
      for (int h = 0; h < head.hidden; ++h) {
        folded.at(1 + colour, h) += rgb.at(colour, f) * output.at(1 + f, h);
      }
      bias[static_cast<std::size_t>(1 + colour)] +=
          rgb.at(colour, f) * head.output_bias[static_cast<std::size_t>(1 + f)];
    }
  }
  decoder.output_quads = 1;
  appendQuadsByInput(folded, scale, decoder.output_layer);
  decoder.output_layer.insert(decoder.output_layer.end(), bias.begin(), bias.end());
}

/// Density, features, and ToRGB apart: an activation lies between.
void appendApart(
    const PreviewHead& head, const Matrix& output, const Matrix& rgb, float scale, PreviewDecoder& decoder) {
  Matrix outputs(kQuad + head.features, head.hidden);
  std::vector<float> bias(static_cast<std::size_t>(kQuad + head.features), 0.0F);
  for (int h = 0; h < head.hidden; ++h) {
    outputs.at(0, h) = output.at(0, h);
    for (int f = 0; f < head.features; ++f) {
      outputs.at(kQuad + f, h) = output.at(1 + f, h);
    }
  }
  bias[0] = head.output_bias[0];
  std::copy(head.output_bias.begin() + 1, head.output_bias.end(), bias.begin() + kQuad);
  Matrix colours(kQuad, head.features);
  std::copy(rgb.numbers.begin(), rgb.numbers.end(), colours.numbers.begin());
  decoder.output_quads = 1 + head.features / kQuad;
  appendQuadsByInput(outputs, scale, decoder.output_layer);
  decoder.output_layer.insert(decoder.output_layer.end(), bias.begin(), bias.end());
  appendQuads(colours, 1, decoder.output_layer);
}

}  // namespace

PreviewDecoder previewDecoder(const PreviewHead& head) {
  constexpr int kMostChannels = 60;   // 16 texture units, one of them the backdrop's
  constexpr int kMostNumbers = 4096;  // of a uniform block: 16 KiB
  const Matrix rgb = matrix(3, head.features, head.rgb_weight);
  const Matrix output = matrix(1 + head.features, head.hidden, head.output_weight);
  const Matrix hidden = matrix(head.hidden, head.channels, head.hidden_weight);
  PreviewDecoder decoder;
  if (head.channels % kQuad == 0 && head.hidden % kQuad == 0 && head.features % kQuad == 0) {
    // Hidden values in units of log 2: softplus(x) = log 2 * log2(1 + exp2(x / log 2)). The grids' mean is a
    // sum.
    constexpr float kLog2E = std::numbers::log2e_v<float>;
    constexpr float kLog2 = std::numbers::ln2_v<float>;
    appendQuads(hidden, kLog2E / 3, decoder.hidden_layer);
    for (const float bias : head.hidden_bias) {
      decoder.hidden_layer.push_back(kLog2E * bias);
    }
    if (head.activation == DecoderActivation::None || showsFeatures(rgb)) {
      appendFolded(head, output, rgb, kLog2, decoder);
    } else {
      appendApart(head, output, rgb, kLog2, decoder);
    }
  }
  if (decoder.output_quads == 0 || head.channels > kMostChannels ||
      std::max(decoder.hidden_layer.size(), decoder.output_layer.size()) > kMostNumbers) {
    throw OptionError(
        fmt::format("the OpenGL preview cannot draw a decoder of {} channels, {} hidden values and {} "
                    "features",
                    head.channels,
                    head.hidden,
                    head.features),
        "draw with the processor");
  }
  // Features are mapped to [-1, 1] after compositing: 2 f - 1, ToRGB being linear.
  decoder.colour_offset.w = head.scale_feature ? 2.0F : 1.0F;
  for (int colour = 0; colour < 3; ++colour) {
    float sum = 0;
    for (int f = 0; f < head.features; ++f) {
      sum += rgb.at(colour, f);
    }
    decoder.colour_offset[colour] =
        head.rgb_bias[static_cast<std::size_t>(colour)] - (head.scale_feature ? sum : 0.0F);
    decoder.white[colour] = head.volume.white_back ? decoder.colour_offset.w * sum : 0.0F;
  }
  return decoder;
}

std::vector<float> resizeSquare(std::span<const float> picture, int size, int result, bool antialias) {
  const double step = static_cast<double>(size) / result;
  const double reach = antialias ? std::max(step, 1.0) : 1.0;
  struct Taps {
    int first = 0;
    std::vector<double> weights;
  };
  std::vector<Taps> taps(static_cast<std::size_t>(result));
  for (int i = 0; i < result; ++i) {
    Taps& t = taps[static_cast<std::size_t>(i)];
    const double centre = step * (i + 0.5);
    t.first = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int end = std::min(size, static_cast<int>(centre + reach + 0.5));
    double total = 0;
    for (int j = t.first; j < end; ++j) {
      t.weights.push_back(std::max(0.0, 1 - std::abs((j + 0.5 - centre) / reach)));
      total += t.weights.back();
    }
    for (double& weight : t.weights) {
      weight /= total;
    }
  }
  // Along rows, then along columns; `lines` lines of `size` pixels become columns of the result.
  const auto pass = [&](std::span<const float> from, int lines) {
    std::vector<float> to(static_cast<std::size_t>(lines) * static_cast<std::size_t>(result) * kQuad);
    for (int line = 0; line < lines; ++line) {
      for (int i = 0; i < result; ++i) {
        const Taps& t = taps[static_cast<std::size_t>(i)];
        for (std::size_t c = 0; c < kQuad; ++c) {
          double sum = 0;
          for (std::size_t n = 0; n < t.weights.size(); ++n) {
            const std::size_t pixel = static_cast<std::size_t>(line) * static_cast<std::size_t>(size) +
                                      static_cast<std::size_t>(t.first) + n;
            sum += t.weights[n] * from[pixel * kQuad + c];
          }
          to[(static_cast<std::size_t>(i) * static_cast<std::size_t>(lines) +
              static_cast<std::size_t>(line)) *
                 kQuad +
             c] = static_cast<float>(sum);
        }
      }
    }
    return to;
  };
  return pass(pass(picture, size), result);
}

std::vector<float> previewBackdrop(const PreviewHead& head, int resolution) {
  if (head.background_size == 0) {
    return std::vector<float>(static_cast<std::size_t>(resolution) * static_cast<std::size_t>(resolution) *
                              kQuad);
  }
  const std::size_t pixels =
      static_cast<std::size_t>(head.background_size) * static_cast<std::size_t>(head.background_size);
  const auto features = static_cast<std::size_t>(head.features);
  std::vector<float> picture(pixels * kQuad);
  for (std::size_t colour = 0; colour < 3; ++colour) {
    for (std::size_t f = 0; f < features; ++f) {
      const float weight = head.rgb_weight[colour * features + f];
      const float* feature = head.background.data() + f * pixels;
      for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        picture[pixel * kQuad + colour] += weight * feature[pixel];
      }
    }
  }
  return resizeSquare(picture, head.background_size, resolution, head.background_antialias);
}

}  // namespace panohead::render
