#include "core/vision/alignment_accuracy.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "core/dataset/dataset_index.h"
#include "core/dataset/parallel_for.h"
#include "core/vision/face_finder.h"
#include "core/vision/head_pose.h"
#include "core/vision/network_pool.h"
#include "core/vision/photo_alignment.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <optional>
#include <random>

namespace panohead {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

struct Errors {
  double yaw = 0, pitch = 0, roll = 0;  // degrees, absolute
};

/// Everything that is measured on one picture.
struct Sample {
  double yaw = 0;  // of the label
  bool short_range = false, full_range = false, believed = false;
  std::optional<Errors> mesh;
  Errors turn, disturbed, chain;
  bool has_scene = false, scene_found = false;
  double scene_yaw = 0;  // error
  double scene_milliseconds = 0;
};

double turned(double degrees) { return std::abs(std::remainder(degrees, 360)); }

Errors errorsOf(const PoseInRegion& pose, const PoseAngles& label) {
  return {turned(pose.yaw - label.yaw),
          std::abs(pose.pitch - label.pitch),
          turned(pose.region.angle * kDegrees - label.roll)};
}

double uniform(std::mt19937& random, double low, double high) {
  return low + (high - low) * (random() / 4294967296.0);  // the same on every machine
}

/// The head 150 .. 420 pixels large at the lower edge of a picture of 640 x 480 whose rest repeats its edges,
/// with noise.
struct Scene {
  cv::Mat rgb;
  cv::Point2d centre;
  double side = 0;
};

Scene makeScene(const cv::Mat& head, std::mt19937& random) {
  const int side = static_cast<int>(uniform(random, 150, 420));
  const int left = static_cast<int>(uniform(random, 0, 640 - side));
  Scene scene;
  cv::resize(head, scene.rgb, {side, side}, 0, 0, cv::INTER_AREA);
  cv::copyMakeBorder(scene.rgb, scene.rgb, 480 - side, 0, left, 640 - side - left, cv::BORDER_REPLICATE);
  for (int y = 0; y < scene.rgb.rows; ++y) {
    std::uint8_t* row = scene.rgb.ptr(y);
    for (int i = 0; i < 3 * scene.rgb.cols; ++i) {  // Box and Muller, spread 4
      const double u = uniform(random, 1e-9, 1);
      const double noise =
          4 * std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * uniform(random, 0, 1));
      row[i] = cv::saturate_cast<std::uint8_t>(row[i] + noise);
    }
  }
  scene.centre = {left + side / 2.0, 480 - side / 2.0};
  scene.side = side;
  return scene;
}

Sample measure(VisionNetworks& networks,
               const cv::Mat& rgb,
               const PoseAngles& label,
               unsigned index,
               JobContext& context) {
  std::mt19937 random(index);
  Sample sample;
  sample.yaw = label.yaw;
  const Region whole = wholeOf(rgb);
  sample.short_range = !detectFaces(networks, FaceRange::Short, rgb, wholeOf(rgb, 1.5)).empty();
  sample.full_range = !detectFaces(networks, FaceRange::Full, rgb, wholeOf(rgb, 1.5)).empty();
  context.checkpoint();
  const PoseInRegion turn = headTurn(networks, rgb, whole, context);
  sample.turn = errorsOf(turn, label);
  sample.chain = sample.turn;
  if (const auto faces = findFaces(networks, rgb, 1, context); !faces.empty()) {
    sample.believed = true;
    sample.mesh = errorsOf(poseFromMesh(networks, faces.front()), label);
    sample.chain = errorsOf(poseOfFace(networks, rgb, faces.front(), context).pose, label);
  }
  context.checkpoint();
  const double size = whole.size;
  const Region bad{{size * (0.5 + uniform(random, -.15, .15)), size * (0.5 + uniform(random, -.15, .15))},
                   size * std::exp(uniform(random, -.3, .3)),
                   uniform(random, -20, 20) / kDegrees};
  sample.disturbed = errorsOf(headTurn(networks, rgb, bad, context, 3), label);
  if (index % 2 == 1) {
    const Scene scene = makeScene(rgb, random);
    Image photo(scene.rgb.cols, scene.rgb.rows, 3);
    std::copy_n(scene.rgb.ptr(), photo.pixels.size(), photo.pixels.begin());
    const auto start = std::chrono::steady_clock::now();
    const FoundHead head = alignPhoto(networks, photo, {.most_heads = 1}, context).front();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    const AlignedSquare& square = head.pose.square;
    sample.has_scene = true;
    sample.scene_milliseconds = time.count();
    sample.scene_yaw = turned(head.pose.yaw - label.yaw);
    sample.scene_found =
        std::hypot(square.x - scene.centre.x, square.y - scene.centre.y) < 0.1 * scene.side &&
        std::abs(std::log(square.side / scene.side)) < 0.15;
  }
  return sample;
}

/// Linear between the sorted values.
double quantile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  const double place = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

std::string spread(const std::vector<double>& values) {
  return values.empty() ? "-" : fmt::format("{:.1f} / {:.1f}", quantile(values, 0.5), quantile(values, 0.9));
}

using Band = std::vector<const Sample*>;
using Texts = std::array<std::string, kYawBandCount>;

class TableMaker {
 public:
  explicit TableMaker(const std::vector<Sample>& samples) {
    for (const Sample& sample : samples) {
      for (std::size_t band = 0; band < kYawBandCount; ++band) {
        const double yaw = std::abs(sample.yaw);
        if (yaw >= kYawBands[band] && (yaw < kYawBands[band + 1] || band + 1 == kYawBandCount)) {
          bands_[band].push_back(&sample);
          break;
        }
      }
    }
  }

  /// A text of each band from the values that `pick` gives of its pictures (nothing: left out).
  template <typename Pick, typename Tell>
  void add(const std::string& what, const Texts& reference, Pick pick, Tell tell) {
    AccuracyRow row{what, {}, reference};
    for (std::size_t band = 0; band < kYawBandCount; ++band) {
      std::vector<double> values;
      for (const Sample* sample : bands_[band]) {
        if (const std::optional<double> value = pick(*sample)) {
          values.push_back(*value);
        }
      }
      row.measured[band] = tell(values);
    }
    rows_.push_back(std::move(row));
  }

  template <typename Pick>
  void addErrors(const std::string& what, const Texts& reference, Pick pick) {
    add(what, reference, pick, spread);
  }

  template <typename Pick>
  void addRate(const std::string& what, const Texts& reference, Pick pick) {
    add(what, reference, pick, [](const std::vector<double>& values) {
      double sum = 0;
      for (const double value : values) {
        sum += value;
      }
      return values.empty() ? std::string("-")
                            : fmt::format("{:.2f}", sum / static_cast<double>(values.size()));
    });
  }

  AlignmentAccuracy finish() {
    AlignmentAccuracy accuracy;
    for (std::size_t band = 0; band < kYawBandCount; ++band) {
      accuracy.pictures[band] = static_cast<int>(bands_[band].size());
    }
    accuracy.rows = std::move(rows_);
    return accuracy;
  }

 private:
  std::array<Band, kYawBandCount> bands_;
  std::vector<AccuracyRow> rows_;
};

using Value = std::optional<double>;

AlignmentAccuracy tableOf(const std::vector<Sample>& samples) {
  TableMaker table(samples);
  table.addRate("detected, short range",
                {"1.00", "1.00", "1.00", ".62", ".33"},
                [](const Sample& s) -> Value { return s.short_range; });
  table.addRate("detected, full range", {"1.00", "1.00", ".98", ".46", ".04"}, [](const Sample& s) -> Value {
    return s.full_range;
  });
  table.addRate("detected, and the mesh believes it",
                {"1.00", ".99", ".65", ".03", "0"},
                [](const Sample& s) -> Value { return s.believed; });
  const auto mesh = [](double Errors::* part) {
    return [part](const Sample& s) -> Value { return s.mesh ? Value((*s.mesh).*part) : std::nullopt; };
  };
  table.addErrors(
      "mesh and PnP: yaw", {"1.4 / 3.4", "2.2 / 5.6", "13.0 / 23.0", "36 / 48", "-"}, mesh(&Errors::yaw));
  table.addErrors("  pitch", {"2.4 / 6.2", "2.7 / 10.5", "7.1 / 14.3", "-", "-"}, mesh(&Errors::pitch));
  table.addErrors("  roll", {"0.6 / 2.3", "1.6 / 3.6", "3.1 / 8.7", "-", "-"}, mesh(&Errors::roll));
  const auto part = [](Errors Sample::* row, double Errors::* angle) {
    return [row, angle](const Sample& s) -> Value { return (s.*row).*angle; };
  };
  table.addErrors("head_turn, aligned square: yaw",
                  {"1.9 / 4.8", "2.1 / 5.6", "2.5 / 5.2", "3.1 / 8.0", "2.3 / 7.6"},
                  part(&Sample::turn, &Errors::yaw));
  table.addErrors("  pitch",
                  {"1.2 / 4.1", "1.4 / 3.3", "1.8 / 4.2", "1.9 / 4.6", "2.1 / 5.2"},
                  part(&Sample::turn, &Errors::pitch));
  table.addErrors("  roll",
                  {"1.1 / 2.7", "1.1 / 2.7", "1.2 / 2.7", "1.2 / 3.0", "1.2 / 3.8"},
                  part(&Sample::turn, &Errors::roll));
  table.addErrors("head_turn, bad square: yaw",
                  {"2.0 / 4.9", "2.0 / 5.5", "2.4 / 5.4", "3.1 / 8.2", "2.9 / 7.1"},
                  part(&Sample::disturbed, &Errors::yaw));
  table.addErrors("chain, square known: yaw",
                  {"1.4 / 3.4", "1.9 / 4.9", "2.5 / 5.7", "3.1 / 8.4", "2.3 / 7.6"},
                  part(&Sample::chain, &Errors::yaw));
  table.addRate("scenes: square found", {"1.00", "1.00", ".97", ".94", ".86"}, [](const Sample& s) -> Value {
    return s.has_scene ? Value(s.scene_found) : std::nullopt;
  });
  table.addErrors("  yaw, all of them",
                  {"0.8 / 2.7", "2.5 / 5.2", "2.6 / 5.5", "2.9 / 9.5", "2.7 / 7.8"},
                  [](const Sample& s) -> Value { return s.has_scene ? Value(s.scene_yaw) : std::nullopt; });
  AlignmentAccuracy accuracy = table.finish();
  std::vector<double> times;
  for (const Sample& sample : samples) {
    if (sample.has_scene) {
      times.push_back(sample.scene_milliseconds);
    }
  }
  accuracy.milliseconds = times.empty() ? 0 : quantile(times, 0.5);
  return accuracy;
}

std::vector<std::string> testPictures() {
  std::ifstream stream(findResource("models/vision/test_heads.txt"));
  std::vector<std::string> names;
  for (std::string line; std::getline(stream, line);) {
    names.push_back(line);
  }
  return names;
}

}  // namespace

AlignmentAccuracy measureAlignment(const std::filesystem::path& heads, int threads, JobContext& context) {
  const DatasetIndex index = openDatasetIndex(heads, {}, context);
  std::map<std::string, const IndexedPicture*> known;
  for (const IndexedPicture& picture : index.pictures) {
    known[picture.name] = &picture;
  }
  std::vector<const IndexedPicture*> pictures;
  for (const std::string& name : testPictures()) {
    const auto found = known.find(name);
    if (found == known.end() || !found->second->label) {
      throw OptionError(
          fmt::format("'{}' lacks the test picture {} or its label", heads.string(), name),
          "name heads256_img.zip or its folder: the accuracy is measured on 400 of its pictures");
    }
    pictures.push_back(found->second);
  }
  std::vector<Sample> samples(pictures.size());
  NetworkPool pool;
  parallelFor(pictures.size(), threads, "measuring", context, [&](std::size_t i) {
    StopContext stops(context.stopToken());
    const PooledNetworks networks(pool);
    const IndexedPicture& picture = *pictures[i];
    const Image image =
        withChannels(decodeImage(index.picture_source->readPicture(picture.picture), picture.name), 3);
    samples[i] =
        measure(*networks, rgbOf(image), anglesOfLabel(*picture.label), static_cast<unsigned>(i), stops);
  });
  return tableOf(samples);
}

std::string AlignmentAccuracy::toText() const {
  std::string text = fmt::format("{:<38}", "abs. yaw (pictures)");
  for (std::size_t band = 0; band < kYawBandCount; ++band) {
    text += fmt::format("{:>14}",
                        fmt::format("{}-{} ({})", kYawBands[band], kYawBands[band + 1], pictures[band]));
  }
  text += "\n";
  for (const AccuracyRow& row : rows) {
    text += fmt::format("{:<38}", row.what);
    for (const std::string& value : row.measured) {
      text += fmt::format("{:>14}", value);
    }
    text += fmt::format("\n{:<38}", "    reference");
    for (const std::string& value : row.reference) {
      text += fmt::format("{:>14}", value);
    }
    text += "\n";
  }
  return text +
         fmt::format("errors: median / 90 % in degrees; a scene takes {:.0f} ms (median)\n", milliseconds);
}

std::string AlignmentAccuracy::toJson() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const AccuracyRow& row : rows) {
    list.push_back({{"what", row.what}, {"measured", row.measured}, {"reference", row.reference}});
  }
  return nlohmann::ordered_json{{"yaw_bands", kYawBands},
                                {"pictures", pictures},
                                {"rows", std::move(list)},
                                {"scene_milliseconds", milliseconds}}
      .dump(2);
}

}  // namespace panohead
