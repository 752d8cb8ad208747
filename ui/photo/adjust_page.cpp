#include "ui/photo/adjust_page.h"

#include "ui/bridge/qt_convert.h"
#include "ui/photo/crop_preview.h"
#include "ui/photo/landmark_names.h"
#include "ui/photo/photo_canvas.h"
#include "ui/photo/photo_desk.h"
#include "ui/value_slider.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

namespace panohead::ui {
namespace {

QToolButton* toolButton(const QString& text, const char* name, const QString& help) {
  auto* button = new QToolButton;
  button->setObjectName(name);
  button->setText(text);
  button->setToolTip(help);
  button->setAccessibleName(help);
  return button;
}

QString foundByText(const FoundHead& head) {
  switch (head.found_by) {
    case FoundBy::Face:
      return AdjustPage::tr("Face found");
    case FoundBy::FaceAndTurn:
      return AdjustPage::tr("Face found, turned away");
    case FoundBy::Square:
      return AdjustPage::tr("Direction found in your square");
    case FoundBy::PersonOutline:
      return AdjustPage::tr("No face: found by the outline of the person. Check square and direction");
    case FoundBy::Nothing:
      break;
  }
  return {};
}

}  // namespace

AdjustPage::AdjustPage(PhotoDesk& desk, QWidget* parent)
    : QWidget(parent),
      desk_(desk),
      photo_(new QComboBox),
      verdict_(new QLabel),
      accept_(new QPushButton(tr("Use it &anyway"))),
      find_(new QPushButton(tr("Look again"))),
      canvas_(new PhotoCanvas),
      tools_(new QButtonGroup(this)),
      landmark_(new QComboBox),
      landmark_undo_(toolButton(
          QString::fromUtf8("\u21b6"), "landmarkUndo", tr("Takes the last move of a landmark back"))),
      landmark_reset_(
          toolButton(tr("Reset"), "landmarkReset", tr("Puts all landmarks back to where they were found"))),
      brush_(new ValueSlider(
          "maskBrush", tr("Brush"), tr("Radius of the brush, percent of the square"), {0.5, 25, 0.5, 1, 4})),
      undo_(toolButton(QString::fromUtf8("\u21b6"), "maskUndo", tr("Takes the last stroke back"))),
      clear_(toolButton(tr("Clear"), "maskClear", tr("Takes all strokes back"))),
      pose_undo_(toolButton(QString::fromUtf8("\u21b6"),
                            "poseUndo",
                            tr("Takes the last change of square, direction or landmarks back"))),
      pose_reset_(toolButton(
          tr("Reset"), "poseReset", tr("Puts square, direction and landmarks back to what was found first"))),
      preview_(new CropPreview),
      yaw_(new ValueSlider("photoYaw",
                           tr("Yaw"),
                           tr("Where the camera stands: 0 in front, 90 at the head's left, 180 behind"),
                           {-180, 180, 0.5, 1, 0})),
      pitch_(new ValueSlider(
          "photoPitch", tr("Pitch"), tr("How far above the head the camera stands"), {-80, 80, 0.5, 1, 0})),
      roll_(new ValueSlider("photoRoll",
                            tr("Roll"),
                            tr("How far the head leans in the photo; turns the square"),
                            {-180, 180, 0.5, 1, 0})) {
  setObjectName("adjustPage");
  photo_->setObjectName("photoChoice");
  photo_->setToolTip(tr("Which of the photos is shown"));
  photo_->setAccessibleName(photo_->toolTip());
  verdict_->setObjectName("photoVerdict");
  verdict_->setWordWrap(true);
  verdict_->setTextFormat(Qt::RichText);
  accept_->setObjectName("photoAccept");
  accept_->setToolTip(tr("Overrules what is said against this photo"));
  find_->setObjectName("photoFind");
  find_->setToolTip(tr("Looks for the head in the square: its direction, and its exact place"));
  for (ValueSlider* slider : {yaw_, pitch_, roll_}) {
    slider->setSuffix(QString::fromUtf8("\u00b0"));
  }

  auto* buttons = new QHBoxLayout;
  buttons->addWidget(find_);
  buttons->addWidget(accept_);
  buttons->addStretch();
  buttons->addWidget(pose_undo_);
  buttons->addWidget(pose_reset_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(photo_);
  layout->addWidget(makeTools());
  landmark_row_ = makeLandmarks();
  layout->addWidget(landmark_row_);
  brush_row_ = makeBrush();
  layout->addWidget(brush_row_);
  layout->addWidget(canvas_, 3);
  layout->addWidget(verdict_);
  layout->addLayout(buttons);
  layout->addWidget(preview_, 2);
  layout->addWidget(makeAngles());
  connectAll();
  chooseTool(static_cast<int>(PhotoCanvas::Tool::Square));
  showList();
  showPhoto();
}

QWidget* AdjustPage::makeTools() {
  using Tool = PhotoCanvas::Tool;
  auto* row = new QWidget;
  row->setStyleSheet("QToolButton { padding: 4px 3px; }");  // six must fit beside a scroll bar
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  const auto add = [&](Tool tool, const QString& text, const char* name, const QString& help) {
    QToolButton* button = toolButton(text, name, help);
    button->setCheckable(true);
    tools_->addButton(button, static_cast<int>(tool));
    layout->addWidget(button);
  };
  add(Tool::Square, tr("Square"), "toolSquare", tr("Moves, resizes and turns the square (S)"));
  add(Tool::Landmarks,
      tr("Face"),
      "toolLandmarks",
      tr("Puts landmarks of the face where they are: direction and square follow (L)"));
  add(Tool::Person, tr("+ Person"), "toolPerson", tr("Paints what belongs to the person (P)"));
  add(Tool::Background, tr("\u2212 Person"), "toolBackground", tr("Paints what does not (B)"));
  layout->addStretch();
  auto* whole = toolButton(tr("Photo"), "zoomPhoto", tr("Shows the whole photo (0)"));
  auto* close = toolButton(tr("Head"), "zoomSquare", tr("Shows the square, large (1)"));
  connect(whole, &QToolButton::clicked, canvas_, &PhotoCanvas::fitPhoto);
  connect(close, &QToolButton::clicked, canvas_, &PhotoCanvas::fitSquare);
  layout->addWidget(whole);
  layout->addWidget(close);
  return row;
}

QWidget* AdjustPage::makeLandmarks() {
  landmark_->setObjectName("landmarkChoice");
  landmark_->setToolTip(tr("The landmark that the arrow keys move over the photo"));
  landmark_->setAccessibleName(landmark_->toolTip());
  landmark_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  for (int i = 0; i < static_cast<int>(kFaceHandles.size()); ++i) {
    landmark_->addItem(landmarkName(i));
  }
  auto* row = new QWidget;
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* label = new QLabel(tr("Landmark"));
  label->setBuddy(landmark_);
  layout->addWidget(label);
  layout->addWidget(landmark_, 1);
  layout->addWidget(landmark_undo_);
  layout->addWidget(landmark_reset_);
  return row;
}

QWidget* AdjustPage::makeBrush() {
  auto* row = new QWidget;
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* label = new QLabel(tr("Brush"));
  label->setBuddy(brush_);
  layout->addWidget(label);
  layout->addWidget(brush_, 1);
  layout->addWidget(undo_);
  layout->addWidget(clear_);
  layout->addWidget(makeNetworkMenu());
  return row;
}

QToolButton* AdjustPage::makeNetworkMenu() {
  auto* button = toolButton(QString::fromUtf8("\u22ef"),
                            "maskNetwork",
                            tr("Which network outlines the person, before your strokes"));
  button->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(button);
  auto* shipped = menu->addAction(tr("The network that &ships"));
  shipped->setObjectName("maskNetworkShipped");
  shipped->setCheckable(true);
  auto* own = menu->addAction(tr("&ONNX matting network\u2026"));
  own->setObjectName("maskNetworkOwn");
  own->setCheckable(true);
  connect(shipped, &QAction::triggered, this, [this] { desk_.setMaskNetwork({}); });
  connect(own, &QAction::triggered, this, &AdjustPage::askForNetwork);
  connect(menu, &QMenu::aboutToShow, this, [this, shipped, own] {
    const std::filesystem::path& path = desk_.maskNetwork();
    shipped->setChecked(path.empty());
    own->setChecked(!path.empty());
    own->setText(path.empty() ? tr("&ONNX matting network\u2026")
                              : tr("&ONNX: %1\u2026").arg(toQString(path.filename())));
  });
  button->setMenu(menu);
  return button;
}

void AdjustPage::askForNetwork() {
  auto* dialog = new QFileDialog(this, tr("Matting network"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName("maskNetworkDialog");
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilter(tr("ONNX networks (*.onnx)"));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) {
    desk_.setMaskNetwork(toPath(file));
  });
  dialog->open();
}

QWidget* AdjustPage::makeAngles() {
  auto* box = new QWidget;
  auto* form = new QFormLayout(box);
  form->setContentsMargins(0, 0, 0, 0);
  form->setVerticalSpacing(4);
  form->addRow(tr("&Yaw"), yaw_);
  form->addRow(tr("&Pitch"), pitch_);
  form->addRow(tr("R&oll"), roll_);
  return box;
}

void AdjustPage::connectAll() {
  connect(photo_, &QComboBox::activated, &desk_, &PhotoDesk::setCurrent);
  connect(accept_, &QPushButton::clicked, &desk_, &PhotoDesk::accept);
  connect(find_, &QPushButton::clicked, &desk_, &PhotoDesk::findInSquare);
  connect(canvas_, &PhotoCanvas::headChosen, &desk_, &PhotoDesk::chooseHead);
  connect(canvas_, &PhotoCanvas::squareEdited, this, [this](const AlignedSquare& square, bool begins) {
    if (begins) {
      desk_.endStep();
    }
    editPose(canvas_, [&square](HeadPose& pose) { pose.square = square; });
  });
  connect(pose_undo_, &QAbstractButton::clicked, &desk_, &PhotoDesk::undoPose);
  connect(pose_reset_, &QAbstractButton::clicked, &desk_, &PhotoDesk::resetPose);
  connect(canvas_, &PhotoCanvas::strokePainted, &desk_, &PhotoDesk::paint);
  connect(canvas_, &PhotoCanvas::landmarkMoved, this, [this](int handle, const QPointF& at, bool begins) {
    const int point = kFaceHandles[static_cast<std::size_t>(handle)];
    desk_.moveLandmark(
        static_cast<std::size_t>(point), {static_cast<float>(at.x()), static_cast<float>(at.y())}, begins);
  });
  connect(canvas_, &PhotoCanvas::landmarkChosen, landmark_, &QComboBox::setCurrentIndex);
  connect(landmark_, &QComboBox::activated, this, [this](int handle) {
    canvas_->setLandmark(handle);
    canvas_->setFocus();  // the arrows move it from here on
  });
  connect(landmark_undo_, &QAbstractButton::clicked, &desk_, &PhotoDesk::undoLandmark);
  connect(landmark_reset_, &QAbstractButton::clicked, &desk_, &PhotoDesk::resetLandmarks);
  connect(canvas_, &PhotoCanvas::undoRequested, this, &AdjustPage::undo);
  connect(canvas_, &PhotoCanvas::brushEdited, brush_, &ValueSlider::setValue);
  connect(canvas_, &PhotoCanvas::toolEdited, this, [this](PhotoCanvas::Tool tool) {
    chooseTool(static_cast<int>(tool));
  });
  connect(brush_, &ValueSlider::edited, canvas_, &PhotoCanvas::setBrush);
  connect(tools_, &QButtonGroup::idClicked, this, &AdjustPage::chooseTool);
  connect(undo_, &QAbstractButton::clicked, &desk_, &PhotoDesk::undoStroke);
  connect(clear_, &QAbstractButton::clicked, &desk_, &PhotoDesk::clearStrokes);
  connect(yaw_, &ValueSlider::edited, this, [this](double degrees) {
    editPose(yaw_, [degrees](HeadPose& pose) { pose.yaw = degrees; });
  });
  connect(pitch_, &ValueSlider::edited, this, [this](double degrees) {
    editPose(pitch_, [degrees](HeadPose& pose) { pose.pitch = degrees; });
  });
  connect(roll_, &ValueSlider::edited, this, [this](double degrees) {
    editPose(roll_, [degrees](HeadPose& pose) { pose.square.roll_degrees = degrees; });
  });
  for (const ValueSlider* slider : {yaw_, pitch_, roll_}) {
    connect(slider, &ValueSlider::released, &desk_, &PhotoDesk::endStep);
  }
  connect(&desk_, &PhotoDesk::listChanged, this, &AdjustPage::showList);
  connect(&desk_, &PhotoDesk::listChanged, this, &AdjustPage::showVerdict);
  connect(&desk_, &PhotoDesk::currentChanged, this, &AdjustPage::showPhoto);
  connect(&desk_, &PhotoDesk::poseChanged, this, &AdjustPage::showPose);
  connect(&desk_, &PhotoDesk::maskChanged, this, &AdjustPage::showMask);
}

void AdjustPage::setModel(const ModelPtr& model) { preview_->setModel(model); }

void AdjustPage::chooseTool(int tool) {
  tools_->button(tool)->setChecked(true);
  canvas_->setTool(static_cast<PhotoCanvas::Tool>(tool));
  const bool landmarks = canvas_->tool() == PhotoCanvas::Tool::Landmarks;
  landmark_row_->setVisible(landmarks);
  brush_row_->setVisible(!landmarks && canvas_->tool() != PhotoCanvas::Tool::Square);
  if (landmarks) {
    canvas_->fitSquare();  // in a whole photo they are too close together
  }
  showPose();
}

void AdjustPage::undo() {
  switch (canvas_->tool()) {
    case PhotoCanvas::Tool::Square:
      return desk_.undoPose();
    case PhotoCanvas::Tool::Landmarks:
      return desk_.undoLandmark();
    default:
      return desk_.undoStroke();
  }
}

void AdjustPage::showList() {
  const QSignalBlocker quiet(photo_);
  photo_->clear();
  for (const PhotoSubject& subject : desk_.photos()) {
    photo_->addItem(
        tr("%1. %2%3")
            .arg(photo_->count() + 1)
            .arg(toQString(subject.path.filename()),
                 subject.isReady() || !subject.isRead() ? QString() : tr(" \u2013 to be checked")));
  }
  photo_->setCurrentIndex(desk_.currentIndex());
  photo_->setVisible(photo_->count() > 1);
}

void AdjustPage::showPhoto() {
  const PhotoSubject* subject = desk_.current();
  const bool there = subject != nullptr && subject->isRead();
  photo_->setCurrentIndex(desk_.currentIndex());
  canvas_->setPhoto(there ? subject->shown : ShownPhoto{});
  for (QWidget* part : {static_cast<QWidget*>(find_),
                        static_cast<QWidget*>(yaw_),
                        static_cast<QWidget*>(pitch_),
                        static_cast<QWidget*>(roll_)}) {
    part->setEnabled(there);
  }
  if (there && shown_ != subject->id) {
    shown_ = subject->id;
    // A guess is judged by the head that stands in it.
    const bool guess = !subject->placed && (subject->head.found_by == FoundBy::PersonOutline ||
                                            subject->head.found_by == FoundBy::Nothing);
    preview_->setBlend(guess ? 0.5 : 0);
  }
  showPose();
  showMask();
}

void AdjustPage::showPose() {
  const PhotoSubject* subject = desk_.current();
  showVerdict();
  pose_undo_->setEnabled(subject != nullptr && !subject->earlier.empty());
  pose_reset_->setEnabled(subject != nullptr && subject->isRead() && !subject->isAsFound());
  if (subject == nullptr || !subject->isRead()) {
    preview_->show(nullptr, {});
    return;
  }
  if (canvas_->tool() == PhotoCanvas::Tool::Landmarks) {
    desk_.guessLandmarks();  // where there are none
  }
  const HeadPose& pose = subject->head.pose;
  std::vector<AlignedSquare> squares;
  for (const FoundHead& head : subject->heads) {
    squares.push_back(head.pose.square);
  }
  canvas_->setHeads(std::move(squares), subject->chosen);
  canvas_->setSquare(pose.square);
  canvas_->setLandmarks(subject->head.landmarks);
  landmark_row_->setEnabled(!subject->head.landmarks.empty());
  landmark_undo_->setEnabled(!subject->moves.empty());
  landmark_reset_->setEnabled(!subject->moves.empty());
  yaw_->setValue(pose.yaw);
  pitch_->setValue(pose.pitch);
  roll_->setValue(pose.square.roll_degrees);
  preview_->show(std::shared_ptr<const Image>(subject->photo, &subject->photo->image), pose);
}

void AdjustPage::showMask() {
  const PhotoSubject* subject = desk_.current();
  const bool strokes = subject != nullptr && !subject->strokes.empty();
  undo_->setEnabled(strokes);
  clear_->setEnabled(strokes);
  if (subject != nullptr) {
    canvas_->setMask(subject->mask.alpha, subject->mask_square);
  }
  showVerdict();
}

void AdjustPage::showVerdict() {
  const PhotoSubject* subject = desk_.current();
  QStringList lines;
  const auto add = [&lines](const std::string& text, const char* colour) {
    if (!text.empty()) {
      lines << QString("<span style='color:%1'>%2</span>").arg(colour, toQString(text).toHtmlEscaped());
    }
  };
  constexpr auto kBad = "#ff9a7a", kWarning = "#e2c058", kGood = "#8b919c";
  bool rejected = false;
  if (subject != nullptr && subject->isRead()) {
    rejected = !subject->isReady();
    if (rejected) {
      for (const Rejection& rejection : subject->head.rejections) {
        add(rejection.reason + ": " + rejection.remedy, kBad);
      }
    } else if (!subject->placed) {
      add(foundByText(subject->head).toStdString(), kGood);
    }
    if (subject->heads.size() > 1) {
      add(tr("%1 heads: click the frame of the one you want (or press N)")
              .arg(subject->heads.size())
              .toStdString(),
          kWarning);
    }
    for (const auto* notes : {&subject->head.warnings, &subject->photo->notices, &subject->mask.notices}) {
      for (const std::string& note : *notes) {
        add(note, kWarning);
      }
    }
  }
  verdict_->setText(lines.join("<br>"));
  verdict_->setVisible(!lines.isEmpty());
  accept_->setVisible(rejected);
}

void AdjustPage::editPose(const QObject* by, const std::function<void(HeadPose&)>& change) {
  if (const PhotoSubject* subject = desk_.current()) {
    HeadPose pose = subject->head.pose;
    change(pose);
    desk_.setPose(pose, by);
  }
}

}  // namespace panohead::ui
