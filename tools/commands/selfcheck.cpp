// ipcmark selfcheck: six checks of the instrument itself → a certificate → exit code.
#include "tools/selfcheck/selfcheck.hpp"
#include "tools/commands/commands.hpp"
#include "tools/commands/host_turn.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/files/output_file.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

class CheckProgress : public SelfcheckObserver {
 public:
  explicit CheckProgress(bool terminal) : terminal_(terminal) {}
  void check_begins(const SelfcheckRow& row) override {
    tell("{}{}{}", terminal_ ? "\r" : "", row.name, terminal_ ? "\033[K" : "\n");
  }
  void finish() const {
    if (terminal_) tell("\r\033[K");
  }

 private:
  bool terminal_;
};

int exit_code_of(const Certificate& certificate, bool fail_on_inconclusive, int stop_signal) {
  if (certificate.count(CheckState::failed) > 0) return exit_code::correctness;
  if (certificate.run.interrupted) return exit_code::signal_base + stop_signal;
  const bool open = certificate.count(CheckState::inconclusive) > 0;
  return open && fail_on_inconclusive ? exit_code::inconclusive : exit_code::success;
}

}  // namespace

int selfcheck(const Program& program, const SelfcheckCommand& command) {
  const std::atomic<int>& stop = catch_stop_signals();
  std::optional<OutputFile> json;
  if (!command.json.empty()) {
    auto opened = OutputFile::open(command.json);
    if (!opened) {
      complain(opened.error());
      return exit_code::usage;
    }
    json.emplace(std::move(*opened));
  }
  std::optional<Fd> host_lock;
  if (!command.share) {
    if (const auto code = take_host_lock(stop, host_lock)) return *code;
  }
  auto manifest = Manifest::create();
  if (!manifest) {
    complain(explain(manifest.error()));
    return exit_code::usage;
  }
  SelfcheckOptions options;
  options.only = command.only;
  options.broken = command.broken;
  options.rounds = command.rounds;
  options.stop_signal = &stop;
  CheckProgress progress(stderr_is_terminal());
  const auto certificate = run_selfcheck(program, options, **manifest, progress);
  progress.finish();
  if (!certificate) {
    complain(certificate.error());
    return exit_code::usage;
  }
  bool written = true;
  if (json) {
    if (const auto done = json->commit(certificate_to_json(*certificate)); !done) {
      complain(done.error());
      written = false;
    }
  }
  show("{}", certificate_to_console(*certificate, style_of_stdout(command.color)));
  if (!written) return exit_code::usage;
  return exit_code_of(*certificate, command.fail_on_inconclusive, stop.load());
}

}  // namespace ipcmark
