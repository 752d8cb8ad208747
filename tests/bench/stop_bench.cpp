// How soon a fit at the official full size hears of a stop: the longest time between two looks for one, in
// every stage (resources/docs/inversion.md has the numbers).
//   stop_bench [THREADS]
#include "core/base/allocator_tuning.h"
#include "core/session/fit_session.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "tests/support/rule_weights.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace panohead {
namespace {

class Gaps final : public JobContext {
 public:
  void begin(const std::string& stage) {
    checkpoint();
    if (stages_.empty() || stages_.back().name != stage) {
      stages_.push_back({stage});
    }
  }
  void report(const Progress& progress) override { begin(progress.stage); }
  void preview(Frame) override {}
  void checkpoint() override {
    const auto now = Clock::now();
    if (!stages_.empty()) {
      Stage& stage = stages_.back();
      if (milliseconds(last_, now) > stage.gap) {
        stage.gap = milliseconds(last_, now);
        const auto node = torch::autograd::get_current_node();
        stage.until = node ? node->name() : "";
      }
      stage.all += milliseconds(last_, now);
    }
    last_ = now;
    if (!torch::autograd::get_current_node()) {
      if (!stages_.empty()) {
        stages_.back().outside = std::max(stages_.back().outside, milliseconds(last_outside_, now));
      }
      last_outside_ = now;
    }
  }
  std::stop_token stopToken() const override { return {}; }

  void print() const {
    fmt::print(
        "{:36} {:>9} {:>22} {:>34}\n", "stage", "all, s", "between two looks, ms", "were gradients deaf, ms");
    for (const Stage& stage : stages_) {
      fmt::print("{:36} {:9.1f} {:22.0f} {:34.0f}  {}\n",
                 stage.name,
                 stage.all / 1000,
                 stage.gap,
                 stage.outside,
                 stage.until);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Stage {
    std::string name;
    double all = 0, gap = 0, outside = 0;  // milliseconds
    std::string until{};                   // the operation of a gradient that the gap ended with
  };
  static double milliseconds(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
  }
  std::vector<Stage> stages_;
  Clock::time_point last_ = Clock::now(), last_outside_ = Clock::now();
};

ModelPtr fullSizeModel() {
  Generator generator = Generator::uninitialised(GeneratorConfig{});
  test::fillByRule(generator.store(), "G", "");
  ModelInfo info;
  info.name = "full";
  info.image_resolution = 512;
  info.num_ws = static_cast<int>(generator.numWs());
  info.w_dim = static_cast<int>(generator.config().w_dim);
  info.has_background = true;
  return std::make_shared<const Model>(std::move(info), std::move(generator));
}

void measure() {
  FitRequest request;
  request.name = "somebody";
  request.options = fitPreset("quick");
  request.options.latent_steps = 10;
  request.options.tuning_steps = 4;
  request.options.drift_every = 2;
  request.options.drift_limit = 0.9;
  request.preview_every = 5;
  request.keep_every = 1000;
  AvatarPhoto photo{.name = "photo.png"};
  photo.camera = orbitLabel({.yaw_degrees = 10});
  photo.aligned = Image(512, 512, 3);
  for (std::size_t i = 0; i < photo.aligned.pixels.size(); ++i) {
    photo.aligned.pixels[i] = static_cast<std::uint8_t>(i * 37 / 64);
  }
  request.photos = {photo};
  FitSession session(fullSizeModel(), request);
  Gaps gaps;
  gaps.begin("beginning");
  session.run(gaps);
  gaps.begin("going back to tuning");
  session.goBackTo(session.kept().back().id);
  session.run(gaps);
  gaps.begin("making the avatar");
  session.avatar(gaps);
  gaps.begin("end");
  gaps.print();
}

}  // namespace
}  // namespace panohead

int main(int argc, char** argv) {
  panohead::tuneAllocatorForTraining();
  at::set_num_threads(argc > 1 ? std::stoi(argv[1]) : 2);
  panohead::measure();
}
