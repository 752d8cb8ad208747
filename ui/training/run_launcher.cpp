#include "ui/training/run_launcher.h"

#include "ui/bridge/qt_convert.h"

#include <QCoreApplication>
#include <QProcess>
#include <QStandardPaths>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace panohead::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("RunLauncher", text); }

// The inner shell becomes the program, so that the number it writes is the program's; the outer one lives on
// to write how it ended, also when this window is gone by then. The run takes no more of the processor than
// the window's own computing (core/jobs/thread_worker.cpp), or a head would take ten times as long meanwhile.
constexpr char kScript[] = R"(
sh -c 'echo $$ >"$0/panel.pid"; exec nice -n 10 "$@"' "$0" "$@"
code=$?
echo $code >"$0/panel.exit.part" && mv "$0/panel.exit.part" "$0/panel.exit"
)";

int signalOf(RunWish wish) {
  switch (wish) {
    case RunWish::kPauseOrResume:
      return SIGUSR1;
    case RunWish::kSnapshot:
      return SIGUSR2;
    case RunWish::kStop:
      break;
  }
  return SIGINT;
}

}  // namespace

QString launchRun(const RunLaunch& launch) {
  const QString folder = toQString(launch.folder);
  std::error_code error;
  std::filesystem::create_directories(launch.folder, error);
  if (error) {
    return tr("The folder '%1' cannot be made: %2.").arg(folder, QString::fromStdString(error.message()));
  }
  if (access(launch.folder.c_str(), W_OK) != 0) {
    return tr("The folder '%1' cannot be written to.").arg(folder);
  }
  for (const char* name : {kPanelPid, kPanelExit, kPanelNews, kPanelErrors}) {
    std::filesystem::remove(launch.folder / name, error);
  }
  QStringList command;
  if (launch.ranks > 1) {
    const QString mpirun = QStandardPaths::findExecutable("mpirun");
    if (mpirun.isEmpty()) {
      return tr("Several ranks need mpirun, which is not installed (package openmpi-bin).");
    }
    command << mpirun << "--oversubscribe" << "--bind-to" << "none" << "-n" << QString::number(launch.ranks)
            << "--enable-recovery";
    if (geteuid() == 0) {
      command << "--allow-run-as-root";
    }
  }
  command << launch.program << "train" << launch.arguments << "--out" << folder << "--json";

  QProcess process;
  process.setProgram("/bin/sh");
  process.setArguments(QStringList{"-c", kScript, folder} + command);
  process.setStandardInputFile(QProcess::nullDevice());
  process.setStandardOutputFile(folder + "/" + kPanelNews);
  process.setStandardErrorFile(folder + "/" + kPanelErrors);
  qint64 shell = 0;
  if (!process.startDetached(&shell)) {
    return tr("The training process cannot be started: %1").arg(process.errorString());
  }
  // Until the script has written the program's number, its own stands there: a look into the folder in
  // between must not find it dead.
  const std::filesystem::path pid_file = launch.folder / kPanelPid;
  const int descriptor = open(pid_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) {
    const std::string text = std::to_string(shell) + "\n";
    static_cast<void>(!write(descriptor, text.data(), text.size()));
    close(descriptor);
  }
  return {};
}

bool canAsk(const RunStatus& status, RunWish wish) {
  if (!isActive(status.phase)) {
    return false;
  }
  const bool has_lock = status.holder.alive && status.holder.is_here;
  if (wish == RunWish::kStop) {
    return has_lock || status.launched != 0;
  }
  // Before the lock is held the program may not listen yet, and these signals end a program that does not.
  return has_lock && status.phase != RunPhase::kStarting && status.phase != RunPhase::kStopping;
}

bool askRun(const RunStatus& status, RunWish wish) {
  if (!canAsk(status, wish)) {
    return false;
  }
  const bool has_lock = status.holder.alive && status.holder.is_here;
  return kill(has_lock ? status.holder.pid : status.launched, signalOf(wish)) == 0;
}

bool isRunningHere(const std::filesystem::path& folder) {
  const RunHolder holder = runHolder(folder);
  return (holder.alive && holder.is_here) || launchedProcess(folder) != 0;
}

void stopRun(const std::filesystem::path& folder) {
  const RunHolder holder = runHolder(folder);
  const pid_t pid = holder.alive && holder.is_here ? holder.pid : launchedProcess(folder);
  if (pid > 0) {
    kill(pid, SIGINT);
  }
}

}  // namespace panohead::ui
