// SPDX-License-Identifier: BSL-1.0
/// \file guestclock.cpp
/// The command `guestclock`: what this machine's clock says, and whether to believe it.
#include "now.hpp"
#include "output.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <sstream>
#include <string>
#include <vector>

namespace guestclock::tools {
namespace {

CLI::App* add_now(CLI::App& app, now_options& options) {
  CLI::App* const now = app.add_subcommand("now", "This machine's time, and how the OS clock runs against it");
  now->add_option("--source", options.source,
                  "Which clock: auto takes the live page, or the simulated host and exits 1")
      ->check(CLI::IsMember({"auto", "pvclock", "simulated"}))
      ->capture_default_str();
  now->add_flag("--json", options.json, "One JSON object; null where a value is unknown");
  return now;
}

/// Help and version go to stdout; anything else is a usage error.
exit_status answer_unparsed(const CLI::App& app, const CLI::ParseError& why) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = app.exit(why, out, err);
  if (status == 0) return print(out.str(), exit_status::yes);
  const std::vector<std::string> unknown = app.remaining();
  const std::string fault = unknown.empty() ? why.what() : "there is no " + unknown.front();
  complain(fault + "; see guestclock --help");
  return exit_status::environment;
}

exit_status run(int argc, char** argv) {
  CLI::App app("What this machine's paravirtual clock says, and whether to believe it.", "guestclock");
  app.set_version_flag("--version", "guestclock " GUESTCLOCK_VERSION);
  app.footer("Exit status: 0 yes, 1 it ran and the answer is no, 2 usage or environment.");
  app.require_subcommand(1);
  now_options now;
  const CLI::App* const now_command = add_now(app, now);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    return answer_unparsed(app, why);
  }
  if (now_command->parsed()) return run_now(now);
  return exit_status::environment;  // a subcommand without a function of its own: never
}

}  // namespace
}  // namespace guestclock::tools

int main(int argc, char** argv) {
  using namespace guestclock::tools;
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return static_cast<int>(exit_status::environment);
}
