#pragma once

#include "core/base/option_table.h"
#include "core/dataset/dataset.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// Everything that decides a training run, with the defaults of the published program. Names in the
/// option table (trainingOptionTable) are the published flags where there is one.
struct TrainingOptions {
  // Data and places.
  std::filesystem::path data, masks;
  std::filesystem::path out;  // run folder
  std::filesystem::path
      resume;              // network or training checkpoint to start a new run from; empty: random weights
  double resume_kimg = 0;  // thousands of pictures that count as seen at the start
  int resolution = 0;      // pixels; 0: that of the data
  bool mirror = false;
  double yaw_min = -180, yaw_max = 180, pitch_min = -90, pitch_max = 90;  // degrees
  int back_repeat = 1;
  std::int64_t max_size = 0;  // pictures; 0: all
  int workers = 3;            // decoding threads of each rank

  // Length and batches.
  double kimg = 25000;             // thousands of pictures that D sees in all
  double tick_kimg = 4;            // between lines of statistics
  int snapshot_ticks = 50;         // ticks between sheets, networks and checkpoints
  double checkpoint_minutes = 10;  // wall time between checkpoints beside those; 0: none
  std::int64_t batch = 32;         // pictures per step over all ranks
  std::int64_t batch_gpu = 0;      // pictures a rank holds at once (gradients accumulate); 0: batch / ranks
  std::int64_t seed = 0;

  // Generator.
  std::int64_t z_dim = 512, w_dim = 512;
  int map_depth = 2;
  std::int64_t cbase = 32768, cmax = 512;
  std::int64_t triplane_size = 256;
  int triplane_depth = 3;
  bool background = true;
  bool use_torgb_raw = true;
  std::string decoder_activation = "none";  // none, sigmoid, lrelu
  double decoder_lr_mul = 1;
  int depth_resolution = 48, depth_resolution_importance = 48;  // samples per ray
  double ray_start = 2.25, ray_end = 3.3, box_warp = 1;         // world units
  std::string sr_noise_mode = "none";                           // none, const, random
  bool gen_pose_cond = true;                                    // the generator is conditioned on the camera
  double c_scale = 1;                                           // and the label multiplied by this
  bool camera_adjustment = true;                                // self-adaptive camera (PanoHead, 3.4)

  // Discriminator.
  std::string discriminator = "v2";  // v2 (tri-discrimination), v1 (mask branch), dual (no mask)
  std::int64_t d_cbase = 32768, d_cmax = 512;
  int d_map_depth = 8;
  int mbstd_group = 4;
  double disc_c_noise = 0;  // deviation of noise on its labels, in units of the set's deviation
  int freezed = 0;          // first blocks of D that are not trained

  // Losses and schedules.
  double gamma = 1, gamma_seg = 1;  // R1 weights
  int d_reg_interval = 16;          // batches between R1 steps; 0: never
  int g_reg_interval = 4;           // batches between density regularisation steps; 0: never
  double glr = 0.0025, dlr = 0.002;
  double beta1 = 0, beta2 = 0.99;
  std::string noise_mode = "random";  // of backbone and background: random (as published), const
  double style_mixing_prob = 0;
  double blur_init_sigma = 10;  // pixels at 512 wide... of the picture that D sees
  double blur_fade_kimg = 200;  // for a batch of 32; others in proportion
  bool resume_blur = false;     // a run started from a network begins with blur and all poses swapped, too
  double gpc_reg_prob = 0.7;    // -1 or less: never
  double gpc_reg_fade_kimg = 1000;
  double bcg_reg_prob = 0.2;
  double trans_reg = 10;
  double density_reg = 0;
  double density_reg_p_dist = 0.004;  // world units between the two points
  std::string reg_type = "l1";        // l1, l1-alt, monotonic-detach, monotonic-fixed
  double density_noise_fade_kimg = 200;
  int neural_rendering_resolution_initial = 64;
  int neural_rendering_resolution_final = 0;  // 0: stays
  double neural_rendering_resolution_fade_kimg = 1000;
  double ema_kimg = 0;        // half-life of G_ema; 0: batch * 10 / 32
  double ema_rampup = 0.05;   // 0: none; a run started from a network has none
  double reconstruction = 0;  // weight of the people of a warm-up, kept beside the adversary; 0: none
  double reconstruction_fade_kimg =
      0;  // thousands of pictures of the run until it has fallen to nothing; 0: it stays
  std::filesystem::path codes;  // of those people; empty: beside the network that the run began from

  // Machine.
  std::string metrics = "none";    // none, heads: measured at snapshots
  int metric_heads = 4;            // heads that are measured
  std::string device = "auto";     // auto, cpu, cuda
  std::string precision = "auto";  // auto (fp16 on GPUs, fp32 on CPUs), fp32, bf16, fp16
  int num_fp16_res = 4;            // highest resolutions of D and super-resolution in half precision

  // Warm-up by reconstruction (any data set whose labels name the person).
  bool warmup = false;
  std::filesystem::path attributes;  // JSON (or zip of one) with a record per person; empty: free codes only
  int held_out = -1;            // people at the end of the set who are not trained on, to measure with; -1: a
                                // thirtieth, at most 50
  int warmup_views = 2;         // pictures of each person in a batch
  double warmup_rate = 1.5e-3;  // learning rate, falling to a fifteenth
  bool warmup_codes_only = false;  // the network stays as it is
  double warmup_texture = 0;       // weight of the texture discriminator at the end; 0: none
  double warmup_texture_kimg = 0;  // length of that stage; 0: a fifth of the run

  DatasetOptions dataset() const;
  /// Throws OptionError naming the option and what to choose; `ranks` decides what batches divide by.
  void check(int ranks) const;
  /// JSON object with every option by its name in the table; fromJson reads it back and refuses unknown
  /// names.
  std::string toJson() const;
  static TrainingOptions fromJson(std::string_view text);
};

/// Pictures that count as seen when the run begins: resume_kimg of them.
std::int64_t firstImages(const TrainingOptions& options);

/// The options in a file that toJson wrote. Throws OptionError naming the file.
TrainingOptions readTrainingOptions(const std::filesystem::path& file);

/// published-512, heads-256, heads-128, smoke. Throws OptionError listing them.
TrainingOptions trainingPreset(std::string_view name);
std::vector<std::string> trainingPresetNames();

/// One row for every option above: the command line, the panel's form and the file are made from it.
const OptionTable<TrainingOptions>& trainingOptionTable();

}  // namespace panohead
