#include "app/aligned_photos.h"
#include "app/commands/commands.h"
#include "core/avatar/avatar_file.h"
#include "core/base/allocator_tuning.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/json_text.h"
#include "core/base/paths.h"
#include "core/base/text_values.h"
#include "core/session/fit_files.h"
#include "core/session/fit_session.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace panohead::app {
namespace {

constexpr const char* kBeforePicture = "before.png";  // in the folder of --views
constexpr const char* kAfterPicture = "after.png";

struct InvertOptions {
  PhotoOptions photos;
  std::filesystem::path model;  // empty: the one that ships with the program
  std::filesystem::path out;
  std::filesystem::path views;  // folder; empty: none
  std::filesystem::path work;   // folder; empty: beside the result
  std::string preset = "best";
  std::string background = "fit";
  std::vector<std::string> settings;  // "name=value" of FitOptions
  std::vector<double> curve;          // MB
  double delta_megabytes = 5;
  bool json = false;
  bool resume = false;
};

/// What happens, as JSON lines on standard output or for people.
class News final : public FitListener, public JobContext {
 public:
  News(Terminal& terminal, bool json) : terminal_(terminal), json_(json) {}

  void line(const nlohmann::ordered_json& json) const {
    if (json_) {
      printOut(jsonText(json) + "\n");
    }
  }

  void stepped(const FitPoint& point) override {
    nlohmann::ordered_json losses = nlohmann::ordered_json::object();
    for (const Metric& loss : point.losses) {
      losses[loss.name] = loss.value;
    }
    nlohmann::ordered_json json{{"event", "step"},
                                {"stage", point.stage},
                                {"step", point.step},
                                {"seconds", point.seconds},
                                {"losses", std::move(losses)}};
    if (point.side_drift >= 0) {
      json["side_drift"] = point.side_drift;
    }
    line(json);
  }
  void kept(const FitKept& step) override {
    line({{"event", "kept"}, {"stage", step.stage}, {"step", step.step}, {"path", step.file.string()}});
  }
  void notice(const std::string& text) override {
    line({{"event", "notice"}, {"message", text}});
    if (!json_) {
      terminal_.notice(text);
    }
  }

  void report(const Progress& progress) override {
    if (!json_) {
      terminal_.report(progress);
    } else if (progress.stage != stage_) {
      stage_ = progress.stage;
      line({{"event", "stage"}, {"stage", stage_}});
    }
  }
  void preview(Frame) override {}
  void checkpoint() override { terminal_.checkpoint(); }
  std::stop_token stopToken() const override { return terminal_.stopToken(); }

 private:
  Terminal& terminal_;
  bool json_;
  std::string stage_;
};

AvatarBackground parseFitBackground(const std::string& text) {
  if (text == "fit") {
    return {};
  }
  if (text == "photo" || text == "none") {
    return {text == "photo" ? AvatarBackground::Kind::Photo : AvatarBackground::Kind::None, nullptr, {}};
  }
  if (const auto colour = parseColour(text)) {
    return {AvatarBackground::Kind::Colour, nullptr, *colour};
  }
  throw OptionError(fmt::format("--background: '{}' is no background of a fit", text),
                    fmt::format("give fit, photo, none, #rrggbb, or one of: {}", colourNames()));
}

FitOptions fitOptions(const InvertOptions& options) {
  FitOptions fit = fitPreset(options.preset);
  for (const std::string& setting : options.settings) {
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    const auto* row = findOption(fitOptionTable(), name);
    if (equals == std::string::npos || row == nullptr) {
      std::string known;
      for (const OptionRow<FitOptions>& one : fitOptionTable()) {
        known += (known.empty() ? "" : ", ") + std::string(one.name);
      }
      throw OptionError(fmt::format("--set: '{}' is no setting of a fit", setting),
                        fmt::format("give NAME=VALUE, where NAME is one of: {}", known));
    }
    setOptionText(fit, *row, setting.substr(equals + 1), "--set " + name);
  }
  fit.check();
  return fit;
}

/// Front, 45 degrees, 90 degrees and back, and the photo's own view before them.
Image viewsOf(const ModelPtr& model, const AvatarPtr& avatar, JobContext& context) {
  const HeadPtr head = makeHead(model, avatarHead(avatar), context);
  std::vector<Image> pictures;
  ViewOptions view;
  view.camera = avatar->photos.front().camera;
  pictures.push_back(withChannels(renderFrame(*head, view, context).picture, 4));
  for (const double yaw : {0.0, 45.0, 90.0, 180.0}) {
    view.camera = orbitLabel({.yaw_degrees = yaw});
    pictures.push_back(withChannels(renderFrame(*head, view, context).picture, 4));
  }
  const int side = pictures.front().width;
  pictures.insert(pictures.begin(), withChannels(resized(avatar->photos.front().aligned, side, side), 4));
  return tiled(pictures, static_cast<int>(pictures.size()));
}

void showCurve(FitSession& session, const InvertOptions& options, News& news) {
  std::vector<std::size_t> sizes;
  for (const double megabytes : options.curve) {
    sizes.push_back(static_cast<std::size_t>(megabytes * 1e6));
  }
  const DeltaCurve curve = session.sizeCurve(sizes, news);
  if (!options.json) {
    printOut(fmt::format(
        "{:>10}  {:>14}  {:>20}  {:>12}\n", "size MB", "to the photo", "to all weights", "around"));
    printOut(fmt::format("{:>10.2f}  {:>11.2f} dB  {:>20}\n",
                         static_cast<double>(curve.whole_bytes) / 1e6,
                         curve.whole_psnr,
                         "all, float32"));
    printOut(fmt::format("{:>10}  {:>11.2f} dB  {:>20}\n", 0, curve.untuned_psnr, "not tuned"));
  } else {
    news.line({{"event", "curve"},
               {"whole_bytes", curve.whole_bytes},
               {"whole_psnr", curve.whole_psnr},
               {"untuned_psnr", curve.untuned_psnr}});
  }
  for (const DeltaCurvePoint& point : curve.points) {
    news.line({{"event", "curve_point"},
               {"bytes", point.bytes},
               {"photo_psnr", point.photo_psnr},
               {"picture_psnr", point.picture_psnr},
               {"around_psnr", point.around_psnr}});
    if (!options.json) {
      printOut(fmt::format("{:>10.2f}  {:>11.2f} dB  {:>17.2f} dB  {:>9.2f} dB\n",
                           static_cast<double>(point.bytes) / 1e6,
                           point.photo_psnr,
                           point.picture_psnr,
                           point.around_psnr));
    }
  }
}

/// Throws OptionError where a file to be written is one that is read, or not named as an avatar.
void checkNames(const InvertOptions& options, const FitOptions& fit) {
  const PhotoOptions& photos = options.photos;
  std::vector<std::filesystem::path> read = photos.photos;
  read.insert(read.end(), photos.masks.begin(), photos.masks.end());
  read.insert(read.end(), {photos.labels, photos.mask_network, options.model, fit.vgg_file});
  requireOtherFile(options.out, read);
  requireSuffix(options.out, ".avatar");
  if (!options.views.empty()) {
    requireOtherFile(options.views / kAfterPicture, read);
    requireOtherFile(options.views / kBeforePicture, read);
  }
}

void invert(const InvertOptions& options, News& news) {
  const FitOptions fit = fitOptions(options);
  const AvatarBackground background = parseFitBackground(options.background);
  options.photos.check();
  checkNames(options, fit);
  const std::filesystem::path work =
      options.work.empty() ? std::filesystem::path(options.out.string() + ".fit") : options.work;
  std::error_code ignored;
  const bool begun = std::filesystem::exists(work / kFitIndexFile, ignored);
  if (begun && !options.resume) {
    throw OptionError(fmt::format("'{}' holds a fit that was begun and not finished", work.string()),
                      "go on with it by --resume, or remove that folder");
  }
  if (options.resume && !begun) {
    throw OptionError(fmt::format("there is no begun fit in '{}'", work.string()),
                      "leave --resume out to begin one, or name its folder with --work");
  }
  if (!options.views.empty()) {
    makeFolder(options.views);
  }
  if (!options.work.empty() || std::filesystem::exists(work, ignored)) {  // else the first kept step makes it
    makeFolder(work);
  }
  {
    const AtomicFile writable(options.out);
  }  // before minutes of fitting, not after them
  const ModelPtr model = openModel(options.model.empty() ? defaultModelPath() : options.model, news);
  FitRequest request;
  request.name = options.out.stem().string();
  request.photos = alignedPhotos(
      options.photos, modelInfo(*model), news, [&news](const std::string& text) { news.notice(text); });
  request.options = fit;
  request.background = background;
  request.delta_bytes = static_cast<std::size_t>(options.delta_megabytes * 1e6);
  request.preview_every = 0;
  request.work_folder = work;
  FitSession session(model, request);
  try {
    session.run(news, &news);
    const AvatarPtr avatar = writeAvatar(options.out, *session.avatar(news), news);
    if (!options.views.empty()) {
      writePng(options.views / kAfterPicture, viewsOf(model, avatar, news));
      writePng(options.views / kBeforePicture, viewsOf(model, withoutTuning(*avatar), news));
    }
    if (!options.curve.empty()) {
      showCurve(session, options, news);
    }
    news.line({{"event", "avatar"},
               {"path", options.out.string()},
               {"sha256", avatar->sha256},
               {"delta_bytes", avatar->delta.size()},
               {"measures", avatar->measures}});
    const auto measure = [&](const char* name) {
      const auto found = avatar->measures.find(name);
      return found == avatar->measures.end() ? 0 : found->second;
    };
    if (!options.json) {
      news.notice(
          fmt::format("{}: {:.2f} dB ({:.2f} before tuning), {:.0f} s of fitting, tuned weights in {:.2f} MB",
                      options.out.string(),
                      measure("psnr"),
                      measure("untuned_psnr"),
                      measure("seconds"),
                      static_cast<double>(avatar->delta.size()) / 1e6));
    }
  } catch (const Error&) {  // stopped, or the disk is full: minutes of fitting are not lost by that
    if (!session.kept().empty() && std::filesystem::exists(work / kFitIndexFile, ignored)) {
      news.notice(fmt::format("step {} is kept: the same command with --resume goes on from there",
                              session.kept().back().step));
    }
    throw;
  }
  for (const FitKept& kept : session.kept()) {
    std::filesystem::remove(kept.file, ignored);
    std::filesystem::remove(pictureFile(kept), ignored);
  }
  std::filesystem::remove(work / kFitIndexFile, ignored);
  if (options.work.empty()) {
    std::filesystem::remove(work, ignored);  // stays where somebody put something into it
  }
}

void runInvert(const InvertOptions& options, Terminal& terminal) {
  tuneAllocatorForTraining();
  News news(terminal, options.json);
  try {
    invert(options, news);
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    news.line(
        {{"event", "error"}, {"message", error.what()}, {"hint", error.hint()}, {"detail", error.detail()}});
    throw;
  }
}

PhotoSquare parseSquare(const std::string& text) {
  const std::vector<double> numbers = parseNumbers(text, -1e6, 1e6, "--square");
  if (numbers.size() < 3 || numbers.size() > 4 || numbers[2] < 16) {
    throw OptionError(
        fmt::format("--square: '{}' is no square", text),
        "give centre x, centre y and side in pixels of the photo (16 at least), and if it is turned "
        "the degrees clockwise");
  }
  return {numbers[0], numbers[1], numbers[2], numbers.size() > 3 ? numbers[3] : 0};
}

CLI::Option* addAngle(CLI::App& command,
                      const std::string& name,
                      std::optional<double>& angle,
                      double limit,
                      const std::string& help) {
  return command
      .add_option_function<std::string>(
          name,
          [&angle, name, limit](const std::string& text) { angle = parseNumber(text, -limit, limit, name); },
          help)
      ->type_name("DEGREES");
}

void addFiles(CLI::App& command,
              const std::string& name,
              std::vector<std::filesystem::path>& files,
              const std::string& help) {
  command
      .add_option_function<std::vector<std::string>>(
          name,
          [&files](const std::vector<std::string>& names) { files.assign(names.begin(), names.end()); },
          help)
      ->type_name("FILE");
}

}  // namespace

void addInvertCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "invert",
                 "Makes a head of photos of one person: an .avatar file for render, video and the "
                 "window. Ctrl-C keeps the step; --resume goes on.",
                 {"me.jpg --out me.avatar",
                  "me.jpg --preset quick --out me.avatar --views pictures",
                  "front.jpg left.jpg --out anna.avatar --background photo",
                  "back.jpg --square 812,640,700 --yaw 180 --pitch 0 --out back.avatar",
                  "crop.png --aligned --yaw 30 --mask crop_mask.png --out crop.avatar"});
  const auto options = std::make_shared<InvertOptions>();
  PhotoOptions& photos = options->photos;
  addFiles(command, "PHOTO", photos.photos, "Photos of one person");
  command.get_option("PHOTO")->required();
  addPath(command, "--model", options->model, "Model file; without it the one that ships with the program")
      ->type_name("FILE");
  addPath(command, "--out", options->out, "The .avatar file")->type_name("FILE")->required();
  command
      .add_option(
          "--preset", options->preset, "quick: a minute or so; best; published: as the public scripts")
      ->check(CLI::IsMember({"quick", "best", "published"}))
      ->capture_default_str();
  command
      .add_option("--set", options->settings, "A setting of the fit, several times: --set tuning_steps=300")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--background",
                  options->background,
                  "fit (by the model's background network), photo (kept behind the head), none or a colour")
      ->type_name("fit|photo|none|COLOUR")
      ->capture_default_str();
  command
      .add_option_function<std::string>(
          "--square",
          [&photos](const std::string& text) { photos.square = parseSquare(text); },
          "Where the head is, by hand: centre x, centre y, side in pixels of the photo, and how it is turned")
      ->type_name("X,Y,SIDE[,ROLL]");
  addAngle(command, "--yaw", photos.yaw, 360, "The camera by hand: 0 = front, 90 = the head's left side");
  addAngle(command, "--pitch", photos.pitch, 89, "The camera by hand: elevation, positive from above");
  command.add_flag(
      "--aligned", photos.aligned, "The photo is an aligned square already: only --yaw and --pitch");
  addPath(command, "--labels", photos.labels, "dataset.json with the cameras of aligned pictures")
      ->type_name("FILE");
  addFiles(command,
           "--mask",
           photos.masks,
           "Mask of the aligned picture, white is the person; one for each photo");
  command.get_option("--mask")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  addPath(command,
          "--mask-network",
          photos.mask_network,
          "ONNX matting network of your own for the masks: a square RGB input in 0..1, one channel out")
      ->type_name("FILE");
  addInteger(
      command, "--person", photos.person, {1, 64}, "Which head where there are several; 1 = the largest");
  command.add_flag("--force", photos.force, "Take photos that are too small, blurred or cut off, too");
  addNumber(command,
            "--delta",
            options->delta_megabytes,
            {0, 1000},
            "Megabytes at most for the tuned weights; 0 = without them");
  command
      .add_option_function<std::string>(
          "--curve",
          [options](const std::string& text) {
            options->curve = parseNumbers(text, 0.001, 10000, "--curve");
          },
          "Show how good the picture is with tuned weights in so many megabytes: 0.5,1,2,5")
      ->type_name("LIST");
  addPath(command, "--views", options->views, "Folder for pictures before and after tuning")
      ->type_name("DIR");
  addPath(
      command, "--work", options->work, "Folder of kept steps; without it OUT.fit, which leaves at the end")
      ->type_name("DIR");
  command.add_flag("--resume", options->resume, "Go on with a fit that was stopped");
  command.add_flag("--json", options->json, "JSON lines on standard output");
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) { runInvert(*options, terminal); };
  });
}

}  // namespace panohead::app
