#include "core/training/warmup/patch_batch.h"

#include "core/base/error.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace panohead {

namespace {

// The standard's distributions differ between libraries; these do not.
std::int64_t below(std::int64_t n, std::mt19937_64& random) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
}
float unit(std::mt19937_64& random) { return static_cast<float>(random() >> 40U) / 16777216.0F; }

struct View {
  std::uint32_t index = 0;
  std::shared_ptr<const MaskedPicture> picture;
  int x = 0, y = 0;  // of the patch's corner, neural pixels
};

std::vector<View> chooseViews(PictureBank& bank,
                              std::int64_t person,
                              const PatchOptions& options,
                              std::mt19937_64& random) {
  std::vector<std::uint32_t> order = bank.people().views[static_cast<std::size_t>(person)];
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(below(static_cast<std::int64_t>(i), random))]);
  }
  std::vector<View> views;
  for (const std::uint32_t index : order) {
    if (static_cast<int>(views.size()) == options.views) {
      break;
    }
    if (auto picture = bank.get(index)) {
      views.push_back({index, std::move(picture), 0, 0});
    }
  }
  if (views.empty()) {
    throw DatasetError(fmt::format("no picture of person '{}' can be decoded",
                                   bank.people().names[static_cast<std::size_t>(person)]),
                       "check the data set; leave the person out");
  }
  for (std::size_t i = 0; static_cast<int>(views.size()) < options.views; ++i) {
    views.push_back(views[i]);  // fewer views than asked for: some twice, at other places
  }
  for (View& view :
       views) {  // a little beyond the rim and back, so that the rim is seen as often as the middle
    const int room = options.neural - options.patch;
    const int beyond = std::min(8, options.patch / 4);
    view.x = std::clamp(static_cast<int>(below(room + 2 * beyond + 1, random)) - beyond, 0, room);
    view.y = std::clamp(static_cast<int>(below(room + 2 * beyond + 1, random)) - beyond, 0, room);
  }
  return views;
}

// The large patch: [4, P, P] as bytes, colours then mask.
at::Tensor cut(const View& view, const PatchOptions& options, int resolution) {
  const int scale = resolution / options.neural;
  const std::int64_t size = std::int64_t{options.patch} * scale;
  const at::Tensor whole = at::from_blob(
      const_cast<std::uint8_t*>(view.picture->large.data()), {resolution, resolution, 4}, at::kByte);
  return whole.narrow(0, std::int64_t{view.y} * scale, size)
      .narrow(1, std::int64_t{view.x} * scale, size)
      .permute({2, 0, 1})
      .contiguous();
}

at::Tensor smoothBackground(std::int64_t size, std::mt19937_64& random) {
  const std::int64_t cells = std::int64_t{1} << below(3, random);
  at::Tensor small = at::empty({1, 3, cells, cells});
  auto* const value = small.data_ptr<float>();
  for (std::int64_t i = 0; i < small.numel(); ++i) {
    value[i] = 2 * unit(random) - 1;
  }
  return at::upsample_bilinear2d(small, {size, size}, false);
}

at::Tensor countingPixels(const View& view, const PatchOptions& options, int scale) {
  const std::int64_t size = std::int64_t{options.patch} * scale;
  const int room = options.neural - options.patch;
  at::Tensor counts = at::zeros({1, 1, size, size});
  const std::int64_t top = view.y > 0 ? options.margin : 0;
  const std::int64_t left = view.x > 0 ? options.margin : 0;
  const std::int64_t bottom = view.y < room ? options.margin : 0;
  const std::int64_t right = view.x < room ? options.margin : 0;
  counts.narrow(2, top, size - top - bottom).narrow(3, left, size - left - right).fill_(1);
  return counts;
}

}  // namespace

PatchBatch makePatchBatch(PictureBank& bank,
                          const std::vector<std::int64_t>& people,
                          const std::vector<std::uint64_t>& seeds,
                          const PatchOptions& options) {
  const at::NoGradGuard no_grad;
  const int resolution = bank.people().resolution;
  const int scale = resolution / options.neural;
  const std::int64_t p = options.patch;
  std::vector<at::Tensor> cuts, backgrounds, rows, labels, counts;
  for (std::size_t i = 0; i < people.size(); ++i) {
    std::mt19937_64 random(seeds[i]);
    const std::vector<View> views = chooseViews(bank, people[i], options, random);
    for (const View& view : views) {
      cuts.push_back(cut(view, options, resolution));
      backgrounds.push_back(smoothBackground(p * scale, random));
      const at::Tensor line = at::arange(p).unsqueeze(0) + view.x;
      rows.push_back(((at::arange(p).unsqueeze(1) + view.y) * options.neural + line).flatten());
      labels.push_back(
          at::from_blob(const_cast<float*>(bank.people().labels[view.index].data()), {25}, at::kFloat));
    }
    counts.push_back(countingPixels(views.front(), options, scale));
  }
  const auto n = static_cast<std::int64_t>(people.size());
  PatchBatch batch;
  batch.people = at::tensor(people, at::kLong);

  const Rays all = sampleRays(at::stack(labels), options.neural);
  const at::Tensor index = at::stack(rows).unsqueeze(2).expand({-1, -1, 3});
  batch.rays.origins = all.origins.gather(1, index).reshape({n, -1, 3});
  batch.rays.directions = all.directions.gather(1, index).reshape({n, -1, 3});

  const at::Tensor pixels = at::stack(cuts).to(at::kFloat);
  const at::Tensor colour = pixels.narrow(1, 0, 3) / 127.5 - 1.0;
  const at::Tensor mask = pixels.narrow(1, 3, 1) / 255.0;
  const at::Tensor behind = at::cat(backgrounds);
  const at::Tensor over = mask * colour + (1.0 - mask) * behind;
  batch.mask = at::avg_pool2d(mask, scale);
  batch.background = at::avg_pool2d(behind, scale);
  // What the raw picture should be: the mean of the picture over this very background.
  batch.raw = at::avg_pool2d(mask * colour, scale) + (1.0 - batch.mask) * batch.background;
  const at::Tensor first = at::arange(n) * options.views;
  batch.large = over.index_select(0, first);
  batch.large_mask = mask.index_select(0, first);
  batch.large_background = behind.index_select(0, first);
  batch.counts = at::cat(counts);
  return batch;
}

}  // namespace panohead
