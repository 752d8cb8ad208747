#include "core/inversion/fit_options.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace panohead {

namespace {

using O = FitOptions;

constexpr const char* kStart = "Start";
constexpr const char* kLatent = "Latent";
constexpr const char* kCamera = "Camera and background";
constexpr const char* kTuning = "Tuning";
constexpr const char* kLosses = "Losses";
constexpr const char* kMachine = "Machine";
constexpr double kMostSteps = 100000;
constexpr double kMostWeight = 1000;

OptionTable<O> makeTable() {
  return {
      {.name = "preset",
       .member = &O::preset,
       .help = "What the other options were set to",
       .group = kStart,
       .choices = {"quick", "best", "published"}},
      {.name = "start",
       .member = &O::start,
       .help = "The fit starts from the mean person, or from the best of random ones",
       .group = kStart,
       .choices = {"mean", "samples"}},
      {.name = "start_samples",
       .member = &O::start_samples,
       .help = "How many random people are looked at",
       .group = kStart,
       .low = 1,
       .high = 10000,
       .advanced = true},
      {.name = "latent_steps",
       .member = &O::latent_steps,
       .help = "Steps of the first stage, which looks for w and the camera",
       .group = kLatent,
       .high = kMostSteps},
      {.name = "latent_rate",
       .member = &O::latent_rate,
       .help = "Adam's rate there",
       .group = kLatent,
       .low = 1e-6,
       .high = 10,
       .advanced = true},
      {.name = "latent_space",
       .member = &O::latent_space,
       .help = "Steps in deviations of the model's own people, or in plain w",
       .group = kLatent,
       .choices = {"whitened", "plain"},
       .advanced = true},
      {.name = "latent_noise",
       .member = &O::latent_noise,
       .help = "Noise on w at the start, in its deviations; falls to 0 at three quarters",
       .group = kLatent,
       .high = 10,
       .advanced = true},
      {.name = "latent_prior",
       .member = &O::latent_prior,
       .help = "Weight of the squared distance from the mean person: more is safer at the sides",
       .group = kLatent,
       .high = kMostWeight},
      {.name = "per_layer",
       .member = &O::per_layer,
       .help = "A w of its own for each layer (w+)",
       .group = kLatent},
      {.name = "per_layer_from",
       .member = &O::per_layer_from,
       .help = "Share of the first stage before that; 0: from the first step, without a common w",
       .group = kLatent,
       .high = 1,
       .advanced = true},
      {.name = "per_layer_prior",
       .member = &O::per_layer_prior,
       .help = "Weight of the squared distance of the layers' w from their common one",
       .group = kLatent,
       .high = kMostWeight,
       .advanced = true},
      {.name = "raw_share",
       .member = &O::raw_share,
       .help = "Share of the first stage that compares the raw picture only, before super-resolution",
       .group = kLatent,
       .high = 1,
       .advanced = true},
      {.name = "refine_camera",
       .member = &O::refine_camera,
       .help = "Pose and crop move with the latent",
       .group = kCamera},
      {.name = "camera_rate",
       .member = &O::camera_rate,
       .help = "Adam's rate of the camera, in its deviations",
       .group = kCamera,
       .high = 10,
       .advanced = true},
      {.name = "camera_prior",
       .member = &O::camera_prior,
       .help = "Weight of the squared distance from the given camera, in its deviations",
       .group = kCamera,
       .high = kMostWeight,
       .advanced = true},
      {.name = "camera_degrees",
       .member = &O::camera_degrees,
       .help = "How far off the given yaw, pitch and roll may be, degrees",
       .group = kCamera,
       .low = 0.01,
       .high = 45,
       .advanced = true},
      {.name = "camera_shift",
       .member = &O::camera_shift,
       .help = "How far off the crop may be, picture sides",
       .group = kCamera,
       .low = 1e-4,
       .high = 0.5,
       .advanced = true},
      {.name = "camera_scale",
       .member = &O::camera_scale,
       .help = "How far off the crop's size may be, relative",
       .group = kCamera,
       .low = 1e-4,
       .high = 0.5,
       .advanced = true},
      {.name = "background",
       .member = &O::background,
       .help = "Fitted by the background network, kept as a layer of the photo, or driven by the head's w",
       .group = kCamera,
       .choices = {"fit", "photo", "shared"}},
      {.name = "tuning_steps",
       .member = &O::tuning_steps,
       .help = "Steps of the second stage, which tunes the weights",
       .group = kTuning,
       .high = kMostSteps},
      {.name = "tuning_rate",
       .member = &O::tuning_rate,
       .help = "Adam's rate there",
       .group = kTuning,
       .low = 1e-7,
       .high = 1,
       .advanced = true},
      {.name = "locality",
       .member = &O::locality,
       .help = "Weight of what holds the other views while tuning",
       .group = kTuning,
       .high = kMostWeight},
      {.name = "locality_views",
       .member = &O::locality_views,
       .help = "How many views are held",
       .group = kTuning,
       .low = 1,
       .high = 360,
       .advanced = true},
      {.name = "drift_limit",
       .member = &O::drift_limit,
       .help = "Tuning ends when the side views have changed so much, mean of 0..1; 0: never",
       .group = kTuning,
       .high = 1},
      {.name = "drift_every",
       .member = &O::drift_every,
       .help = "Steps between two looks at that",
       .group = kTuning,
       .low = 1,
       .high = kMostSteps,
       .advanced = true},
      {.name = "pixel",
       .member = &O::pixel,
       .help = "Weight of colours",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "detail",
       .member = &O::detail,
       .help = "Weight of differences between neighbouring pixels, at several scales",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "mask",
       .member = &O::mask,
       .help = "Weight of the outline",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "background_weight",
       .member = &O::background_weight,
       .help = "What a pixel outside of the mask counts beside one inside",
       .group = kLosses,
       .high = 1,
       .advanced = true},
      {.name = "discriminator",
       .member = &O::discriminator,
       .help = "Weight of the features of the model's own discriminator, where its file has one",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "mse",
       .member = &O::mse,
       .help = "Weight of the mean square of the whole picture; of the person where the photo stays behind",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "vgg",
       .member = &O::vgg,
       .help = "Weight of the distance of VGG16 features, where a file is given",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "mean_distance",
       .member = &O::mean_distance,
       .help = "Weight of the mean square of w's distance from the mean",
       .group = kLosses,
       .high = kMostWeight,
       .advanced = true},
      {.name = "vgg_file",
       .member = &O::vgg_file,
       .help = "VGG16 as TorchScript; runs as a program, so only one that you trust",
       .group = kLosses},
      {.name = "near",
       .member = &O::near,
       .help = "Where rays start, world units from the camera; 0: as the model says",
       .group = kMachine,
       .high = 100,
       .advanced = true},
      {.name = "precision",
       .member = &O::precision,
       .help = "Type of the convolutions; auto: bf16 on processors that compute in it",
       .group = kMachine,
       .choices = {"auto", "fp32", "bf16"},
       .advanced = true},
      {.name = "exact",
       .member = &O::exact,
       .help = "By the specification path, slow",
       .group = kMachine,
       .advanced = true},
      {.name = "seed",
       .member = &O::seed,
       .help = "Of everything random",
       .group = kStart,
       .high = 4294967295.0,
       .advanced = true},
  };
}

FitOptions quick() {
  FitOptions o;
  o.preset = "quick";
  o.latent_steps = 100;
  o.tuning_steps = 60;
  o.locality = 1;
  return o;
}

// The published scripts' own settings (SPEC, "Inversion").
FitOptions published() {
  FitOptions o;
  o.preset = "published";
  o.latent_steps = 500;
  o.latent_rate = 0.1;
  o.latent_space = "plain";
  o.latent_noise = 0.05;
  o.latent_prior = 0;
  o.per_layer = true;
  o.per_layer_from = 0;
  o.per_layer_prior = 0;
  o.raw_share = 0;
  o.refine_camera = false;
  o.background = "shared";
  o.tuning_steps = 500;
  o.tuning_rate = 3e-4;
  o.locality = 0;
  o.drift_limit = 0;
  o.pixel = o.detail = o.mask = o.discriminator = 0;
  o.background_weight = 1;
  o.mse = 0.1;
  o.vgg = 1;
  o.mean_distance = 1;
  o.near = 2.35;
  return o;
}

}  // namespace

const OptionTable<FitOptions>& fitOptionTable() {
  static const OptionTable<FitOptions> table = makeTable();
  return table;
}

FitOptions fitPreset(const std::string& name) {
  if (name == "quick") {
    return quick();
  }
  if (name == "best") {
    return {};
  }
  if (name == "published") {
    return published();
  }
  throw OptionError(fmt::format("there is no preset '{}'", name), "choose quick, best or published");
}

void FitOptions::check() const {
  checkOptions(*this, fitOptionTable());
  if (latent_steps == 0 && tuning_steps == 0) {
    throw OptionError("latent_steps and tuning_steps are both 0: there is nothing to do",
                      "give one of them steps");
  }
  if (pixel + detail + mse <= 0 && (vgg <= 0 || vgg_file.empty())) {
    throw OptionError("pixel, detail and mse are 0: nothing compares the pictures",
                      "give one of them a weight");
  }
  if (pixel + detail <= 0 && ((latent_steps > 0 && raw_share > 0) || start == "samples")) {
    throw OptionError("pixel and detail are 0: nothing compares raw pictures",
                      "give one of them a weight, or set raw_share to 0 and start to mean");
  }
  if (exact && precision == "bf16") {
    throw OptionError("exact is float32, precision asks for bf16", "leave one of them out");
  }
}

}  // namespace panohead
