// SPDX-License-Identifier: BSL-1.0
#include "publish.hpp"

#include "file.hpp"
#include "page_bytes.hpp"

namespace guestclock::tools {
namespace {

rounding rounding_of(const publish_options& options) {
  return options.rounding == "kvm" ? rounding::kvm : rounding::exact;
}

/// A page on which those fields were published once. Without a rate they are all zero, and every reader refuses them.
pvclock_vcpu_time_info published(const publish_options& options, const result<tick_rate>& rate) {
  pvclock_snapshot fields;
  if (rate) fields = {options.tsc, options.time_ns, rate->mul, rate->shift, u8(pvclock_tsc_stable)};
  pvclock_vcpu_time_info page{};
  writable_atomic_page<8> memory(&page);
  static_cast<void>(publish_section<pvclock_page>(memory, fields));
  return page;
}

std::string to_json(const publish_options& options, const pvclock_vcpu_time_info& page) {
  json object;
  object["kind"] = options.kind;
  object["fields"] = fields_of(page);
  object["page_hex"] = hex_of(page);
  return object.dump(2) + "\n";
}

void complain_of_frequency(const publish_options& options) {
  const auto fits = [&](u64 hz) { return tick_rate_for(hz, rounding_of(options)).has_value(); };
  u64 greatest = 0;  // the highest bit first: what fits, fits below, too
  for (u64 bit = u64(1) << 63; bit != 0; bit >>= 1)
    if (fits(greatest | bit)) greatest |= bit;
  complain(
      fmt::format("no pvclock page can tell the time of a counter of {}: {} is not in [1, {}] for rounding {}; "
                  "the page is one that readers refuse",
                  frequency_text(options.frequency_hz), options.frequency_hz, greatest, options.rounding));
}

}  // namespace

exit_status run_publish(const publish_options& options) {
  const bool binary_to_stdout = !options.file.empty() && is_stdout(options.file);
  if (binary_to_stdout && options.json) {
    complain("--json and the binary page would both go to standard output; give -o another file");
    return exit_status::environment;
  }
  const result<tick_rate> rate = tick_rate_for(options.frequency_hz, rounding_of(options));
  const pvclock_vcpu_time_info page = published(options, rate);
  if (!rate) complain_of_frequency(options);
  const exit_status answer = rate ? exit_status::yes : exit_status::no;
  if (binary_to_stdout) return print(bytes_of(page), answer);
  if (!options.file.empty())
    if (const auto why = write_whole(options.file, bytes_of(page))) {
      complain(*why);
      return exit_status::environment;
    }
  return print(options.json ? to_json(options, page) : hex_of(page) + "\n", answer);
}

}  // namespace guestclock::tools
