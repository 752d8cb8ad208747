// The gallery in its window.
#include "tests/ui/main_window_fixture.h"

namespace panohead::ui {
namespace {

class GalleryPanelTest : public MainWindowTest {
 protected:
  void openAndDraw() {
    openModel();
    gallery_ = window_->findChild<GalleryPanel*>("galleryPanel");
    ASSERT_TRUE(test::waitUntil([this] { return gallery_->waiting() == 0; }));
  }
  QListWidget& list() { return child<QListWidget>("gallery"); }
  QImage thumbnail(int row) { return list().item(row)->icon().pixmap(list().iconSize()).toImage(); }

  GalleryPanel* gallery_ = nullptr;
};

TEST_F(GalleryPanelTest, KeepingAndForgettingDrawOnlyWhatIsNew) {
  openAndDraw();
  const QImage first = thumbnail(0), last = thumbnail(23);
  child<QDoubleSpinBox>("seed").setValue(123);
  click("galleryKeep");
  EXPECT_EQ(gallery_->waiting(), 1);
  EXPECT_EQ(thumbnail(1), first) << "moved on by one, and not drawn again";
  ASSERT_TRUE(test::waitUntil([this] { return gallery_->waiting() == 0; }));
  const QImage kept = thumbnail(0);
  EXPECT_NE(kept, first);

  window_->document().history().undo();
  EXPECT_EQ(gallery_->waiting(), 0);
  EXPECT_EQ(thumbnail(23), last);
  window_->document().history().redo();
  EXPECT_EQ(gallery_->waiting(), 0);
  EXPECT_EQ(thumbnail(0), kept);
  list().setCurrentRow(0);
  click("galleryForget");
  EXPECT_EQ(list().count(), 24);
  EXPECT_EQ(gallery_->waiting(), 0);
}

TEST_F(GalleryPanelTest, KeepingLeavesPlaceAndChoice) {
  openAndDraw();
  list().setCurrentRow(20);
  list().verticalScrollBar()->setValue(list().verticalScrollBar()->maximum());
  const int place = list().verticalScrollBar()->value();
  ASSERT_GT(place, 0) << "nothing to scroll";
  click("galleryKeep");
  ASSERT_EQ(list().count(), 25);
  EXPECT_EQ(list().currentRow(), 21);
  EXPECT_EQ(list().currentItem()->text(), "20");
  EXPECT_EQ(list().verticalScrollBar()->value(), place);
}

TEST_F(GalleryPanelTest, OnlyKeptHeadsCanBeForgotten) {
  openAndDraw();
  const auto& forget = child<QAbstractButton>("galleryForget");
  click("galleryKeep");
  list().setCurrentRow(0);
  EXPECT_TRUE(forget.isEnabled());
  click("galleryForget");
  EXPECT_FALSE(forget.isEnabled()) << "nothing is chosen any more";
  window_->document().history().undo();
  list().setCurrentRow(0);
  EXPECT_TRUE(forget.isEnabled());
  window_->document().history().undo();
  EXPECT_FALSE(forget.isEnabled()) << "the kept head went by undo";
}

TEST_F(GalleryPanelTest, ThumbnailsHaveThePixelsOfTheScreen) {
  openAndDraw();
  const qreal scale = gallery_->devicePixelRatioF();
  const QIcon icon = list().item(3)->icon();
  ASSERT_EQ(icon.availableSizes().size(), 1);
  EXPECT_EQ(icon.availableSizes().front().width(), qRound(96 * scale));
}

}  // namespace
}  // namespace panohead::ui
