#include "tests/bench/fitted_people.h"

#include "core/inversion/camera_pose.h"
#include "core/inversion/photo_target.h"
#include "core/nn/resample.h"
#include "core/tensor/host_values.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/picture_measures.h"

#ifdef PANOHEAD_HAVE_VISION
#include "core/vision/person_mask.h"
#include "core/vision/photo_alignment.h"
#include "core/vision/photo_crop.h"
#endif

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead::test {

namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

double psnrOf(const at::Tensor& squares, const at::Tensor& weight) {
  const double mean = ((squares * weight).sum() / (weight.sum() * 3)).item<double>();
  return -10 * std::log10(std::max(mean, 1e-10));
}

/// Structural similarity (Wang et al. 2004) at every pixel. @param a, b [1, 1, H, W] in [0, 1]
at::Tensor similarity(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor everywhere = at::ones_like(a);
  const auto blur = [&](const at::Tensor& x) { return maskedBlur(x, everywhere, 1.5); };
  const double c1 = 0.01 * 0.01;
  const double c2 = 0.03 * 0.03;
  const at::Tensor ma = blur(a);
  const at::Tensor mb = blur(b);
  const at::Tensor va = blur(a * a) - ma * ma;
  const at::Tensor vb = blur(b * b) - mb * mb;
  const at::Tensor vab = blur(a * b) - ma * mb;
  return ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
}

}  // namespace

std::vector<Person> heldOutPeople(const std::string& folder, int count, int held_out) {
  DatasetOptions options;
  options.data = folder + "/heads256_img.zip";
  options.masks = folder + "/heads256_seg.zip";
  SilentContext context;
  const PeoplePictures pictures = peopleOf(std::make_shared<const Dataset>(options, context));
  const int all = static_cast<int>(pictures.names.size());
  std::vector<Person> people;
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(all - held_out + i * held_out / count);
    Person person{pictures.names[index], {}, {}};
    const std::vector<std::uint32_t>& views = pictures.views[index];
    const std::uint32_t front =
        *std::min_element(views.begin(), views.end(), [&](std::uint32_t a, std::uint32_t b) {
          return std::abs(yawOf(pictures.labels[a])) < std::abs(yawOf(pictures.labels[b]));
        });
    for (const std::uint32_t view : views) {
      if (view == front) {
        person.photo = pictures.load(view);
      } else {
        person.unseen.push_back(pictures.load(view));
      }
    }
    people.push_back(std::move(person));
  }
  return people;
}

CameraLabel asAligned(const CameraLabel& camera, std::uint32_t seed) {
  NumpyRandom random(seed);
  const double yaw = random.normal() * 2.5;
  const double pitch = random.normal() * 2.0;
  const double roll = random.normal() * 1.6;
  const double x = random.normal() * 0.008;
  const double y = random.normal() * 0.008;
  const double size = random.normal() * 0.02;
  const at::Tensor offsets = at::tensor({yaw, pitch, roll, x, y, size}, at::kFloat).unsqueeze(0);
  const std::vector<float> numbers = toVector(refinedLabels(labelTensor(camera), offsets, {1, 1, 1}));
  CameraLabel label{};
  std::copy_n(numbers.begin(), label.size(), label.begin());
  return label;
}

#ifdef PANOHEAD_HAVE_VISION
namespace {

/// The camera of a square cut from the picture that `label` sees: p' = R(-roll) (p - centre) / side + 1/2.
CameraLabel labelOfSquare(const CameraLabel& label, const AlignedSquare& square, double pixels) {
  const double angle = square.roll_degrees / kDegrees;
  const double c = std::cos(angle), s = std::sin(angle);
  CameraLabel cut = label;
  for (std::size_t row = 0; row < 3; ++row) {  // x is right and y is down in the columns of cam2world
    const double right = label[4 * row], down = label[4 * row + 1];
    cut[4 * row] = static_cast<float>(c * right + s * down);
    cut[4 * row + 1] = static_cast<float>(c * down - s * right);
  }
  const double scale = pixels / square.side;
  const double x = label[18] * pixels - square.x, y = label[21] * pixels - square.y;
  cut[16] = static_cast<float>(label[16] * scale);
  cut[20] = static_cast<float>(label[20] * scale);
  cut[18] = static_cast<float>((c * x + s * y) / square.side + 0.5);
  cut[21] = static_cast<float>((c * y - s * x) / square.side + 0.5);
  return cut;
}

}  // namespace

std::optional<AlignedPerson> alignedByVision(const Person& person, JobContext& context) {
  static VisionNetworks networks;
  const Image& picture = person.photo.picture;
  const FoundHead head = alignPhoto(networks, picture, {.most_heads = 1}, context).front();
  if (head.found_by == FoundBy::Nothing) {
    return std::nullopt;
  }
  AlignedPerson aligned;
  aligned.photo.picture = cropSquare(picture, head.pose.square, picture.width);
  aligned.photo.mask = makePersonMask(networks, aligned.photo.picture, {}, context).alpha;
  aligned.photo.camera = alignedCamera(head.pose);
  aligned.truth.picture = aligned.photo.picture;
  aligned.truth.mask = cropSquare(person.photo.mask, head.pose.square, picture.width);
  aligned.truth.label = labelOfSquare(person.photo.label, head.pose.square, picture.width);
  return aligned;
}
#else
std::optional<AlignedPerson> alignedByVision(const Person&, JobContext&) { return std::nullopt; }
#endif

CameraError cameraError(const CameraLabel& found, const CameraLabel& truth) {
  CameraError error;
  error.yaw = std::abs(std::remainder(yawOf(found) - yawOf(truth), 360.0));
  error.pitch = std::abs(pitchOf(found) - pitchOf(truth));
  const auto place = [](const CameraLabel& label, int axis) {
    return static_cast<double>(label[static_cast<std::size_t>(3 + 4 * axis)]);
  };
  double dot = 0, a = 0, b = 0;
  for (int axis = 0; axis < 3; ++axis) {
    dot += place(found, axis) * place(truth, axis);
    a += place(found, axis) * place(found, axis);
    b += place(truth, axis) * place(truth, axis);
  }
  error.line = std::acos(std::clamp(dot / std::sqrt(a * b), -1.0, 1.0)) * kDegrees;
  // Roll: how far the picture's right hand side is from level, as far as the cameras differ.
  const auto roll = [](const CameraLabel& label) {
    return std::atan2(static_cast<double>(label[4]), static_cast<double>(label[5])) * kDegrees;
  };
  error.roll = std::abs(std::remainder(roll(found) - roll(truth), 360.0));
  return error;
}

ViewScore scoreView(const SynthesisOutput& drawn, const LoadedItem& truth) {
  const at::Tensor real = imageTensor(truth.picture);
  const at::Tensor mask = imageTensor(truth.mask);
  const at::Tensor made = (drawn.image * 0.5 + 0.5).clamp(0, 1);
  const at::Tensor squares = (made - real).square();
  ViewScore score;
  score.psnr = psnrOf(squares, mask);
  score.psnr_whole = psnrOf(squares, at::ones_like(mask));
  const at::Tensor ssim = similarity(luminance(made * 2 - 1), luminance(real * 2 - 1));
  score.ssim = ((ssim * mask).sum() / mask.sum()).item<double>();
  const at::Tensor drawn_mask = nn::resizeBilinear(drawn.mask, mask.size(2), mask.size(3), true).gt(0.5);
  const at::Tensor real_mask = mask.gt(0.5);
  score.iou = drawn_mask.logical_and(real_mask).sum().item<double>() /
              std::max(1.0, drawn_mask.logical_or(real_mask).sum().item<double>());
  return score;
}

std::vector<Image> viewsBeside(const Generator& generator, const FitResult& result, const Person& person) {
  const at::NoGradGuard no_grad;
  const Generator tuned = tunedGenerator(generator, result);
  SynthesisSettings settings = tuned.defaultSettings();
  settings.quick = true;
  settings.run.fused = false;
  std::vector<Image> images;
  const auto add = [&](const LoadedItem& truth, const CameraLabel& camera) {
    images.push_back(truth.picture);
    images.push_back(
        tensorImage(tuned.synthesize(result.ws, labelTensor(camera), settings, result.ws_background).image));
  };
  add(person.photo, result.cameras.front());
  for (std::size_t i = 0; i < person.unseen.size(); i += 2) {
    add(person.unseen[i], person.unseen[i].label);
  }
  return images;
}

PersonScore scoreFit(const Generator& generator, const FitResult& result, const Person& person) {
  const at::NoGradGuard no_grad;
  const Generator tuned = tunedGenerator(generator, result);
  SynthesisSettings settings = tuned.defaultSettings();
  settings.quick = true;
  settings.run.fused = false;
  const auto view = [&](const LoadedItem& truth, const CameraLabel& camera) {
    return scoreView(tuned.synthesize(result.ws, labelTensor(camera), settings, result.ws_background), truth);
  };
  PersonScore score;
  score.refined = cameraError(result.cameras.front(), person.photo.label);
  score.fitted = view(person.photo, result.cameras.front());
  for (const LoadedItem& unseen : person.unseen) {
    const ViewScore one = view(unseen, unseen.label);
    score.unseen.psnr += one.psnr;
    score.unseen.psnr_whole += one.psnr_whole;
    score.unseen.ssim += one.ssim;
    score.unseen.iou += one.iou;
  }
  const double share = 1.0 / static_cast<double>(person.unseen.size());
  score.unseen.psnr *= share;
  score.unseen.psnr_whole *= share;
  score.unseen.ssim *= share;
  score.unseen.iou *= share;
  return score;
}

}  // namespace panohead::test
