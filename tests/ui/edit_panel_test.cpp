// Sliders and blends: what the Edit panel does to the head.
#include "core/avatar/avatar_file.h"
#include "core/avatar/direction_file.h"
#include "core/session/avatar_session.h"
#include "tests/ui/main_window_fixture.h"

#include <QScrollArea>
#include <QStatusBar>

#include <cmath>
#include <set>

namespace panohead::ui {
namespace {

class EditPanelTest : public MainWindowTest {};

TEST_F(EditPanelTest, NamedSlidersComeWithTheModel) {
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

TEST_F(EditPanelTest, KeptSlidersStayAndMayBeRenamed) {
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

TEST_F(EditPanelTest, AnEditOfAReopenedProjectMovesItsSlider) {
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

TEST_F(EditPanelTest, SlidersAreFoundNamedAndChangeTheHead) {
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

TEST_F(EditPanelTest, FoundSlidersAreInSight) {
  openModel();
  auto& dock = child<QWidget>("editDock");
  dock.raise();
  child<QWidget>("edit_smile");
  child<QSpinBox>("findCount").setValue(8);
  auto* scroll = dock.findChild<QScrollArea*>();
  ASSERT_NE(scroll, nullptr);
  for (const int layer : {0, 3}) {
    child<QSpinBox>("findFirst").setValue(layer);
    QTest::qWait(300);  // rows of the model's own sliders
    scroll->ensureWidgetVisible(&child<QWidget>("findSliders"));
    const std::size_t before = window_->document().project().directions.size();
    click("findSliders");
    ASSERT_TRUE(
        test::waitUntil([&] { return window_->document().project().directions.size() == before + 8; }));
    const std::string first = "edit_" + window_->document().project().directions[before]->name;
    const auto& slider = child<QWidget>(first.c_str());
    EXPECT_TRUE(test::waitUntil(
        [&] { return slider.isVisible() && slider.visibleRegion().boundingRect() == slider.rect(); }, 2000))
        << first;
    QTest::qWait(300);  // all of them
    EXPECT_EQ(slider.visibleRegion().boundingRect(), slider.rect()) << first;
  }
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

TEST_F(EditPanelTest, SeedsAfterAPersonHaveTheirOwnTruncation) {
  openModel();
  const auto head = [this]() -> const HeadOptions& { return window_->document().project().head; };
  window_->document().edit("psi", {}, [](Project& project) { project.head.truncation_psi = 0.6; });
  const AvatarPtr anna = personFile(folder_ / "anna.avatar", 0.4F);
  window_->document().edit("person", {}, [&](Project& project) { project.head = avatarHead(anna); });
  const auto& shown = child<QLabel>("shownPeople");
  EXPECT_TRUE(shown.isVisibleTo(window_.get()));
  EXPECT_TRUE(shown.text().contains("anna")) << shown.text().toStdString();
  child<QDoubleSpinBox>("seed").stepUp();
  EXPECT_EQ(head().truncation_psi, 0.6);
  EXPECT_TRUE(head().avatars.empty());
  EXPECT_FALSE(shown.isVisibleTo(window_.get()));
}

TEST_F(EditPanelTest, TwoAvatarsAreBlended) {
  openModel();
  const AvatarPtr anna = personFile(folder_ / "anna.avatar", 0.4F);
  personFile(folder_ / "ben.avatar", -0.4F);
  const auto addAvatar = [this](const char* file) {
    click("blendAddAvatar");
    chooseFile("blendAvatarDialog", file);
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

  // What lies between them takes the model's sliders.
  child<QDoubleSpinBox>("edit_hair_length").setValue(2);
  ASSERT_EQ(head().edits.size(), 1U);
  EXPECT_EQ(head().avatars.size(), 2U);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != expected.pixels; }));
  EXPECT_EQ(viewport_->frame().picture.pixels, sessionPicture(head(), {}).pixels);
  child<QDoubleSpinBox>("edit_hair_length").setValue(0);

  click("blendAdd");  // and a seed beside them
  child<QDoubleSpinBox>("blendAmount2").setValue(0.5);
  ASSERT_EQ(head().blend.size(), 1U);
  EXPECT_NEAR(head().avatars[0].weight, 0.2, 1e-9);
  click("blendRemove");
  ASSERT_TRUE(test::waitUntil([&] { return head().avatars.size() == 1; }));
  EXPECT_NEAR(head().avatars[0].weight, 0.5, 1e-9);
  EXPECT_NEAR(head().blend[0].second, 0.5, 1e-9);
}

TEST_F(EditPanelTest, AnAvatarJoinsTheHeadOfASeed) {
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

TEST_F(EditPanelTest, SeveralHeadsAreBlended) {
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

}  // namespace
}  // namespace panohead::ui
