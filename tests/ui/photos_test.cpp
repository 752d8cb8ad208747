// Pictures and places that are not as one wishes: far too large, damaged, out of reach.
#include "tests/support/huge_model.h"
#include "tests/support/test_files.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/picture_files.h"

namespace panohead::ui {
namespace {

/// A number of /proc/self/status ("VmRSS"), in MiB.
double memoryMiB(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) {
      return std::stod(line.substr(name.size() + 1)) / 1024;
    }
  }
  return 0;
}

/// From 0 at the left to 255 at the right, in bands of colour from top to bottom.
std::vector<std::byte> hugeJpeg(int width, int height) {
  Image image(width, height, 3);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < width; ++x) {
      row[3 * x] = static_cast<std::uint8_t>(255L * x / width);
      row[3 * x + 1] = static_cast<std::uint8_t>(255L * y / height);
      row[3 * x + 2] = 90;
    }
  }
  return encodeJpeg(image, 75);
}

TEST_F(MainWindowTest, AHundredMegapixelsBehindTheHead) {
  constexpr int kWidth = 12000, kHeight = 8400;
  test::writeBytes(folder_ / "huge.jpg", hugeJpeg(kWidth, kHeight));
  openModel();
  const Image before = viewport_->frame().picture;
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const double at_start = memoryMiB("VmRSS");
  QElapsedTimer clock;
  clock.start();
  test::EventLoopGaps gaps;
  window_->openPhoto(folder_ / "huge.jpg");
  ASSERT_TRUE(std::holds_alternative<OwnBackground>(window_->document().project().head.background))
      << "reading is no work for this thread";
  ASSERT_TRUE(test::waitUntil([this] {
    return std::holds_alternative<ImageBackground>(window_->document().project().head.background);
  }));
  const qint64 read_in = clock.elapsed();
  const qint64 longest = gaps.takeLongest();
  const double peak = memoryMiB("VmHWM") - at_start;
  std::printf(
      "photo of 100 megapixels: read in %lld ms, longest gap of the event loop %lld ms, %.0f MiB at the "
      "peak, %.0f MiB afterwards\n",
      static_cast<long long>(read_in),
      static_cast<long long>(longest),
      peak,
      memoryMiB("VmRSS") - at_start);
  EXPECT_LT(longest, read_in / 4) << "the window stood still while it was read";
  // The decoder's planes and the photo, then the photo twice.
  EXPECT_LT(peak, 3.0 * kWidth * kHeight * 3 / (1 << 20));
  const auto& image = *std::get<ImageBackground>(window_->document().project().head.background).image;
  EXPECT_EQ(image.width, 2048);
  EXPECT_EQ(image.height, 1434);
  EXPECT_NEAR(image.row(700)[3 * 1024], 127, 3);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != before.pixels; }));
}

TEST_F(MainWindowTest, FilesThatCannotBeReadAreExplained) {
  openModel();
  const auto expectExplained = [this](const std::filesystem::path& path, const char* name) {
    isPictureFile(path) ? window_->openPhoto(path) : window_->open(path);
    QDialog* dialog = nullptr;
    ASSERT_TRUE(test::waitUntil(
        [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }, 20000))
        << path;
    const QString message = dialog->findChild<QLabel*>("errorMessage")->text();
    EXPECT_TRUE(message.contains(name)) << message.toStdString();
    EXPECT_FALSE(dialog->findChild<QLabel*>("errorHint")->text().isEmpty()) << message.toStdString();
    std::printf("%s\n", message.toStdString().c_str());
    dialog->accept();
    ASSERT_TRUE(
        test::waitUntil([&] { return window_->findChild<QDialog*>("errorDialog") == nullptr; }, 5000));
  };
  writePng(folder_ / "cut.png", Image(300, 300, 3));
  std::filesystem::resize_file(folder_ / "cut.png", std::filesystem::file_size(folder_ / "cut.png") / 2);
  std::ofstream(folder_ / "text.jpg") << "this is no picture";
  // Even root cannot go through a link that leads to itself.
  for (const char* name : {"loop.png", "loop.pkl", "loop.heads"}) {
    std::filesystem::create_symlink(name, folder_ / name);
  }
  for (const char* name :
       {"cut.png", "text.jpg", "missing.png", "missing.heads", "loop.png", "loop.pkl", "loop.heads"}) {
    expectExplained(folder_ / name, name);
  }
  EXPECT_TRUE(std::holds_alternative<OwnBackground>(window_->document().project().head.background));
  window_->document().save("/proc/nowhere/my.heads");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }, 20000));
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorMessage")->text().contains("my.heads"));
}

TEST_F(MainWindowTest, AModelThatIsTooLargeIsRefusedBeforeItIsLoaded) {
  openModel();
  if (!test::writeHugeModel(folder_ / "huge.safetensors")) {
    GTEST_SKIP() << "no file of a terabyte can be made here";
  }
  window_->openModel(folder_ / "huge.safetensors");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }, 20000));
  const QString message = dialog->findChild<QLabel*>("errorMessage")->text();
  EXPECT_TRUE(message.contains("huge.safetensors") && message.contains("needs 1649.6 GB of memory"))
      << message.toStdString();
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorHint")->text().contains("more memory"));
  dialog->accept();
  child<QDoubleSpinBox>("seed").setValue(2);
  EXPECT_TRUE(waitForRefined()) << "the old model is no longer there";
}

}  // namespace
}  // namespace panohead::ui
