// How well and how fast photos are fitted (resources/docs/inversion.md has the numbers).
//   inversion_bench people DIR [options]   synthetic people whom the model never saw (DIR: heads256_img.zip
//   ...) inversion_bench curve DIR [options]    quality against time of the presets, one person
//   inversion_bench speed                  a step of each stage at the official full size
// Options: --model FILE, --count N, --first I, --take N (of those), --presets quick,best,published, --set
// preset.option=value or option=value (repeated), --threads N, --every SECONDS (curve; 0: losses of every
// step), --sheet FILE.png (people),
// --align (people: photos aligned and masked by core/vision instead of with its errors added to the truth)
#include "core/base/allocator_tuning.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/checkpoint/checkpoint.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "tests/bench/fitted_people.h"
#include "tests/support/places.h"
#include "tests/support/rule_weights.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <string>

namespace panohead {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.empty() ? NAN : values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return values.empty() ? NAN : sum / static_cast<double>(values.size());
}

struct Arguments {
  std::string folder;
  std::string model = panohead::test::firstModelFile().string();
  std::string sheet;
  int count = 20, first = 0, take = 1000, threads = 0;
  double every = 5;
  bool align = false;
  std::vector<std::string> presets{"quick", "best", "published"};
  std::vector<std::string> changes;
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--align") {
      a.align = true;
      continue;
    }
    if (!word.starts_with("--")) {
      a.folder = word;
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    if (word == "--model") {
      a.model = value;
    } else if (word == "--count") {
      a.count = std::stoi(value);
    } else if (word == "--first") {
      a.first = std::stoi(value);
    } else if (word == "--take") {
      a.take = std::stoi(value);
    } else if (word == "--threads") {
      a.threads = std::stoi(value);
    } else if (word == "--every") {
      a.every = std::stod(value);
    } else if (word == "--sheet") {
      a.sheet = value;
    } else if (word == "--set") {
      a.changes.push_back(value);
    } else if (word == "--presets") {
      a.presets.clear();
      for (std::size_t from = 0; from <= value.size();) {
        const std::size_t to = std::min(value.find(',', from), value.size());
        a.presets.push_back(value.substr(from, to - from));
        from = to + 1;
      }
    } else {
      throw OptionError("unknown option " + word);
    }
  }
  return a;
}

/// "best" and the changes that name no preset, or this one. "best:tag" is another variant of best.
FitOptions optionsOf(const std::string& variant, const std::vector<std::string>& changes) {
  FitOptions options = fitPreset(variant.substr(0, variant.find(':')));
  for (const std::string& change : changes) {
    const std::size_t equal = change.find('=');
    std::string name = change.substr(0, equal);
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) {
      if (name.substr(0, dot) != variant) {
        continue;
      }
      name = name.substr(dot + 1);
    }
    const auto* row = findOption(fitOptionTable(), name);
    if (row == nullptr) {
      throw OptionError("no option " + name);
    }
    setOptionText(options, *row, change.substr(equal + 1), name);
  }
  return options;
}

Generator openGenerator(const std::string& path) {
  SilentContext context;
  return loadGenerator(openCheckpoint(path, context).network());
}

FitPhoto photoOf(const test::Person& person, std::uint32_t seed) {
  return {person.photo.picture, person.photo.mask, test::asAligned(person.photo.label, seed)};
}

int people(const Arguments& a) {
  const Generator generator = openGenerator(a.model);
  const std::vector<test::Person> persons = test::heldOutPeople(a.folder, a.count);
  std::map<std::string, std::vector<test::PersonScore>> scores;
  std::vector<Image> cells;
  fmt::print(
      "person preset     s   | camera: yaw pitch roll line -> yaw pitch roll line | fitted psnr whole ssim "
      "iou | "
      "unseen psnr ssim iou\n");
  const auto row = [](const std::string& name, const std::string& variant, const test::PersonScore& s) {
    fmt::print(
        "{:6} {:10} {:5.1f} | {:4.1f} {:4.1f} {:4.1f} {:4.1f} -> {:4.1f} {:4.1f} {:4.1f} {:4.1f} | {:5.2f} "
        "{:5.2f} "
        "{:.3f} {:.3f} | {:5.2f} {:.3f} {:.3f}\n",
        name,
        variant,
        s.seconds,
        s.aligned.yaw,
        s.aligned.pitch,
        s.aligned.roll,
        s.aligned.line,
        s.refined.yaw,
        s.refined.pitch,
        s.refined.roll,
        s.refined.line,
        s.fitted.psnr,
        s.fitted.psnr_whole,
        s.fitted.ssim,
        s.fitted.iou,
        s.unseen.psnr,
        s.unseen.ssim,
        s.unseen.iou);
    std::fflush(stdout);
  };
  for (std::size_t i = static_cast<std::size_t>(a.first);
       i < persons.size() && static_cast<int>(i) < a.first + a.take;
       ++i) {
    test::Person person = persons[i];
    FitPhoto photo = photoOf(person, static_cast<std::uint32_t>(i + 1));
    if (a.align) {
      SilentContext context;
      std::optional<test::AlignedPerson> aligned = test::alignedByVision(person, context);
      if (!aligned) {
        fmt::print("{:6} no head was found\n", person.name);
        continue;
      }
      photo = std::move(aligned->photo);
      person.photo = std::move(aligned->truth);
    }
    for (const std::string& variant : a.presets) {
      SilentContext context;
      const auto start = Clock::now();
      const FitResult result = fitPhotos(generator, nullptr, {photo}, optionsOf(variant, a.changes), context);
      const double seconds = secondsSince(start);
      test::PersonScore score = test::scoreFit(generator, result, person);
      score.seconds = seconds;
      score.aligned = test::cameraError(photo.camera, person.photo.label);
      scores[variant].push_back(score);
      row(person.name, variant, score);
      if (!a.sheet.empty()) {
        const std::vector<Image> views = test::viewsBeside(generator, result, person);
        cells.insert(cells.end(), views.begin(), views.end());
        writePng(a.sheet, tiled(cells, static_cast<int>(views.size())));
      }
    }
  }
  fmt::print(
      "\n| preset | people | s | camera given, median: yaw, pitch, roll, line | refined | fitted dB | whole "
      "dB | SSIM | IoU "
      "| unseen dB | SSIM | IoU |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const std::string& variant : a.presets) {
    const auto of = [&](auto member) {
      std::vector<double> values;
      for (const test::PersonScore& s : scores[variant]) {
        values.push_back(member(s));
      }
      return values;
    };
    using S = const test::PersonScore&;
    fmt::print(
        "| {} | {} | {:.0f} | {:.2f} {:.2f} {:.2f} {:.2f} | {:.2f} {:.2f} {:.2f} {:.2f} | {:.2f} | {:.2f} | "
        "{:.3f} | {:.3f} | {:.2f} | "
        "{:.3f} | {:.3f} |\n",
        variant,
        scores[variant].size(),
        median(of([](S s) { return s.seconds; })),
        median(of([](S s) { return s.aligned.yaw; })),
        median(of([](S s) { return s.aligned.pitch; })),
        median(of([](S s) { return s.aligned.roll; })),
        median(of([](S s) { return s.aligned.line; })),
        median(of([](S s) { return s.refined.yaw; })),
        median(of([](S s) { return s.refined.pitch; })),
        median(of([](S s) { return s.refined.roll; })),
        median(of([](S s) { return s.refined.line; })),
        mean(of([](S s) { return s.fitted.psnr; })),
        mean(of([](S s) { return s.fitted.psnr_whole; })),
        mean(of([](S s) { return s.fitted.ssim; })),
        mean(of([](S s) { return s.fitted.iou; })),
        mean(of([](S s) { return s.unseen.psnr; })),
        mean(of([](S s) { return s.unseen.ssim; })),
        mean(of([](S s) { return s.unseen.iou; })));
  }
  return 0;
}

int curve(const Arguments& a) {
  const Generator generator = openGenerator(a.model);
  const std::vector<test::Person> persons = test::heldOutPeople(a.folder, a.count);
  const test::Person& person = persons[static_cast<std::size_t>(a.first)];
  const FitPhoto photo = photoOf(person, static_cast<std::uint32_t>(a.first + 1));
  fmt::print("person {}: seconds of fitting alone, step, fitted dB, SSIM, unseen dB\n", person.name);
  for (const std::string& variant : a.presets) {
    SilentContext context;
    auto start = Clock::now();
    PhotoFit fit(generator, nullptr, {photo}, optionsOf(variant, a.changes), context);
    double seconds = secondsSince(start);
    fmt::print("{}: start {:.1f} s\n", variant, seconds);
    double next = 0;
    FitStage stage = FitStage::Finished;
    std::map<FitStage, std::vector<double>> steps;
    while (!fit.finished()) {
      start = Clock::now();
      const FitMoment moment = fit.step(context);
      const double taken = secondsSince(start);
      seconds += taken;
      steps[moment.stage].push_back(taken);
      if (a.every == 0) {
        std::string line;
        for (const Metric& metric : moment.losses) {
          line += fmt::format(" {} {:.4f}", metric.name, metric.value);
        }
        fmt::print("{} {}:{}\n", fitStageName(moment.stage), moment.step, line);
        std::fflush(stdout);
        continue;
      }
      if (seconds >= next || fit.finished() || fit.stage() != stage) {
        const test::PersonScore s = test::scoreFit(generator, fit.result(), person);
        fmt::print(
            "{:10} {:6.1f} s {} {:4} loss {:.4f} fitted {:5.2f} dB {:.3f} unseen {:5.2f} dB camera {:.1f} "
            "{:.1f} drift {:.4f}\n",
            variant,
            seconds,
            fitStageName(moment.stage),
            moment.step,
            moment.losses.empty() ? 0.0 : moment.losses.front().value,
            s.fitted.psnr,
            s.fitted.ssim,
            s.unseen.psnr,
            s.refined.yaw,
            s.refined.pitch,
            fit.sideDrift(context));
        std::fflush(stdout);
        next = seconds + a.every;
      }
      stage = fit.stage();
    }
    for (const auto& [which, times] : steps) {
      fmt::print("{}: {} steps of the {} stage, {:.2f} steps a second (median)\n",
                 variant,
                 times.size(),
                 fitStageName(which),
                 1 / median(times));
    }
  }
  return 0;
}

/// The full-size network by rule, whose random camera shift would move the head out of the rays' way.
int speed(const Arguments& a) {
  constexpr double kReferenceLatent = 11.7;  // seconds, torch 2.13 on two threads, without VGG16
  constexpr double kReferenceTuning = 16.2;
  Generator generator = Generator::uninitialised(GeneratorConfig{});
  test::fillByRule(generator.store(), "G", "");
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    if (entry.name.starts_with("t_mapping")) {
      at::Tensor tensor = entry.tensor;
      tensor.zero_();
    }
  }
  FitPhoto photo{Image(512, 512, 3), {}, orbitLabel({.yaw_degrees = 10})};
  for (std::size_t i = 0; i < photo.picture.pixels.size(); ++i) {
    photo.picture.pixels[i] = static_cast<std::uint8_t>(i * 37 / 64);
  }
  fmt::print("{} threads\n", at::get_num_threads());
  const auto timed = [&](const std::string& name,
                         FitOptions options,
                         std::int64_t latent,
                         std::int64_t tuning,
                         double reference) {
    SilentContext context;
    options.latent_steps = latent;
    options.tuning_steps = tuning;
    PhotoFit fit(generator, nullptr, {photo}, options, context);
    std::vector<double> times;
    while (!fit.finished()) {
      const auto start = Clock::now();
      fit.step(context);
      times.push_back(secondsSince(start));
    }
    times.erase(times.begin());  // the first one warms up
    const double seconds = median(times);
    fmt::print(
        "{:58} {:6.2f} s  {:.3f} of the reference's {:.1f}\n", name, seconds, seconds / reference, reference);
    std::fflush(stdout);
    return seconds;
  };
  FitOptions published = fitPreset("published");
  FitOptions best = fitPreset("best");
  FitOptions exact = published;
  exact.exact = true;
  published.precision = "bf16";
  const int n = a.count == 20 ? 4 : a.count;
  timed("latent step, published preset, quick path, bf16", published, n, 0, kReferenceLatent);
  timed(
      "latent step, best preset, whole picture",
      [&] {
        FitOptions o = best;
        o.raw_share = 0;
        return o;
      }(),
      n,
      0,
      kReferenceLatent);
  timed(
      "latent step, best preset, raw picture",
      [&] {
        FitOptions o = best;
        o.raw_share = 1;
        return o;
      }(),
      n,
      0,
      kReferenceLatent);
  timed("latent step, specification path, fp32", exact, 2, 0, kReferenceLatent);
  timed("tuning step, published preset, quick path, bf16", published, 0, n, kReferenceTuning);
  timed("tuning step, best preset with held views", best, 0, n, kReferenceTuning);
  timed("tuning step, specification path, fp32", exact, 0, 2, kReferenceTuning);
  return 0;
}

}  // namespace

}  // namespace panohead

int main(int argc, char** argv) {
  using namespace panohead;
  tuneAllocatorForTraining();  // as the command does
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    const Arguments arguments = parse(argc, argv);
    if (arguments.threads > 0) {
      at::set_num_threads(arguments.threads);
    }
    if (command == "people") {
      return people(arguments);
    }
    if (command == "curve") {
      return curve(arguments);
    }
    if (command == "speed") {
      return speed(arguments);
    }
    fmt::print(stderr, "usage: inversion_bench people|curve DIR [options] | speed\n");
    return 2;
  } catch (const Error& error) {
    fmt::print(stderr, "{} {} {}\n", error.what(), error.hint(), error.detail());
    return 1;
  }
}
