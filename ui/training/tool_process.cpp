#include "ui/training/tool_process.h"

namespace panohead::ui {
namespace {

constexpr int kPatience = 500;  // ms that a killed command is waited for, at the end of the window

}  // namespace

ToolProcess::ToolProcess(const QString& program, QObject* parent) : QObject(parent), program_(program) {
  connect(&process_, &QProcess::readyReadStandardError, this, &ToolProcess::readErrors);
  connect(&process_, &QProcess::finished, this, &ToolProcess::ended);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) {  // the only one that finished() does not follow
      emit finished({}, tr("The command cannot be started: %1").arg(process_.errorString()));
    }
  });
}

ToolProcess::~ToolProcess() {
  process_.disconnect(this);
  if (isRunning()) {
    process_.kill();
    process_.waitForFinished(kPatience);
  }
}

void ToolProcess::start(const QStringList& arguments) {
  if (isRunning()) {
    return;
  }
  errors_.clear();
  cancelled_ = false;
  process_.start(program_, arguments, QIODevice::ReadOnly);
}

void ToolProcess::cancel() {
  cancelled_ = true;
  process_.kill();  // it writes nothing that could be half done
}

bool ToolProcess::isRunning() const { return process_.state() != QProcess::NotRunning; }

void ToolProcess::readErrors() {
  const QString text = QString::fromUtf8(process_.readAllStandardError());
  errors_ += text;
  const QStringList lines = text.split('\n', Qt::SkipEmptyParts);
  if (!lines.isEmpty()) {
    emit progressed(lines.back().trimmed());
  }
}

void ToolProcess::ended(int code, QProcess::ExitStatus status) {
  if (cancelled_) {
    emit cancelled();
    return;
  }
  readErrors();
  QString problem;
  if (status == QProcess::CrashExit) {
    problem = tr("The command died: killed, or out of memory.");
  } else if (code != 0) {
    const QString said = errors_.trimmed();
    problem = said.isEmpty() ? tr("The command ended with exit code %1.").arg(code) : said;
  }
  emit finished(QString::fromUtf8(process_.readAllStandardOutput()), problem);
}

}  // namespace panohead::ui
