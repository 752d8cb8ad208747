// Pictures of the viewport and of the window, in the clipboard and in files.
#include "tests/support/window_picture.h"
#include "tests/ui/main_window_fixture.h"

#include <QClipboard>
#include <QStatusBar>

namespace panohead::ui {
namespace {

class CaptureTest : public MainWindowTest {
 protected:
  void SetUp() override {
    MainWindowTest::SetUp();
    if (!IsSkipped()) {
      openModel();
      QTest::qWait(600);  // the status bar
      QApplication::clipboard()->clear();
    }
  }

  QImage seen() {
    return test::windowPicture(*window_, *viewport_).toImage().convertToFormat(QImage::Format_RGB888);
  }
  static QImage clipboard() {
    return QApplication::clipboard()->image().convertToFormat(QImage::Format_RGB888);
  }
  void trigger(const char* action) { window_->findChild<QAction*>(action)->trigger(); }
};

TEST_F(CaptureTest, TheWindowIsCopied) {
  const QImage wanted = seen();
  trigger("actionCopyWindow");
  EXPECT_EQ(clipboard(), wanted);
  // The viewport is in it, which widgets cannot draw.
  const QPoint centre = viewport_->mapTo(window_.get(), viewport_->rect().center());
  const QColor face = wanted.pixelColor(centre * wanted.width() / window_->width());
  EXPECT_GT(face.red(), face.blue()) << "skin";
}

TEST_F(CaptureTest, TheWindowIsSaved) {
  const QImage wanted = seen();
  trigger("actionSaveWindow");
  auto& dialog = child<QFileDialog>("saveWindowDialog");
  dialog.setDirectory(toQString(folder_.path()));
  dialog.selectFile("shot");
  static_cast<QDialog&>(dialog).accept();
  const std::filesystem::path file = folder_ / "shot.png";
  ASSERT_TRUE(test::waitUntil(
      [&] { return window_->statusBar()->currentMessage().contains(toQString(file)); }, 20000));
  EXPECT_EQ(toQImage(readImage(file)).convertToFormat(QImage::Format_RGB888), wanted);
}

TEST_F(CaptureTest, ThePictureIsCopiedAsItIsDrawn) {
  trigger("actionCopy");
  ASSERT_TRUE(test::waitUntil([] { return !QApplication::clipboard()->image().isNull(); }, 20000));
  const QImage wanted = toQImage(sessionPicture({}, window_->document().project().camera));
  EXPECT_EQ(clipboard(), wanted.convertToFormat(QImage::Format_RGB888));
}

}  // namespace
}  // namespace panohead::ui
