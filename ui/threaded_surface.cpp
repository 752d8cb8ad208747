#include "ui/scene_painter.h"
#include "ui/viewport_surface.h"

#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFramebufferObject>
#include <QPaintEvent>
#include <QPainter>
#include <QThread>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace panohead::ui {
namespace {

constexpr QColor kBackdrop(19, 20, 23);  // as the renderer clears
constexpr auto kPatience = std::chrono::seconds(5);

/// Draws on a thread of its own, into memory; the window only copies the newest picture.
class ThreadedSurface final : public QWidget, public ViewportSurface {
 public:
  ThreadedSurface(QWidget* parent, Callbacks callbacks) : QWidget(parent), callbacks_(std::move(callbacks)) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    offscreen_.setFormat(QSurfaceFormat::defaultFormat());
    offscreen_.create();  // only the window's thread may
    thread_.reset(QThread::create([this] { run(); }));
    thread_->start();
  }
  ~ThreadedSurface() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_->wait();
  }

  QWidget& widget() override { return *this; }

  void refresh() override {
    // Once for all changes of this turn of the event loop.
    if (!std::exchange(asked_, true)) {
      QMetaObject::invokeMethod(
          this,
          [this] {
            asked_ = false;
            submit();
          },
          Qt::QueuedConnection);
    }
  }

  QImage grab() override {
    const std::uint64_t ticket = submit();
    std::unique_lock lock(mutex_);
    drawn_.wait_for(lock, kPatience, [&] { return picture_ticket_ >= ticket || broken_; });
    return picture_;
  }

 protected:
  void resizeEvent(QResizeEvent*) override { refresh(); }
  void paintEvent(QPaintEvent*) override {
    const auto [picture, ticket] = [this] {
      const std::lock_guard lock(mutex_);
      return std::pair(picture_, picture_ticket_);
    }();
    QPainter painter(this);
    painter.fillRect(rect(), kBackdrop);
    if (!picture.isNull()) {
      // While the window grows the last picture stays in the middle.
      const QSizeF size = QSizeF(picture.size()) / devicePixelRatio();
      painter.drawImage(QRectF({(width() - size.width()) / 2, (height() - size.height()) / 2}, size),
                        picture,
                        picture.rect());
    }
    if (std::exchange(presented_ticket_, ticket) != ticket) {
      callbacks_.presented();
    }
  }

 private:
  std::uint64_t submit() {
    ViewportScene scene = callbacks_.scene();
    std::uint64_t ticket = 0;
    {
      const std::lock_guard lock(mutex_);
      scene_ = std::move(scene);
      ticket = ++scene_ticket_;
    }
    wake_.notify_one();
    return ticket;
  }

  // From here on: the thread's.

  void run() {
    QOpenGLContext context;
    context.setFormat(QSurfaceFormat::defaultFormat());
    try {
      if (!context.create() || !context.makeCurrent(&offscreen_)) {
        throw DeviceError("the viewport has no OpenGL", "the command line works without");
      }
      drawScenes();
    } catch (const Error& error) {
      tell(error);
      const std::lock_guard lock(mutex_);
      broken_ = true;
    }
    drawn_.notify_all();
    context.doneCurrent();
  }

  void tell(const Error& error) {
    QMetaObject::invokeMethod(this, [this, error] { callbacks_.failed(error); }, Qt::QueuedConnection);
  }

  void drawScenes() {
    std::unique_ptr<ScenePainter> painter;
    std::unique_ptr<QOpenGLFramebufferObject> target;
    for (;;) {
      ViewportScene scene;
      std::uint64_t ticket = 0;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stop_ || scene_; });
        if (stop_) {
          return;
        }
        scene = std::move(*scene_);
        scene_.reset();
        ticket = scene_ticket_;
      }
      const QSize size(std::max(1, scene.state.size.x), std::max(1, scene.state.size.y));
      if (!target || target->size() != size) {
        target = std::make_unique<QOpenGLFramebufferObject>(size);
      }
      target->bind();
      if (!painter) {
        painter = std::make_unique<ScenePainter>(scene.state.size, scene.state.pixel_ratio);
        target->bind();
      }
      try {
        painter->draw(scene, 0);
      } catch (const Error& error) {  // this scene cannot be drawn; the next may
        tell(error);
      }
      QImage picture = target->toImage().convertToFormat(QImage::Format_RGB32);
      {
        const std::lock_guard lock(mutex_);
        picture_ = std::move(picture);
        picture_ticket_ = ticket;
      }
      drawn_.notify_all();
      QMetaObject::invokeMethod(this, qOverload<>(&QWidget::update), Qt::QueuedConnection);
    }
  }

  Callbacks callbacks_;
  bool asked_ = false;
  std::uint64_t presented_ticket_ = 0;
  QOffscreenSurface offscreen_;

  std::mutex mutex_;  // over what follows
  std::condition_variable wake_, drawn_;
  std::optional<ViewportScene> scene_;  // the newest not drawn yet
  std::uint64_t scene_ticket_ = 0;
  QImage picture_;  // the newest, shared and never written to
  std::uint64_t picture_ticket_ = 0;
  bool stop_ = false, broken_ = false;

  std::unique_ptr<QThread> thread_;
};

}  // namespace

ViewportSurface* makeThreadedSurface(QWidget* parent, ViewportSurface::Callbacks callbacks) {
  return new ThreadedSurface(parent, std::move(callbacks));
}

}  // namespace panohead::ui
