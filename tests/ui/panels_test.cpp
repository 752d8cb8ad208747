// The panels in their window: what their controls do to the head.
#include "core/avatar/avatar_file.h"
#include "core/avatar/direction_file.h"
#include "core/session/avatar_session.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/training/training_dock.h"

#include <QDockWidget>
#include <QScrollArea>
#include <QStatusBar>

#include <cmath>
#include <set>

namespace panohead::ui {
namespace {

TEST_F(MainWindowTest, HeldKeyShowsTheHeadBefore) {
  openModel();
  const Image first = viewport_->frame().picture;
  child<QDoubleSpinBox>("seed").setValue(4);
  ASSERT_TRUE(waitForRefined());
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  viewport_->setFocus();
  QTest::keyPress(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
  QTest::keyRelease(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
}

TEST_F(MainWindowTest, HeldKeyShowsTheHeadBeforeADrag) {
  openModel();
  const Image first = viewport_->frame().picture;
  for (const int seed : {3, 5, 7}) {  // heads that follow each other quickly, as under a slider
    child<QDoubleSpinBox>("seed").setValue(seed);
    ASSERT_TRUE(test::waitUntil(
        [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  }
  viewport_->setFocus();
  QTest::keyPress(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
  child<QDoubleSpinBox>("seed").setFocus();  // the key is released elsewhere
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
}

TEST_F(MainWindowTest, RollIsLockedUntilItIsNot) {
  openModel();
  const auto altDrag = [this](int by) {
    const QPoint from = viewport_->rect().center();
    QTest::mousePress(viewport_, Qt::LeftButton, Qt::AltModifier, from);
    QMouseEvent move(QEvent::MouseMove,
                     from + QPoint(by, 0),
                     viewport_->mapToGlobal(from + QPoint(by, 0)),
                     Qt::NoButton,
                     Qt::LeftButton,
                     Qt::AltModifier);
    QApplication::sendEvent(viewport_, &move);
    QTest::mouseRelease(viewport_, Qt::LeftButton, Qt::AltModifier, from + QPoint(by, 0));
  };
  const auto camera = [this] { return window_->document().project().camera; };
  altDrag(60);
  EXPECT_EQ(camera().roll_degrees, 0);
  EXPECT_NE(camera().yaw_degrees, 0) << "it turns around the head as ever";
  child<QAbstractButton>("rollLock").click();
  const double yaw = camera().yaw_degrees;
  altDrag(60);
  EXPECT_GT(std::abs(camera().roll_degrees), 5);
  EXPECT_EQ(camera().yaw_degrees, yaw);
  child<QAbstractButton>("rollLock").click();
  EXPECT_EQ(camera().roll_degrees, 0);
  window_->document().history().undo();
  EXPECT_NE(camera().roll_degrees, 0);
  EXPECT_FALSE(child<QAbstractButton>("rollLock").isChecked());
}

TEST_F(MainWindowTest, KeptSlidersStayAndMayBeRenamed) {
  openModel();
  auto& panel = *window_->findChild<EditPanel*>("editPanel");
  const auto find = [&](int first_layer) {
    child<QSpinBox>("findFirst").setValue(first_layer);
    child<QSpinBox>("findCount").setValue(2);
    const std::size_t before = panel.found().size();
    click("findSliders");
    return test::waitUntil([&, before] { return panel.found().size() == before + 2; });
  };
  const auto kept = [this] {
    std::vector<DirectionPtr> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(places_.path())) {
      const bool being_written = entry.path().filename().string().starts_with('.');
      if (entry.path().extension() == ".safetensors" && !being_written) {
        all = readDirectionFile(entry.path());
      }
    }
    return all;
  };
  ASSERT_TRUE(find(0));
  panel.rename(panel.found().front(), "Jaw");
  click("keepSliders");
  ASSERT_TRUE(test::waitUntil([&] { return kept().size() == 2; }));
  // Another project of the same model.
  window_->document().reset({});
  ASSERT_TRUE(find(3));
  click("keepSliders");
  ASSERT_TRUE(test::waitUntil([&] { return kept().size() == 4; })) << "those kept before are still there";
  EXPECT_EQ(kept().front()->label, "Jaw");
  std::set<std::string> names;
  for (const DirectionPtr& direction : kept()) {
    names.insert(direction->name);
  }
  EXPECT_EQ(names.size(), 4U);
}

TEST_F(MainWindowTest, AnEditOfAReopenedProjectMovesItsSlider) {
  openModel();
  child<QDoubleSpinBox>("edit_age").setValue(1.5);
  window_->document().save(folder_ / "edited.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  window_->document().reset({});
  EXPECT_EQ(child<QDoubleSpinBox>("edit_age").value(), 0);
  window_->open(folder_ / "edited.heads");
  ASSERT_TRUE(test::waitUntil([this] { return window_->document().project().head.edits.size() == 1; }));
  EXPECT_EQ(child<QDoubleSpinBox>("edit_age").value(), 1.5);
  child<QDoubleSpinBox>("edit_age").setValue(-1);
  ASSERT_EQ(window_->document().project().head.edits.size(), 1U) << "the same edit, not a second one";
  EXPECT_EQ(window_->document().project().head.edits.front().strength, -1);
}

TEST_F(MainWindowTest, SlidersAreFoundNamedAndChangeTheHead) {
  openModel();
  const Image first = viewport_->frame().picture;
  child<QSpinBox>("findCount").setValue(3);
  click("findSliders");
  ASSERT_TRUE(test::waitUntil([this] { return window_->document().project().directions.size() == 3; }));
  child<QDoubleSpinBox>("edit_factor_1").setValue(2);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  const Project& project = window_->document().project();
  ASSERT_EQ(project.head.edits.size(), 1U);
  window_->findChild<EditPanel*>("editPanel")->rename(project.directions.front(), "Jaw");
  EXPECT_EQ(project.directions.front()->label, "Jaw");
  EXPECT_EQ(project.head.edits.front().direction, project.directions.front());
  click("resetEdits");
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
}

TEST_F(MainWindowTest, KeyFramesBecomeAFilmAndCameras) {
  openModel();
  auto* panel = window_->findChild<TimelinePanel*>("timelinePanel");
  panel->setKey();
  window_->document().edit("turn", {}, [](Project& project) {
    project.key_frames.set({0.4, {.yaw_degrees = 90}, project.head});
    project.frames_per_second = 5;
  });
  window_->findChild<QAction*>("actionFilm")->trigger();
  auto* dialog = window_->findChild<QFileDialog*>("filmDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->setDirectory(toQString(folder_.path()));
  auto* filters = dialog->findChild<QComboBox*>("fileTypeCombo");
  filters->setCurrentIndex(1);  // a folder
  emit filters->activated(1);
  emit filters->textActivated(filters->currentText());
  dialog->selectFile("film");
  static_cast<QDialog*>(dialog)->accept();
  ASSERT_TRUE(
      test::waitUntil([this] { return std::filesystem::exists(folder_ / "film" / "frame_000002.png"); }));
  EXPECT_EQ(readImage(folder_ / "film" / "frame_000002.png").pixels,
            sessionPicture({}, {.yaw_degrees = 90}).pixels);
}

TEST_F(MainWindowTest, SwapIsMeasuredInsideTheMask) {
  openModel();
  double levels = -1;
  QObject::connect(window_.get(), &MainWindow::swapMeasured, [&](double measured) { levels = measured; });
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return levels >= 0; }));
  EXPECT_EQ(levels, 0) << "its own background is no swap";
  child<QAbstractButton>("backgroundOther").click();
  ASSERT_TRUE(waitForRefined());
  levels = -1;
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return levels >= 0; }));
  EXPECT_GT(levels, 0);
  EXPECT_LT(levels, 12) << "the head is not the background";
  std::printf("background swap: the head changed by %.2f levels\n", levels);
}

TEST_F(MainWindowTest, NamedSlidersComeWithTheModel) {
  openModel();
  const Image first = viewport_->frame().picture;
  for (const char* name :
       {"edit_sex", "edit_age", "edit_skin_tone", "edit_hair_length", "edit_beard", "edit_smile"}) {
    child<QDoubleSpinBox>(name);
  }
  child<QDoubleSpinBox>("edit_hair_length").setValue(2);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  EXPECT_LT(test::psnr(viewport_->frame().picture, first), 30);
  EXPECT_EQ(window_->document().history().undoText(), "Hair length");
}

TEST_F(MainWindowTest, PassportTellsThatNothingIsRun) {
  openModel();
  click("modelPassport");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(
      test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("passportDialog")) != nullptr; }));
  EXPECT_TRUE(dialog->findChild<QLabel*>("passportPromise")->text().contains("Nothing of this file is run"));
  click("passportConvert");
  auto* files = dialog->findChild<QFileDialog*>("convertDialog");
  ASSERT_NE(files, nullptr);
  files->setDirectory(toQString(folder_.path()));
  files->selectFile("safe.safetensors");
  static_cast<QDialog*>(files)->accept();
  dialog->close();  // what was asked for is told all the same
  QMessageBox* converted = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (converted = window_->findChild<QMessageBox*>("convertedDialog")) != nullptr; }));
  const QString file = toQString(folder_ / "safe.safetensors");
  EXPECT_TRUE(converted->text().contains(file)) << converted->text().toStdString();
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains(file));
  converted->findChild<QAbstractButton*>("openConverted")->click();
  EXPECT_TRUE(test::waitUntil([this] { return child<QLabel>("modelName").text() == "safe"; }));
  EXPECT_EQ(window_->document().project().model.path, folder_ / "safe.safetensors");
}

TEST_F(MainWindowTest, GalleryDrawsSeedsAndKeepsHeads) {
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

TEST_F(MainWindowTest, GallerySortsByGrade) {
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

TEST_F(MainWindowTest, ThePadWalksOverTheMapOfSeeds) {
  openModel();
  auto& pad = child<LatentPad>("latentPad");
  QTest::mousePress(&pad, Qt::LeftButton, {}, pad.rect().center());
  QMouseEvent move(QEvent::MouseMove,
                   pad.rect().center() + QPointF(-20, 10),
                   pad.mapToGlobal(pad.rect().center() + QPointF(-20, 10)),
                   Qt::NoButton,
                   Qt::LeftButton,
                   Qt::NoModifier);
  QApplication::sendEvent(&pad, &move);
  QTest::mouseRelease(&pad, Qt::LeftButton, {}, pad.rect().center());
  const auto& blend = window_->document().project().head.blend;
  ASSERT_EQ(blend.size(), 4U);
  double sum = 0;
  for (const auto& [seed, weight] : blend) {
    sum += weight;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_TRUE(waitForRefined());
}

/// A person of the default model, w near the mean one's; without tuned weights.
AvatarPtr personFile(const std::filesystem::path& path, float lean) {
  SilentContext context;
  const ModelPtr model = panohead::openModel(kModel, context);
  const ModelInfo info = modelInfo(*model);
  Avatar avatar;
  avatar.name = path.stem().string();
  avatar.model_name = info.name;
  avatar.model_sha256 = modelSha256(*model, context);
  avatar.num_ws = info.num_ws;
  avatar.w_dim = info.w_dim;
  for (int i = 0; i < info.num_ws * info.w_dim; ++i) {
    avatar.ws.push_back(lean * static_cast<float>(std::sin(i % info.w_dim)));
  }
  avatar.background = {AvatarBackground::Kind::Colour, {}, {40, 60, 80}};
  return writeAvatar(path, avatar);
}

TEST_F(MainWindowTest, AFollowedNetworkKeepsSeedAndCamera) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(5);
  child<QDoubleSpinBox>("yaw").setValue(30);
  ASSERT_TRUE(waitForRefined());
  const int steps = window_->document().history().count();
  const auto open = [this](const char* name, bool followed) {
    std::filesystem::copy(kModel, folder_ / name);
    emit window_->findChild<TrainingDock*>()->openSnapshotRequested(toQString(folder_ / name), followed);
    return test::waitUntil(
        [this, name] { return window_->document().project().model.path == folder_ / name; });
  };
  ASSERT_TRUE(open("network-snapshot-000001.safetensors", true));
  ASSERT_TRUE(open("network-snapshot-000002.safetensors", true));
  EXPECT_EQ(window_->document().project().head.seed, 5U);
  EXPECT_EQ(window_->document().project().camera.yaw_degrees, 30);
  EXPECT_EQ(window_->document().history().count(), steps) << "nobody chose it: nothing to go back to";
  window_->document().history().undo();
  EXPECT_EQ(window_->document().project().model.path, folder_ / "network-snapshot-000002.safetensors")
      << "undo is of what the user did";
  window_->document().history().redo();
  ASSERT_TRUE(open("network-snapshot-000003.safetensors", false));
  EXPECT_EQ(window_->document().history().count(), steps + 1);
}

TEST_F(MainWindowTest, TheMapOfSeedsFollowsTheHead) {
  openModel();
  auto& pad = child<LatentPad>("latentPad");
  const auto blend = [this] { return window_->document().project().head.blend; };
  child<QDoubleSpinBox>("seed").setValue(7);
  EXPECT_EQ(pad.place(), QPointF(7, 0)) << "a walk begins at the head that is shown";
  QTest::keyClick(&pad, Qt::Key_Right);
  QTest::keyClick(&pad, Qt::Key_Down);
  ASSERT_EQ(blend().size(), 4U);
  const auto walk = blend();
  const auto heaviest = *std::ranges::max_element(walk, {}, [](const auto& pair) { return pair.second; });
  EXPECT_EQ(heaviest.first, 7U);
  const QPointF walked = pad.place();
  window_->document().endMerge();
  child<QDoubleSpinBox>("seed").setValue(20);
  EXPECT_EQ(pad.place(), QPointF(20, 0));
  window_->document().history().undo();
  EXPECT_NEAR(pad.place().x(), walked.x(), 1e-9);
  EXPECT_NEAR(pad.place().y(), walked.y(), 1e-9);
  // A click goes to a seed.
  QTest::mouseClick(&pad, Qt::LeftButton, {}, pad.rect().center());
  EXPECT_EQ(pad.place(), QPointF(7, 0));
  EXPECT_TRUE(blend().empty());
  EXPECT_EQ(child<QDoubleSpinBox>("seed").value(), 7) << "it is that seed's head, and is called so";
  const int steps = window_->document().history().count();
  QTest::mouseClick(&pad, Qt::RightButton, {}, pad.rect().topLeft() + QPoint(5, 5));
  EXPECT_EQ(window_->document().history().count(), steps) << "only the left button walks";
}

TEST_F(MainWindowTest, TwoAvatarsAreBlended) {
  openModel();
  const AvatarPtr anna = personFile(folder_ / "anna.avatar", 0.4F);
  personFile(folder_ / "ben.avatar", -0.4F);
  const auto addAvatar = [this](const char* file) {
    click("blendAddAvatar");
    auto* dialog = window_->findChild<QFileDialog*>("blendAvatarDialog");
    ASSERT_NE(dialog, nullptr);
    dialog->setDirectory(toQString(folder_.path()));
    dialog->selectFile(file);
    static_cast<QDialog*>(dialog)->accept();
  };
  const auto head = [this]() -> const HeadOptions& { return window_->document().project().head; };
  window_->open(folder_ / "anna.avatar");
  ASSERT_TRUE(test::waitUntil([&] { return head().avatars.size() == 1; }));
  addAvatar("ben.avatar");
  ASSERT_TRUE(test::waitUntil([&] { return head().avatars.size() == 2; }));
  EXPECT_EQ(window_->document().history().undoText(), "Blend with ben");
  EXPECT_EQ(child<QLabel>("blendName").text(), "Blend with ben");
  EXPECT_FALSE(child<QWidget>("blendSeed").isVisibleTo(window_.get()));
  child<QDoubleSpinBox>("blendAmount").setValue(0.3);
  EXPECT_EQ(head().avatars[0].avatar->sha256, anna->sha256);
  EXPECT_NEAR(head().avatars[0].weight, 0.7, 1e-9);
  EXPECT_NEAR(head().avatars[1].weight, 0.3, 1e-9);
  const Image expected = sessionPicture(head(), {});
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == expected.pixels; }));

  click("blendAdd");  // and a seed beside them
  child<QDoubleSpinBox>("blendAmount2").setValue(0.5);
  ASSERT_EQ(head().blend.size(), 1U);
  EXPECT_NEAR(head().avatars[0].weight, 0.2, 1e-9);
  click("blendRemove");
  ASSERT_TRUE(test::waitUntil([&] { return head().avatars.size() == 1; }));
  EXPECT_NEAR(head().avatars[0].weight, 0.5, 1e-9);
  EXPECT_NEAR(head().blend[0].second, 0.5, 1e-9);
}

TEST_F(MainWindowTest, AnAvatarJoinsTheHeadOfASeed) {
  openModel();
  const AvatarPtr anna = personFile(folder_ / "anna.avatar", 0.4F);
  window_->findChild<EditPanel*>("editPanel")->blendWith(anna);
  const HeadOptions& head = window_->document().project().head;
  ASSERT_EQ(head.avatars.size(), 1U);
  ASSERT_EQ(head.blend.size(), 1U);
  EXPECT_NEAR(head.avatars[0].weight + head.blend[0].second, 1, 1e-9);
  const Image expected = sessionPicture(head, {});
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == expected.pixels; }));
  window_->document().history().undo();
  EXPECT_TRUE(head.avatars.empty());
  EXPECT_TRUE(head.blend.empty());
}

TEST_F(MainWindowTest, SeveralHeadsAreBlended) {
  openModel();
  child<QDoubleSpinBox>("blendSeed").setValue(4);
  EXPECT_TRUE(window_->document().project().head.blend.empty()) << "nothing is asked of it yet";
  child<QDoubleSpinBox>("blendAmount").setValue(0.4);
  click("blendAdd");
  ASSERT_NE(window_->findChild<QWidget*>("blendAmount2"), nullptr);
  child<QDoubleSpinBox>("blendSeed2").setValue(9);
  child<QDoubleSpinBox>("blendAmount2").setValue(0.25);
  using Blend = std::vector<std::pair<std::uint32_t, double>>;
  const auto blend = [this] { return window_->document().project().head.blend; };
  const auto expectBlend = [&](const Blend& expected) {
    ASSERT_EQ(blend().size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(blend()[i].first, expected[i].first) << i;
      EXPECT_NEAR(blend()[i].second, expected[i].second, 1e-9) << i;
    }
  };
  expectBlend({{0, 0.35}, {4, 0.4}, {9, 0.25}});
  HeadOptions options;
  options.blend = blend();
  const Image expected = sessionPicture(options, {});
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == expected.pixels; }));

  child<QDoubleSpinBox>("blendAmount2").setValue(0.9);  // takes from the head's own, then from the others
  expectBlend({{0, 0}, {4, 0.1}, {9, 0.9}});
  EXPECT_NEAR(child<QDoubleSpinBox>("blendAmount").value(), 0.1, 1e-9);

  click("blendRemove");
  ASSERT_TRUE(test::waitUntil([&] { return blend().size() == 2; }, 5000));
  expectBlend({{0, 0.1}, {9, 0.9}});
  EXPECT_EQ(child<QDoubleSpinBox>("blendSeed").value(), 9);
  EXPECT_EQ(window_->findChild<QWidget*>("blendAmount2"), nullptr);
  EXPECT_FALSE(child<QWidget>("blendRemove").isVisibleTo(window_->findChild<QWidget*>("editPanel")));

  QUndoStack& history = window_->document().history();
  EXPECT_EQ(history.undoText(), "Take a head out of the blend");
  history.undo();
  expectBlend({{0, 0}, {4, 0.1}, {9, 0.9}});
  // The one that stays without a share is remembered by its row.
  child<QDoubleSpinBox>("blendAmount2").setValue(0);
  click("blendRemove");
  ASSERT_TRUE(test::waitUntil([&] { return blend().empty(); }, 5000));
  EXPECT_EQ(child<QDoubleSpinBox>("blendSeed").value(), 9);
  history.undo();
  history.undo();  // what comes after an undo is a step of its own, however soon it comes
  expectBlend({{0, 0}, {4, 0.1}, {9, 0.9}});
  EXPECT_EQ(child<QDoubleSpinBox>("blendSeed2").value(), 9);
  while (history.canUndo()) {
    history.undo();
  }
  EXPECT_TRUE(blend().empty());
  EXPECT_EQ(child<QDoubleSpinBox>("blendAmount").value(), 0);
}

TEST_F(MainWindowTest, TurntableTurnsAndStops) {
  openModel();
  child<QAbstractButton>("turntable").click();
  const double before = viewport_->camera().yaw_degrees;
  QTest::qWait(300);
  EXPECT_NE(viewport_->camera().yaw_degrees, before);
  EXPECT_TRUE(window_->document().history().count() == 0) << "a step of the history for every picture";
  child<QAbstractButton>("turntable").click();
  EXPECT_EQ(window_->document().project().camera, viewport_->camera());
}

TEST_F(MainWindowTest, ColumnsAreAsWideAsWhatTheyHoldAndLongNamesDoNotWidenThem) {
  const std::filesystem::path file = folder_ / (std::string(120, 'w') + ".safetensors");
  std::filesystem::create_symlink(kModel, file);
  window_->openModel(file);
  ASSERT_TRUE(waitForRefined());
  int columns = 0;
  for (const char* name : {"headDock", "editDock", "sceneDock", "exportDock"}) {
    auto& dock = child<QDockWidget>(name);
    dock.raise();
    QTest::qWait(100);
    for (const QScrollArea* scroll : dock.findChildren<QScrollArea*>()) {
      if (scroll->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff) {
        ++columns;
        EXPECT_GE(scroll->viewport()->width(), scroll->widget()->minimumSizeHint().width()) << name;
        EXPECT_LT(scroll->widget()->minimumSizeHint().width(), 300) << name;
      }
    }
  }
  EXPECT_EQ(columns, 4);
  child<QDockWidget>("sceneDock").raise();
  auto& training = child<QDockWidget>("trainingDock");
  training.show();
  training.raise();
  ASSERT_NE(window_->findChild<QWidget*>("setupResults"), nullptr);
  QTest::qWait(100);
  EXPECT_LE(window_->minimumSizeHint().width(), 1280) << "with every kind of panel on a small screen";
}

}  // namespace
}  // namespace panohead::ui
