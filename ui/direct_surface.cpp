#include "ui/scene_painter.h"
#include "ui/viewport_surface.h"

#include <QOpenGLContext>
#include <QOpenGLWidget>

#include <memory>
#include <utility>

namespace panohead::ui {
namespace {

constexpr std::size_t kUploadBytes = 2U << 20;  // of a mesh with each picture: some ms of copying

/// Draws in the window's thread.
class DirectSurface final : public QOpenGLWidget, public ViewportSurface {
 public:
  DirectSurface(QWidget* parent, Callbacks callbacks)
      : QOpenGLWidget(parent), callbacks_(std::move(callbacks)) {
    connect(this, &QOpenGLWidget::aboutToCompose, this, [this] { callbacks_.presenting(); });
    connect(this, &QOpenGLWidget::frameSwapped, this, [this] { callbacks_.presented(); });
  }
  ~DirectSurface() override { release(); }

  QWidget& widget() override { return *this; }
  void refresh() override { update(); }
  QImage grab() override { return grabFramebuffer(); }

 protected:
  void initializeGL() override {
    connect(
        context(), &QOpenGLContext::aboutToBeDestroyed, this, [this] { release(); }, Qt::UniqueConnection);
    guarded([this] {
      const render::ViewportState state = callbacks_.scene().state;
      painter_ = std::make_unique<ScenePainter>(state.size, state.pixel_ratio);
    });
  }
  void paintGL() override {
    if (painter_) {
      guarded([this] {
        if (painter_->draw(callbacks_.scene(), kUploadBytes)) {
          update();
        }
      });
    }
  }

 private:
  /// Qt calls us, and no exception may pass through Qt.
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      callbacks_.failed(error);
    }
  }
  void release() {
    if (painter_) {
      makeCurrent();
      painter_.reset();
      doneCurrent();
    }
  }

  Callbacks callbacks_;
  std::unique_ptr<ScenePainter> painter_;
};

}  // namespace

ViewportSurface* makeDirectSurface(QWidget* parent, ViewportSurface::Callbacks callbacks) {
  return new DirectSurface(parent, std::move(callbacks));
}

}  // namespace panohead::ui
