#pragma once

#include "core/base/option_table.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace panohead {

/// Share of a photo that its mask must cover to be one of a person.
inline constexpr double kLeastPerson = 0.01;

/// How photos are fitted (GAN inversion in two stages: a latent, then the weights around it; Roich et al.,
/// "Pivotal Tuning", 2021; PanoHead, section 4.4). Start from fitPreset(). Knows no torch.
struct FitOptions {
  std::string preset = "best";  // quick | best | published: what the others were set to

  // Where the latent starts.
  std::string start = "mean";  // of the mapped z, or "samples": the best of start_samples of them
  int start_samples = 32;

  // First stage: the latent, the cameras and the backgrounds.
  std::int64_t latent_steps = 200;
  double latent_rate = 0.1;
  std::string latent_space =
      "whitened";                // steps and distances in units of the model's own people; "plain": of w
  double latent_noise = 0;       // on w at the start, in deviations of w; falls to 0 at three quarters
  double latent_prior = 0.005;   // weight of the squared distance from the mean person
  bool per_layer = false;        // a w of its own for each layer (w+)
  double per_layer_from = 0.5;   // share of the stage before that; 0: there never is a common one
  double per_layer_prior = 0.1;  // weight of the squared distance of a layer's w from their common one
  double raw_share = 0.8;       // so much of the stage looks at the raw picture only, before super-resolution
  bool refine_camera = true;    // pose and crop move with the latent
  double camera_rate = 0.1;     // in units of the deviations below
  double camera_prior = 0.002;  // weight of the squared distance from the given camera, in those units
  double camera_degrees = 3;    // how far off the given yaw, pitch and roll may be, one deviation
  double camera_shift = 0.01;   // of the crop's place, picture sides
  double camera_scale = 0.02;   // of the crop's size, relative
  std::string background = "fit";  // through the background network, or "photo": kept as a layer, not fitted

  // Second stage: all weights of the generator.
  std::int64_t tuning_steps = 120;
  double tuning_rate = 3e-4;
  double locality = 2.0;      // weight of what holds the other views
  int locality_views = 12;    // how many are held
  double drift_limit = 0.03;  // mean change of the side views at which tuning ends, of 0..1; 0: never
  int drift_every = 10;       // steps between two looks at it

  // What is compared. 0: not used.
  double pixel = 1.0;                // colours, at the raw and the full size
  double detail = 0.5;               // differences of neighbouring pixels at several scales
  double mask = 0.5;                 // weight sum of the rays against the mask
  double background_weight = 0.3;    // of a pixel outside of the mask, inside is 1
  double discriminator = 0.1;        // features of the model's own discriminator, where its file has one
  double mse = 0;                    // mean square of the whole picture (published: 0.1)
  double vgg = 1.0;                  // distance of VGG16 features at 256 px, where a file is given
  double mean_distance = 0;          // mean square of w's distance from the mean (published)
  std::filesystem::path vgg_file{};  // TorchScript; empty: none

  double near = 0;                 // world units where rays start; 0: the model's (published scripts: 2.35)
  std::string precision = "auto";  // of convolutions: fp32, bf16, auto (bf16 on CPUs that have it)
  bool exact = false;              // by the specification path throughout: slow, for comparison
  std::int64_t seed = 0;

  /// Throws OptionError naming the option.
  void check() const;
};

/// quick: a minute or so on two cores for the embedded model; best: what this program can do; published: the
/// public scripts' 500 + 500 steps, schedules and weights (SPEC, "Inversion"; without a VGG16 file its
/// distance is missing). Throws OptionError for another name.
FitOptions fitPreset(const std::string& name);

const OptionTable<FitOptions>& fitOptionTable();

}  // namespace panohead
