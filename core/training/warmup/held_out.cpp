#include "core/training/warmup/held_out.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/warmup/reconstruction_loss.h"
#include "core/training/warmup/row_adam.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <numbers>

namespace panohead {

namespace {

at::Tensor labelOf(PictureBank& bank, std::uint32_t index) {
  return at::from_blob(const_cast<float*>(bank.people().labels[index].data()), {1, 25}, at::kFloat).clone();
}

std::shared_ptr<const MaskedPicture> pictureOf(PictureBank& bank, std::uint32_t index) {
  auto picture = bank.get(index);
  if (!picture) {
    throw DatasetError("a picture of a held-out person cannot be decoded", "check the data set");
  }
  return picture;
}

// [4, r, r]: colours in [-1, 1], mask in [0, 1]
at::Tensor smallPicture(PictureBank& bank, std::uint32_t index) {
  const auto picture = pictureOf(bank, index);
  const int size = bank.smallResolution();
  const at::Tensor bytes =
      at::from_blob(const_cast<std::uint8_t*>(picture->small.data()), {size, size, 4}, at::kByte)
          .to(at::kFloat)
          .permute({2, 0, 1});
  return at::cat({bytes.narrow(0, 0, 3) / 127.5 - 1.0, bytes.narrow(0, 3, 1) / 255.0});
}

at::Tensor largePicture(PictureBank& bank, std::uint32_t index) {
  const auto picture = pictureOf(bank, index);
  const int size = bank.people().resolution;
  const at::Tensor bytes =
      at::from_blob(const_cast<std::uint8_t*>(picture->large.data()), {size, size, 4}, at::kByte)
          .to(at::kFloat)
          .permute({2, 0, 1});
  return at::cat({bytes.narrow(0, 0, 3) / 127.5 - 1.0, bytes.narrow(0, 3, 1) / 255.0});
}

// Over black, which is -1. [.., 3, ..] and [.., 1, ..] along `dim`
at::Tensor overBlack(const at::Tensor& picture) {
  const at::Tensor mask = picture.narrow(0, 3, 1);
  return picture.narrow(0, 0, 3) * mask - (1.0 - mask);
}

at::Tensor planesOf(const Generator& generator, const at::Tensor& w) {
  return generator.planes(w.unsqueeze(1).expand({-1, generator.numWs(), -1}), {});
}

}  // namespace

double rawPsnr(const Generator& generator,
               PictureBank& bank,
               const at::Tensor& w,
               const std::vector<std::uint32_t>& pictures) {
  const at::NoGradGuard no_grad;
  const at::Tensor planes = planesOf(generator, w);
  SynthesisSettings settings = generator.defaultSettings();
  settings.neural_resolution = bank.smallResolution();
  double sum = 0;
  for (const std::uint32_t index : pictures) {
    const FeatureImage image = generator.renderFeature(planes, labelOf(bank, index), settings);
    const at::Tensor behind = at::constant_pad_nd((image.weight_sum - 1.0).expand({-1, 3, -1, -1}),
                                                  {0, 0, 0, 0, 0, image.feature.size(1) - 3});
    const at::Tensor raw = generator.rawPicture(image.feature + behind, w);
    const at::Tensor error = raw.squeeze(0) - overBlack(smallPicture(bank, index));
    sum += error.clamp(-2, 2).square().mean().item<double>();
  }
  return -10 * std::log10(sum / static_cast<double>(pictures.size()) / 4);
}

at::Tensor fitW(const Generator& generator,
                PictureBank& bank,
                const at::Tensor& start,
                std::int64_t head_dims,
                const std::vector<std::uint32_t>& pictures,
                const HeldOutOptions& options) {
  const HeadPainter painter(generator, options.samples, options.quick);
  const std::int64_t size = bank.smallResolution();
  at::Generator random = at::detail::createCPUGenerator(options.seed);
  std::vector<at::Tensor> targets, labels;
  for (const std::uint32_t index : pictures) {
    targets.push_back(smallPicture(bank, index).flatten(1).t());
    labels.push_back(labelOf(bank, index));
  }
  const at::Tensor target = at::stack(targets);  // [V, r * r, 4]
  const Rays all = sampleRays(at::cat(labels), size);
  const auto views = static_cast<std::int64_t>(pictures.size());
  const at::Tensor first = start.narrow(1, 0, head_dims).detach().clone();
  const at::Tensor rest = start.narrow(1, head_dims, start.size(1) - head_dims).detach();
  at::Tensor head = first.clone().requires_grad_(true);
  Adam adam({{"w", head}}, AdamOptions{.beta1 = 0.9});
  for (int step = 0; step < options.steps; ++step) {
    const at::Tensor pixels = at::randint(0, size * size, {views, options.rays}, random, at::kLong);
    const auto pick = [&](const at::Tensor& t) {
      return t.gather(1, pixels.unsqueeze(2).expand({-1, -1, t.size(2)})).reshape({1, -1, t.size(2)});
    };
    const at::Tensor wanted = pick(target);
    const at::Tensor mask = wanted.narrow(2, 3, 1);
    const at::Tensor w = at::cat({head, rest}, 1);
    const RenderedRays rays =
        painter.render(painter.planes(w), {pick(all.origins), pick(all.directions)}, {random});
    const at::Tensor behind =
        at::constant_pad_nd((rays.weight_sum - 1.0).expand({-1, -1, 3}), {0, rays.feature.size(2) - 3});
    const at::Tensor raw = painter.raw((rays.feature + behind).transpose(1, 2).unsqueeze(3), w.detach())
                               .squeeze(3)
                               .transpose(1, 2);
    const at::Tensor error = raw - (wanted.narrow(2, 0, 3) * mask - (1.0 - mask));
    const at::Tensor loss = charbonnier(error, 0.03).mean() +
                            0.3 * charbonnier(rays.weight_sum - mask, 0.03).mean() +
                            options.pull * (head - first).square().mean();
    loss.backward();
    adam.step(options.rate * 0.5 * (1 + std::cos(std::numbers::pi * step / options.steps)));
    adam.clearGradients();
  }
  return at::cat({head.detach(), rest}, 1);
}

void DetailShare::add(const at::Tensor& picture, const at::Tensor& mask) {
  constexpr std::int64_t kBlock = 32;
  const at::NoGradGuard no_grad;
  const at::Tensor line = at::hann_window(kBlock, at::kDouble);
  const at::Tensor window = at::outer(line, line);
  const at::Tensor y = at::fft_fftfreq(kBlock, 1.0, at::kDouble).unsqueeze(1);
  const at::Tensor frequency = (y.square() + y.t().square()).sqrt();  // cycles per pixel
  const at::Tensor is_high = (frequency >= 0.25).to(at::kDouble);
  const at::Tensor is_any = (frequency > 0.0).to(at::kDouble);
  for (std::int64_t top = 0; top + kBlock <= picture.size(1); top += kBlock / 2) {
    for (std::int64_t left = 0; left + kBlock <= picture.size(2); left += kBlock / 2) {
      const auto block = [&](const at::Tensor& t) {
        return t.narrow(-2, top, kBlock).narrow(-1, left, kBlock);
      };
      if (block(mask).min().item<float>() < 0.98F) {
        continue;
      }
      at::Tensor values = block(picture).to(at::kDouble);
      values = (values - values.mean({1, 2}, true)) * window;
      const at::Tensor energy = at::fft_fft2(values).abs().square().sum(0);
      high_ += (energy * is_high).sum().item<double>();
      all_ += (energy * is_any).sum().item<double>();
    }
  }
}

double DetailShare::value() const { return all_ > 0 ? high_ / all_ : 0; }

HeldOutResult measureHeldOut(const Generator& generator,
                             PictureBank& bank,
                             const std::vector<std::int64_t>& people,
                             const std::function<at::Tensor(std::int64_t)>& start,
                             std::int64_t head_dims,
                             const HeldOutOptions& options) {
  HeldOutResult result;
  DetailShare made, real;
  std::vector<at::Tensor> codes;
  for (const std::int64_t person : people) {
    const std::vector<std::uint32_t>& views = bank.people().views[static_cast<std::size_t>(person)];
    const auto fitted_count =
        std::min<std::ptrdiff_t>(options.fitted_views, static_cast<std::ptrdiff_t>(views.size()) - 1);
    const std::vector<std::uint32_t> fitted(views.begin(), views.begin() + fitted_count);
    const std::vector<std::uint32_t> unseen(views.begin() + fitted_count, views.end());
    const at::Tensor first = start(person).detach();
    result.start_psnr += rawPsnr(generator, bank, first, views);
    const at::Tensor w = fitW(generator, bank, first, head_dims, fitted, options);
    result.fitted_psnr += rawPsnr(generator, bank, w, fitted);
    result.unseen_psnr += rawPsnr(generator, bank, w, unseen);
    ++result.people;
    codes.push_back(w);

    const at::NoGradGuard no_grad;
    const at::Tensor planes = planesOf(generator, w);
    for (const std::uint32_t index : unseen) {
      const at::Tensor picture = largePicture(bank, index);
      const at::Tensor mask = picture[3];
      const at::Tensor drawn =
          generator.draw(planes, {}, w, labelOf(bank, index), generator.defaultSettings()).image;
      made.add(drawn.squeeze(0), mask);
      real.add(picture.narrow(0, 0, 3), mask);
    }
  }
  const double count = std::max(result.people, 1);
  result.start_psnr /= count;
  result.fitted_psnr /= count;
  result.unseen_psnr /= count;
  result.detail_share = made.value();
  result.real_detail_share = real.value();
  result.w = codes.empty() ? at::Tensor() : at::cat(codes);
  return result;
}

std::vector<std::int64_t> chooseHeldOut(std::int64_t all, std::int64_t held_out, int count) {
  std::vector<std::int64_t> people;
  for (int i = 0; i < count; ++i) {
    const double place = count > 1 ? static_cast<double>(i) / (count - 1) : 0;
    people.push_back(all - held_out + static_cast<std::int64_t>(place * static_cast<double>(held_out - 1)));
  }
  return people;
}

}  // namespace panohead
