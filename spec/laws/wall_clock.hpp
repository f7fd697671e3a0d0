// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/wall_clock.hpp
/// What <guestclock/wall_clock.hpp> promises: boot times, and how a wall clock follows them.
#pragma once

#include <guestclock/wall_clock.hpp>

#include "law.hpp"
#include "unix_time.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// A wall clock structure that nobody else writes: 16 bytes, as the words that readers load.
struct constant_wall_clock {
  u32 version{};
  u32 word4{};
  u32 word8{};
  u32 word12{};

  constexpr u32 load_version(read_order, after_nothing) const { return version; }
  constexpr u32 load32(std::size_t offset) const { return offset == 4 ? word4 : offset == 8 ? word8 : word12; }
  constexpr void acquire_fence() const {}
  constexpr void store_version(u32 value, write_order) { version = value; }
  constexpr void store32(std::size_t offset, u32 value) { (offset == 4 ? word4 : offset == 8 ? word8 : word12) = value; }
  constexpr void release_fence() {}
};
template <class Inputs> constexpr constant_wall_clock any_wall_clock(Inputs& in) {
  constant_wall_clock memory;
  memory.version = in.template any<u32>("version");
  memory.word4 = in.template any<u32>("word4");
  memory.word8 = in.template any<u32>("word8");
  memory.word12 = in.template any<u32>("word12");
  return memory;
}

/// What a structure says, with the high word of its seconds or without.
constexpr integer exact_seconds(const constant_wall_clock& memory, const wall_clock_page&) { return integer(memory.word4); }
constexpr integer exact_seconds(const constant_wall_clock& memory, const xen_wall_clock_page&) {
  return integer(memory.word12) * power_of_two(32) + integer(memory.word4);
}

template <class Page> constexpr const char* by_page(const char* low, const char* high) {
  return std::same_as<Page, xen_wall_clock_page> ? high : low;
}

struct wall_clock_boot_accepts {
  static constexpr law_info info{
      "wall_clock.boot.accepts",
      "fields are a boot time exactly when their nanoseconds are below one second and their seconds fit 63 bits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 seconds = in.template any<u64>("seconds");
    const wall_clock_snapshot told{seconds, in.template any<u32>("nanoseconds")};
    const auto boot = boot_time_of(told);
    const flag valid = (told.nanoseconds < nanoseconds_per_second) & (integer(told.seconds) < power_of_two(63));
    in.require(flag(boot.has_value()) == valid);
    if (!boot) return in.require(boot.error() == clock_error::out_of_range);
    in.require((integer(boot->seconds()) == integer(told.seconds)) & (boot->nanoseconds() == told.nanoseconds));
  }
};

template <class Page> struct wall_clock_host_accepts {
  static constexpr law_info info{by_page<Page>("wall_clock.host.accepts", "wall_clock.host.accepts.xen"),
                                 "a host can write a boot time exactly when it is not before 1970 and its seconds fit, in "
                                 "32 bits or with Xen's high word in 63; readers get it back"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_wall_clock memory = any_wall_clock(in);
    const unix_time boot = any_unix_time(in, "seconds", "nanoseconds");
    const auto written = wall_clock_for<Page>(boot);
    const integer end = power_of_two(std::same_as<Page, xen_wall_clock_page> ? u32(63) : u32(32));
    in.require(flag(written.has_value()) == ((0 <= integer(boot.seconds())) & (integer(boot.seconds()) < end)));
    if (!written) return in.require(written.error() == clock_error::out_of_range);
    const u32 beyond = memory.word12;
    publish_section<Page>(memory, *written);
    const auto told = read_wall_clock<Page>(memory);
    in.require(told.has_value());
    in.require(*told == boot);
    if (!std::same_as<Page, xen_wall_clock_page>) in.require(memory.word12 == beyond);
  }
};

template <class Page> struct wall_clock_page_total {
  static constexpr law_info info{by_page<Page>("wall_clock.page.total", "wall_clock.page.total.xen"),
                                 "any bytes: an odd version is an update in progress, the rest is the boot time that they say"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const constant_wall_clock memory = any_wall_clock(in);
    const auto told = read_wall_clock<Page>(memory);
    if (floor_mod(integer(memory.version), 2) == 1) return in.require(told.error() == clock_error::update_in_progress);
    const integer seconds = exact_seconds(memory, Page{});
    const flag valid = (memory.word8 < nanoseconds_per_second) & (seconds < power_of_two(63));
    in.require(flag(told.has_value()) == valid);
    if (!told) return in.require(told.error() == clock_error::out_of_range);
    in.require((integer(told->seconds()) == seconds) & (told->nanoseconds() == memory.word8));
  }
};

struct wall_clock_boot_exact {
  static constexpr law_info info{
      "wall_clock.boot.exact",
      "the wall clock is the boot time plus the monotonic time, and the boot time their difference, wherever there is such a point"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time point = any_unix_time(in, "seconds", "nanoseconds");
    const instant monotonic{in.template any<u64>("monotonic")};
    const integer since_boot = integer(monotonic.nanoseconds);
    require_point(in, boot_time(point, monotonic), exact_nanoseconds(point) - since_boot);
    require_point(in, wall_time(point, monotonic), exact_nanoseconds(point) + since_boot);
  }
};

struct wall_clock_boot_sampled {
  static constexpr law_info info{
      "wall_clock.boot.sampled",
      "a sampled boot time is the true one, or later by exactly what passed between the two clocks; an error of one is the error"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 boot = in.template any<u64>("boot_ns");  // of 1970 to 2554; sums stay in range
    const u64 since_boot = in.template any<u64>("since_boot");
    const u64 between = in.template between<u64>("between", 0, max_of<u64> - since_boot);
    const auto fails = in.template between<u8>("fails", 0, 2);
    u64 now = since_boot;  // whichever clock is asked first tells this, the other one a later time
    const auto pass = [&now, since_boot, between] {
      const u64 told = now;
      now = since_boot + between;
      return told;
    };
    const auto monotonic = [&]() -> result<instant> {
      if (fails == 1) return clock_error::no_clock;
      return instant{pass()};
    };
    const auto wall = [&]() -> result<unix_time> {
      if (fails == 2) return clock_error::unstable;
      return wall_time(unix_time::from_nanoseconds(boot), {pass()});
    };
    const auto sampled = sample_boot_time(monotonic, wall);
    if (fails == 1) return in.require(sampled.error() == clock_error::no_clock);
    if (fails == 2) return in.require(sampled.error() == clock_error::unstable);
    in.require(sampled.has_value());
    in.require(exact_nanoseconds(*sampled) == integer(boot) + integer(between));
  }
};

struct wall_clock_slew_exact {
  static constexpr law_info info{
      "wall_clock.slew.exact",
      "a slewing clock has come floor(elapsed * ppm / 10^6) ns far: never back, and never further than time has passed"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 ppm = in.template between<u32>("ppm", 0, parts_per_million - 1);
    const u64 elapsed = in.template any<u64>("elapsed");
    const u64 later = in.template between<u64>("later", elapsed, max_of<u64>);
    const integer moved = integer(slewed_by(elapsed, ppm));
    const integer moved_later = integer(slewed_by(later, ppm));
    const integer product = integer(elapsed) * integer(ppm);
    in.require((moved * 1'000'000 <= product) & (product < (moved + 1) * 1'000'000));
    in.require((moved <= moved_later) & (moved_later - moved <= integer(later) - integer(elapsed)));
  }
};

struct wall_clock_follow_accepts {
  static constexpr law_info info{
      "wall_clock.follow.accepts",
      "a wall clock slews exactly by 1 to 999 999 parts per million and to boot times of 1970 to 2554, and begins with the one "
      "that held before"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 from = in.template any<u64>("from");
    const unix_time to = any_unix_time(in, "to_seconds", "to_nanoseconds");
    const instant now{in.template any<u64>("now")};
    const u32 ppm = in.template any<u32>("ppm");
    const auto slewing = followed_wall::step(unix_time::from_nanoseconds(from))->slew(to, now, ppm);
    const flag rate_accepted = (1 <= ppm) & (ppm <= parts_per_million - 1);
    in.require(flag(slewing.has_value()) == (rate_accepted & has_count(to)));
    if (!slewing) return in.require(slewing.error() == clock_error::out_of_range);
    in.require(slewing->boot_ns_at(now) == from);
    in.require(slewing->boot_ns_at({in.template between<u64>("before", 0, now.nanoseconds)}) == from);
  }
};

struct wall_clock_follow_step {
  static constexpr law_info info{
      "wall_clock.follow.step",
      "a wall clock steps exactly to boot times of 1970 to 2554, and then goes by the new one at every monotonic time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time to = any_unix_time(in, "to_seconds", "to_nanoseconds");
    const instant now{in.template any<u64>("now")};
    const auto stepped = followed_wall::step(to);
    in.require(flag(stepped.has_value()) == has_count(to));
    if (!stepped) return in.require(stepped.error() == clock_error::out_of_range);
    in.require(integer(stepped->boot_ns_at(now)) == exact_nanoseconds(to));
    require_point(in, stepped->wall_at(now), exact_nanoseconds(to) + integer(now.nanoseconds));
  }
};

/// A wall clock that slews from one boot time to another.
struct slewing_wall {
  u64 from, to, since;
  u32 ppm;
  constexpr followed_wall wall() const {
    return *followed_wall::step(unix_time::from_nanoseconds(from))->slew(unix_time::from_nanoseconds(to), {since}, ppm);
  }
};
template <class Inputs> constexpr slewing_wall any_slewing_wall(Inputs& in) {
  const u64 from = in.template any<u64>("from");
  const u64 to = in.template any<u64>("to");
  const u64 since = in.template any<u64>("since");
  return {from, to, since, in.template between<u32>("ppm", 1, parts_per_million - 1)};
}

struct wall_clock_follow_formula {
  static constexpr law_info info{
      "wall_clock.follow.formula",
      "while it slews, the boot time lies floor(elapsed * ppm / 10^6) ns from the old one, towards the new one, and no further than it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const slewing_wall slewing = any_slewing_wall(in);
    const u64 elapsed = in.template between<u64>("elapsed", 0, max_of<u64> - slewing.since);
    const integer boot = integer(slewing.wall().boot_ns_at({slewing.since + elapsed}));
    const integer moved = integer(slewed_by(elapsed, slewing.ppm));  // wall_clock.slew.exact
    const integer from = integer(slewing.from);
    const integer to = integer(slewing.to);
    if (from <= to) return in.require(boot == (from + moved <= to ? from + moved : to));
    in.require(boot == (to <= from - moved ? from - moved : to));
  }
};

struct wall_clock_follow_reaches {
  static constexpr law_info info{
      "wall_clock.follow.reaches",
      "the new boot time holds from exactly ceil(difference * 10^6 / ppm) ns after the slewing began"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const slewing_wall slewing = any_slewing_wall(in);
    const u64 elapsed = in.template between<u64>("elapsed", 0, max_of<u64> - slewing.since);
    const u64 boot = slewing.wall().boot_ns_at({slewing.since + elapsed});
    const integer ahead = integer(slewing.to) - integer(slewing.from);
    const integer difference = ahead < 0 ? -ahead : ahead;
    in.require((boot == slewing.to) == (difference * 1'000'000 <= integer(elapsed) * integer(slewing.ppm)));
  }
};

struct wall_clock_follow_never_back {
  static constexpr law_info info{"wall_clock.follow.never-back",
                                 "along any sequence of slews, one beginning while another goes on, the wall clock never goes back",
                                 law_kind::trace};
  struct state {
    followed_wall wall;
    u64 since;    ///< when the latest slewing began
    u64 elapsed;  ///< monotonic time since then
    u32 ppm;
  };
  /// The time of day now, in ns.
  static constexpr integer told_by(const state& s) {
    const u64 now = s.since + s.elapsed;
    return integer(s.wall.boot_ns_at({now})) + integer(now);
  }
  static constexpr flag invariant(const state& s) {
    return (integer(s.since) + integer(s.elapsed) < power_of_two(64)) & (s.ppm < parts_per_million);
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const slewing_wall slewing = any_slewing_wall(in);
    const u64 elapsed = in.template between<u64>("elapsed", 0, max_of<u64> - slewing.since);
    return {slewing.wall(), slewing.since, elapsed, slewing.ppm};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    const unix_time from = unix_time::from_nanoseconds(in.template any<u64>("from"));
    return {*followed_wall::step(from), in.template any<u64>("now"), 0, 0};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    if (in.template between<u8>("action", 0, 1) == 0) slew(in, s);
    else pass(in, s);
  }
  template <class Inputs> static constexpr void slew(Inputs& in, state& s) {
    const integer told = told_by(s);
    const unix_time to = unix_time::from_nanoseconds(in.template any<u64>("next"));
    s.since = s.since + s.elapsed;
    s.elapsed = 0;
    s.ppm = in.template between<u32>("next_ppm", 1, parts_per_million - 1);
    s.wall = *s.wall.slew(to, {s.since}, s.ppm);
    in.require(told_by(s) == told);
  }
  template <class Inputs> static constexpr void pass(Inputs& in, state& s) {
    state later = s;
    later.elapsed = in.template between<u64>("later", s.elapsed, max_of<u64> - s.since);
    const integer moved = integer(slewed_by(later.elapsed, s.ppm)) - integer(slewed_by(s.elapsed, s.ppm));
    in.require((0 <= moved) & (moved <= integer(later.elapsed) - integer(s.elapsed)));  // wall_clock.slew.exact
    in.require(told_by(s) <= told_by(later));
    s = later;
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
