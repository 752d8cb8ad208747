// Time and peak memory of the official-size generator (512 px), drawn through core/session.
//   full_size_bench make FILE            writes the model by rule
//   full_size_bench memory               makes one, draws a frame at 128, fails above the limit (below)
//   full_size_bench [exact] FILE [RESOLUTION..]  times heads and frames; exact: frames by the specification
//                                                path, the first of which makes its own tri-grids
#include "core/session/studio.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"
#include "tests/support/full_model.h"
#include "tests/support/scratch_folder.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double peakGib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

void collect(std::map<std::string, std::vector<double>>& all, const std::vector<panohead::StageTime>& times) {
  for (const panohead::StageTime& time : times) {
    all[time.stage].push_back(time.milliseconds);
  }
  all["whole"].push_back(panohead::totalMilliseconds(times));
}

void print(const std::string& title, const std::map<std::string, std::vector<double>>& all) {
  fmt::print("{} (peak so far {:.2f} GiB)\n", title, peakGib());
  for (const auto& [stage, values] : all) {
    fmt::print("  {:<28} median {:8.1f} ms   min {:8.1f} ms\n",
               stage,
               median(values),
               *std::min_element(values.begin(), values.end()));
  }
}

int checkMemory() {
  constexpr double kFastGib = 0.7;       // what the fast path may take, with bfloat16
  constexpr double kReferenceGib = 2.0;  // what the published program takes
  const double limit = panohead::quickType() == at::kBFloat16 ? kFastGib : kReferenceGib;
  const panohead::test::ScratchFolder folder;
  const pid_t maker = fork();  // in a process of its own: making it needs memory, too
  if (maker == 0) {
    panohead::test::writeFullSizeModel(folder / "full.safetensors");
    _exit(0);
  }
  int status = 1;
  waitpid(maker, &status, 0);
  if (status != 0) {
    return 1;
  }
  panohead::SilentContext context;
  const auto model = panohead::openModel(folder / "full.safetensors", context);
  const auto head = panohead::makeHead(model, {.seed = 7}, context);
  panohead::ViewOptions view{.neural_resolution = 128};
  view.camera = panohead::orbitLabel({.yaw_degrees = 20});
  const panohead::Frame frame = panohead::renderFrame(*head, view, context);
  const bool good = frame.picture.width == 512 && peakGib() < limit;
  fmt::print("frame of the official size at 128: peak {:.2f} GiB of {} allowed\n", peakGib(), limit);
  fmt::print("{} FullSize.FrameNeedsNoMoreMemoryThanItMay (0 ms)\n", good ? "[       OK ]" : "[  FAILED  ]");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool exact = argc > 2 && std::string(argv[1]) == "exact";
  if (exact) {
    --argc;
    ++argv;
  }
  if (argc < 2) {
    fmt::print(stderr, "usage: full_size_bench make FILE | full_size_bench [exact] FILE [RESOLUTION...]\n");
    return 2;
  }
  if (std::string(argv[1]) == "memory") {
    return checkMemory();
  }
  if (std::string(argv[1]) == "make" && argc == 3) {
    panohead::test::writeFullSizeModel(argv[2]);
    return 0;
  }
  panohead::SilentContext context;
  fmt::print("{}\n", panohead::computeDevice());
  const panohead::ModelPtr model = panohead::openModel(argv[1], context);
  fmt::print("model open: peak {:.2f} GiB\n", peakGib());
  std::map<std::string, std::vector<double>> head_times;
  panohead::HeadPtr head;
  for (int i = 0; i < 3; ++i) {
    head = panohead::makeHead(model, {.seed = 7}, context);
    collect(head_times, panohead::headTimes(*head));
  }
  print("head, by the fast path", head_times);
  for (int a = 2; a < argc || a == 2; ++a) {
    panohead::ViewOptions view;
    view.exact = exact;
    view.neural_resolution = a < argc ? std::stoi(argv[a]) : 64;
    view.camera = panohead::orbitLabel({.yaw_degrees = 20});
    std::map<std::string, std::vector<double>> frame_times;
    for (int i = 0; i < 5; ++i) {
      collect(frame_times, panohead::renderFrame(*head, view, context).times);
    }
    print(fmt::format("frame at {} px", view.neural_resolution), frame_times);
  }
  return 0;
}
