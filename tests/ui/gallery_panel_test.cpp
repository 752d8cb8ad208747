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

TEST_F(GalleryPanelTest, GalleryDrawsSeedsAndKeepsHeads) {
  openModel();
  auto* gallery = window_->findChild<GalleryPanel*>("galleryPanel");
  const int all = gallery->waiting();
  EXPECT_GT(all, 10);
  ASSERT_TRUE(test::waitUntil([&] { return gallery->waiting() < all - 1; }));
  click("galleryKeep");
  ASSERT_EQ(window_->document().project().gallery.size(), 1U);
  auto& list = child<QListWidget>("gallery");
  EXPECT_EQ(list.item(0)->text(), "head 1");
  emit list.itemClicked(list.item(4));  // the kept head, then seeds from 0 on
  EXPECT_EQ(window_->document().project().head.seed, 3U);
  window_->document().history().undo();
  window_->document().history().undo();
  EXPECT_TRUE(window_->document().project().gallery.empty());
}

TEST_F(GalleryPanelTest, GallerySortsByGrade) {
  openModel();
  auto* gallery = window_->findChild<GalleryPanel*>("galleryPanel");
  auto& list = child<QListWidget>("gallery");
  ASSERT_TRUE(test::waitUntil([&] { return gallery->waiting() == 0; }));
  const QString first = list.item(0)->text();
  EXPECT_EQ(gallery->ungraded(), 0) << "nobody has asked";
  click("gallerySort");
  const int all = gallery->ungraded();
  EXPECT_EQ(all, list.count());
  ASSERT_TRUE(test::waitUntil([&] { return gallery->ungraded() < all; }));
  EXPECT_EQ(list.item(0)->text().section(' ', 0, 0), first)
      << "it does not jump about while heads are graded";
  EXPECT_TRUE(child<QLabel>("galleryGrading").text().contains(QString::number(all)));
  click("gallerySort");  // the head that is being graded now is left, and gets no grade
  QTest::qWait(100);
  click("gallerySort");
  ASSERT_TRUE(test::waitUntil([&] { return gallery->ungraded() == 0; }, 120'000));
  EXPECT_TRUE(child<QLabel>("galleryGrading").text().isEmpty());
  double before = 101;
  for (int row = 0; row < list.count(); ++row) {
    const double grade = list.item(row)->text().section(' ', -1).toDouble();
    EXPECT_LE(grade, before) << "row " << row;
    EXPECT_TRUE(list.item(row)->toolTip().startsWith("Grade ")) << list.item(row)->toolTip().toStdString();
    EXPECT_NE(list.item(row)->toolTip(), "Grade 0.0 of 100") << "bad for no reason: it was not graded";
    before = grade;
  }
  // What is clicked is what is shown, in the new order, too.
  const QListWidgetItem* best = list.item(0);
  emit list.itemClicked(list.item(0));
  EXPECT_EQ(QString::number(window_->document().project().head.seed), best->text().section(' ', 0, 0));
  click("gallerySort");
  EXPECT_EQ(list.item(0)->text(), first);
  click("gallerySort");
  EXPECT_EQ(gallery->ungraded(), 0) << "grades are kept";
}

}  // namespace
}  // namespace panohead::ui
