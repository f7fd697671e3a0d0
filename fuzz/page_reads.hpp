// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/page_reads.hpp
/// A script as a reader's memory and counter, and what holds for every kind of page: bounded passes, and what an accepted
/// section must be of.
#pragma once

#include <cstddef>

#include <guestclock/version_retry.hpp>

#include "page_script.hpp"
#include "refute.hpp"

namespace guestclock::fuzz {

/// Reading advances the script: to the reader the page is constant.
template <class Page> struct scripted_memory {
  page_script<Page>* script;
  u32 load_version(read_order, after_nothing) const { return script->load_version(); }
  u64 load(std::size_t offset) const { return script->load(offset); }
  u32 load32(std::size_t offset) const { return script->load32(offset); }
  void acquire_fence() const {}
};
template <class Page> struct scripted_counter {
  page_script<Page>* script;
  struct sampled {
    u64 value;
    after_nothing after{};
  };
  sampled sample() { return {script->sample()}; }
};

/// What an accepted section is judged by: the update that the page held when the counter was read, or, where the writes
/// keep no protocol, what was loaded last.
template <class Page> publication_of<Page> belonging(const page_script<Page>& script) {
  const auto& seen = script.seen();
  if (seen.first_version != seen.last_version || !Page::at_rest(seen.last_version))
    refute("one-update", "an accepted section begins and ends with one version at rest");
  if (!script.keeps_protocol()) return {Page::fields_of(seen.words), seen.last_version};
  const publication_of<Page>* held = script.at_last_sample();
  if (held == nullptr) refute("one-update", "an accepted section's counter is read while an update is complete");
  return *held;
}

template <class Page> void judge_passes(const page_script<Page>& script, bool gave_up) {
  const unsigned loads = script.version_loads();
  if (loads > 2 * retry_count_max) refute("bounded", "a read has at most retry_count_max passes");
  if (!gave_up) return;
  if (loads < retry_count_max) refute("patience", "a read gives up only after retry_count_max passes");
  if (script.was_quiet()) refute("patience", "a read does not give up on a page at rest");
}

}  // namespace guestclock::fuzz
