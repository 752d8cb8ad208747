#include "ui/viewport_widget.h"

#include "core/session/key_frames.h"
#include "ui/hud_text.h"
#include "ui/stage_names.h"

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr int kRestMs = 150;    // without motion before the frame is refined
constexpr int kReleaseMs = 60;  // longer than a repeated key is up
constexpr qint64 kRateWindowMs = 1000;
constexpr int kTurnMs = 15;        // between steps of turning
constexpr double kTurnSpeed = 36;  // degrees a second

}  // namespace

ViewportWidget::ViewportWidget(QWidget* parent)
    : QWidget(parent),
      surface_(makeViewportSurface(this,
                                   {.scene = [this] { return scene(); },
                                    .presenting = [this] { emit presenting(); },
                                    .presented = [this] { emit presented(); },
                                    .failed = [this](const Error& error) { emit failed(error); }})),
      loop_(bridge_.worker(),
            {[this](Frame frame) {
               if (std::exchange(drawn_by_, frame.device) != frame.device) {
                 pacer_ = render::FramePacer(pacer_.full());  // its times say nothing of another's
               }
               if (std::exchange(warm_, true)) {
                 pacer_.measured(frame);
               }
               showFrame(std::move(frame), false);
             },
             [this](const Error& error) { emit failed(error); }}),
      preview_(MovingPreview::make({.frame = [this](Frame frame) { showFrame(std::move(frame), true); },
                                    .failed =
                                        [this](const Error& error) {
                                          if (rest_.isActive()) {
                                            requestFrame(false);  // of the processor, now
                                          }
                                          emit previewFailed(error);
                                        }})) {
  setObjectName("viewport");
  setAccessibleName(tr("Head viewport"));
  setAccessibleDescription(tr("Drag to turn the head, wheel to come nearer, Home to reset"));
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(160, 160);
  setMouseTracking(true);  // the cursor tells where the line between picture and mesh can be taken
  surface_->widget().setAttribute(Qt::WA_TransparentForMouseEvents);  // the hands are here
  connect(&mesh_preview_, &MeshPreview::changed, this, &ViewportWidget::showMesh);
  released_.setSingleShot(true);
  released_.setInterval(kReleaseMs);
  connect(&released_, &QTimer::timeout, this, [this] { showPrevious(false); });
  rest_.setSingleShot(true);
  rest_.setInterval(kRestMs);
  connect(&rest_, &QTimer::timeout, this, [this] { requestFrame(true); });
  turn_.setInterval(kTurnMs);
  connect(&turn_, &QTimer::timeout, this, &ViewportWidget::turn);
  clock_.start();
  since_head_.start();
}

ViewportWidget::~ViewportWidget() { delete &surface_->widget(); }  // it asks for scenes

void ViewportWidget::setHead(HeadPtr head) {
  const bool other_model = !head_ || headModel(*head_) != headModel(*head);
  if (other_model) {
    previous_ = nullptr;
    shows_previous_ = false;
  } else if (!sameIdentity(headOptions(*head_), headOptions(*head))) {
    if (!previous_ || since_head_.elapsed() >= drag_rest_ms_) {  // the drag of a slider is one change
      previous_ = head_;
    }
    since_head_.start();
  }
  head_ = std::move(head);
  mesh_preview_.setHead(head_);
  if (other_model) {
    loop_.clear();
    warm_ = false;
    const ModelInfo& info = modelInfo(*headModel(*head_));
    pacer_ = render::FramePacer({info.neural_resolution, info.coarse_samples, info.fine_samples});
    if (preview_) {
      preview_->restart();
      preview_->setKind(info, mode_);
    }
  }
  moved();
}

void ViewportWidget::setRenderMode(RenderMode mode) {
  if (mode == mode_) {
    return;
  }
  mode_ = mode;
  pacer_ = render::FramePacer(pacer_.full());  // other modes have other stages
  if (preview_ && head_) {
    preview_->setKind(modelInfo(*headModel(*head_)), mode_);
  }
  moved();
}

void ViewportWidget::setCamera(const OrbitView& view) {
  if (view != camera_.view()) {
    camera_.set(view);
    moved();
  }
}

void ViewportWidget::setTurning(bool turning) {
  if (turning == isTurning()) {
    return;
  }
  if (turning) {
    turned_.start();
    turn_.start();
  } else {
    turn_.stop();
    edited({});
  }
  emit turningChanged(turning);
}

void ViewportWidget::turn() {
  OrbitView view = camera_.view();
  view.yaw_degrees =
      std::remainder(view.yaw_degrees + kTurnSpeed * static_cast<double>(turned_.restart()) / 1000, 360.0);
  camera_.set(view);
  moved();
}

void ViewportWidget::showPrevious(bool on) {
  if (on == shows_previous_ || (on && !previous_)) {
    return;
  }
  shows_previous_ = on;
  mesh_preview_.setHead(on ? previous_ : head_);
  moved();
}

void ViewportWidget::setActualSize(bool actual) {
  actual_size_ = actual;
  surface_->refresh();
}

void ViewportWidget::setHudVisible(bool visible) {
  hud_visible_ = visible;
  surface_->refresh();
}

void ViewportWidget::setMeshLook(const render::MeshLook& look) {
  if (look == look_) {
    return;
  }
  const bool was_only_mesh = onlyMesh();
  look_ = look;
  mesh_preview_.setWanted(look_.shown, look_.shading == render::MeshShading::Colours);
  if (was_only_mesh && !onlyMesh()) {
    moved();
  }
  surface_->refresh();
  emit meshLookChanged();
}

bool ViewportWidget::onlyMesh() const { return look_.shown && !look_.split && mesh_preview_.mesh(); }

void ViewportWidget::showMesh() {
  mesh_state_ = mesh_preview_.state();
  surface_->refresh();
}

void ViewportWidget::snap(render::Snap direction) {
  camera_.snap(direction);
  edited({});
}

void ViewportWidget::resetCamera() {
  camera_.reset();
  edited({});
}

ViewOptions ViewportWidget::refinedView() const {
  ViewOptions view;
  view.camera = orbitLabel(camera_.view());
  view.mode = mode_;
  return view;
}

void ViewportWidget::edited(const QString& merge) {
  moved();
  emit cameraEdited(camera_.view(), merge);
}

void ViewportWidget::moved() {
  rest_.start();
  requestFrame(false);
  if (onlyMesh() || frame_->picture.empty()) {
    surface_->refresh();  // else the next frame does it, once for both
  }
}

void ViewportWidget::requestFrame(bool refined) {
  if (!head_ || (!refined && onlyMesh())) {
    return;
  }
  ViewOptions view = refinedView();
  view.request = ++requests_;
  view.refined = refined;
  view.on_device = true;
  if (!refined) {
    const render::FrameQuality& quality = pacer_.moving();
    view.neural_resolution = quality.neural_resolution;
    view.coarse_samples = quality.coarse_samples;
    view.fine_samples = quality.fine_samples;
    view.super_resolution = quality.super_resolution;
  }
  asked_.emplace_back(view.request, view.camera);
  const HeadPtr& head = shows_previous_ ? previous_ : head_;
  if (!refined && preview_ && !drawnBy(*headModel(*head)).gpu && preview_->draws(head, view, pacer_)) {
    loop_.clear();  // the processor's are older
    return;
  }
  loop_.submit({refined, [head, view](JobContext& context) { return renderFrame(*head, view, context); }});
}

void ViewportWidget::showFrame(Frame frame, bool preview) {
  if (frame.request < frame_->request) {
    return;  // of the other one who draws, and late
  }
  frame_ = std::make_shared<const Frame>(std::move(frame));
  frame_is_preview_ = preview;
  while (!asked_.empty() && asked_.front().first <= frame_->request) {
    frame_camera_ = asked_.front().second;
    asked_.pop_front();
  }
  if (frame_->refined) {
    shown_at_.clear();
  } else {
    shown_at_.push_back(clock_.elapsed());
  }
  surface_->refresh();
  emit frameShown();
}

double ViewportWidget::framesPerSecond() const {
  const auto first = std::ranges::lower_bound(shown_at_, clock_.elapsed() - kRateWindowMs);
  const auto count = std::distance(first, shown_at_.end());
  const qint64 span = count > 1 ? shown_at_.back() - *first : 0;
  return span > 0 ? 1000.0 * static_cast<double>(count - 1) / static_cast<double>(span) : 0;
}

render::ViewportState ViewportWidget::viewportState() const {
  const double ratio = devicePixelRatio();
  return {{std::lround(width() * ratio), std::lround(height() * ratio)},
          static_cast<float>(ratio),
          actual_size_,
          hud_visible_,
          look_,
          // Both halves show one moment, although the neural one takes longer.
          onlyMesh() || frame_->picture.empty() ? orbitLabel(camera_.view()) : frame_camera_,
          !mesh_preview_.ready(),
          restSide()};
}

int ViewportWidget::restSide() const {
  if (frame_->refined || !head_) {
    return 0;
  }
  const ModelInfo& info = modelInfo(*headModel(*head_));
  return mode_ == RenderMode::Picture ? info.image_resolution : info.neural_resolution;
}

QString ViewportWidget::device() const {
  return frame_is_preview_        ? preview_->device()
         : frame_->device.empty() ? deviceName(computeDevice())
                                  : deviceName(frame_->device);
}

ViewportScene ViewportWidget::scene() const {
  HudFacts facts{frame_.get(), framesPerSecond(), -1, {}, false, device()};
  if (look_.shown) {
    facts.frame = onlyMesh() ? nullptr : frame_.get();
    facts.triangles = mesh_preview_.mesh() ? mesh_preview_.mesh()->triangles() : -1;
    facts.mesh = mesh_state_;
    facts.mesh_ready = mesh_preview_.ready();
  }
  return {frame_, mesh_preview_.mesh(), viewportState(), hudText(facts, camera_.view())};
}

QRect ViewportWidget::pictureRect() const {
  const render::ViewportState state = viewportState();
  const render::PictureArea area =
      render::pictureArea({frame_->picture.width, frame_->picture.height}, state);
  return {area.corner.x, state.size.y - area.corner.y - area.size.y, area.size.x, area.size.y};
}

void ViewportWidget::resizeEvent(QResizeEvent*) { surface_->widget().setGeometry(rect()); }

}  // namespace panohead::ui
