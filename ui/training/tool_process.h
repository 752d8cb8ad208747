#pragma once

#include <QObject>
#include <QProcess>

namespace panohead::ui {

/// A command of the program that is run beside the window and waited for: the check of a data set, a
/// forecast. One at a time; it ends with this object.
class ToolProcess final : public QObject {
  Q_OBJECT

 public:
  explicit ToolProcess(const QString& program, QObject* parent = nullptr);
  ~ToolProcess() override;

  void start(const QStringList& arguments);
  void cancel();
  bool isRunning() const;

 signals:
  /// What it says on standard error while it runs: a line.
  void progressed(const QString& line);
  /// @param output of standard output; @param problem why it failed, empty when it did not
  void finished(const QString& output, const QString& problem);
  void cancelled();

 private:
  void readErrors();
  void ended(int code, QProcess::ExitStatus status);

  QString program_;
  QProcess process_;
  QString errors_;
  bool cancelled_ = false;
};

}  // namespace panohead::ui
