#include "ui/mesh_preview.h"

#include "core/jobs/function_job.h"
#include "ui/bridge/qt_convert.h"
#include "ui/stage_names.h"

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr int kRestMs = 250;       // without another head before a mesh is begun
constexpr std::size_t kKept = 6;   // meshes; 3 MB each, 5 MB with colours
constexpr int kTextureSide = 512;  // pixels
constexpr int kViews = 12;         // that colours are taken from

bool sameHead(const Head& a, const ModelPtr& model, const HeadOptions& options) {
  return headModel(a) == model && sameIdentity(headOptions(a), options);
}

}  // namespace

MeshPreview::MeshPreview(QObject* parent) : QObject(parent) {
  rest_.setSingleShot(true);
  connect(&rest_, &QTimer::timeout, this, &MeshPreview::begin);
}

void MeshPreview::setHead(HeadPtr head) {
  if (head_ && head && headModel(*head_) != headModel(*head)) {
    kept_.clear();  // they hold their model
    mesh_ = nullptr;
    ready_ = false;
  }
  head_ = std::move(head);
  refresh();
}

void MeshPreview::setOptions(const MeshOptions& options) {
  options_ = options;
  refresh();
}

void MeshPreview::setWanted(bool wanted, bool colours) {
  if (wanted != wanted_ || colours != colours_) {
    wanted_ = wanted;
    colours_ = colours;
    refresh();
  }
}

MeshOptions MeshPreview::previewed() const {
  MeshOptions options = options_;
  options.resolution = std::min(options.resolution, kMostResolution);
  options.texture_side = std::min(options.texture_side, kTextureSide);
  options.views = std::min(options.views, kViews);
  options.exact = false;
  if (!colours_) {
    options.colours = MeshColours::None;
  }
  return options;
}

bool MeshPreview::answers(const Kept& kept, const Wish& wish) {
  if (!wish.head || !sameHead(*wish.head, kept.model, kept.head)) {
    return false;
  }
  MeshOptions options = wish.options;
  if (options.colours == MeshColours::None) {
    options.colours = kept.options.colours;  // more than was wished for
    options.texture_side = kept.options.texture_side;
    options.views = kept.options.views;
  }
  return kept.options == options;
}

void MeshPreview::refresh() {
  if (!wanted_ || !head_) {
    rest_.stop();
    drop();
    return;
  }
  const Wish wish{head_, previewed()};
  const auto found = std::ranges::find_if(kept_, [&wish](const Kept& kept) { return answers(kept, wish); });
  if (found != kept_.end()) {
    rest_.stop();
    drop();
    kept_.splice(kept_.begin(), kept_, found);
    mesh_ = kept_.front().mesh;
    failed_ = false;
    say(true, tr("ready"));
    return;
  }
  if (making_.head && sameHead(*making_.head, headModel(*head_), headOptions(*head_)) &&
      making_.options == wish.options) {
    return;
  }
  drop();
  failed_ = false;
  rest_.start(mesh_ ? kRestMs : 0);
  say(false, tr("waiting"));
}

void MeshPreview::drop() {
  bridge_.worker().cancel(std::exchange(job_, 0));
  making_ = {};
  ++jobs_;  // what it still says is not heard
}

void MeshPreview::begin() {
  making_ = {head_, previewed()};
  JobCallbacks callbacks;
  callbacks.progress = [this, job = ++jobs_](const Progress& progress) {
    if (job == jobs_) {
      say(false,
          progress.total > 0 ? tr("%1 %").arg(100 * progress.step / progress.total)
                             : stageName(progress.stage));
    }
  };
  callbacks.failed = [this, job = jobs_](const Error& error) {
    if (job == jobs_) {
      making_ = {};
      job_ = 0;
      failed_ = true;
      say(false, toQString(std::string(error.what())));
    }
  };
  job_ = startFunction(
      bridge_.worker(),
      "Mesh",
      [wish = making_](JobContext& context) {
        return std::make_shared<const render::PackedMesh>(
            render::packMesh(makeMesh(wish.head, wish.options, context)));
      },
      [this, wish = making_](std::shared_ptr<const render::PackedMesh> mesh) {
        finish(wish, std::move(mesh));
      },
      std::move(callbacks));
  say(false, tr("begun"));
}

void MeshPreview::finish(const Wish& wish, std::shared_ptr<const render::PackedMesh> mesh) {
  if (head_ && headModel(*head_) != headModel(*wish.head)) {
    return;  // it was done before it heard of that
  }
  kept_.push_front({headModel(*wish.head), headOptions(*wish.head), wish.options, std::move(mesh)});
  if (kept_.size() > kKept) {
    kept_.pop_back();
  }
  if (making_.head == wish.head && making_.options == wish.options) {
    making_ = {};
    job_ = 0;
  }
  refresh();
}

void MeshPreview::say(bool ready, const QString& state) {
  ready_ = ready;
  state_ = state;
  emit changed();
}

}  // namespace panohead::ui
