// SPDX-License-Identifier: BSL-1.0
/// \file command.hpp
/// The command `guestclock` as another program sees it.
#pragma once

#include "process.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace guestclock::tests {

using json = nlohmann::ordered_json;

inline process_result guestclock_command(std::vector<std::string> arguments, const process_options& options = {}) {
  arguments.insert(arguments.begin(), GUESTCLOCK_PATH);
  return run_process(arguments, options);
}

/// On a machine without a live page.
inline process_options without_live_page() {
  process_options options;
  options.environment = {"LD_PRELOAD=" NO_LIVE_PAGE_PATH, "ASAN_OPTIONS=verify_asan_link_order=0"};
  return options;
}

/// On a machine whose only live page is of that kind: hyperv or vmclock.
inline process_options with_live_page_of(const std::string& kind) {
  process_options options;
  options.environment = {"LD_PRELOAD=" OTHER_LIVE_PAGE_PATH, "ASAN_OPTIONS=verify_asan_link_order=0",
                         "LIVE_PAGE=" + kind};
  return options;
}

inline process_options with_stdin(std::string text) {
  process_options options;
  options.stdin_text = std::move(text);
  return options;
}
inline process_options with_stdin_from(std::string path) {
  process_options options;
  options.stdin_path = std::move(path);
  return options;
}

inline std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

/// What was printed, as an object with exactly those keys, in that order.
inline json parsed_object(const process_result& ran, const std::vector<std::string>& keys) {
  json object = json::parse(ran.out, nullptr, false);
  EXPECT_TRUE(object.is_object()) << ran.out << ran.err;
  if (!object.is_object()) return json::object();
  EXPECT_EQ(keys_of(object), keys);
  return object;
}

}  // namespace guestclock::tests
