// SPDX-License-Identifier: BSL-1.0
#include "publish.hpp"

#include "file.hpp"

namespace guestclock::tools {
namespace {

std::string to_json(const any_page& page) {
  json object;
  object["kind"] = name_of(kind_of(page));
  object["fields"] = fields_of(page);
  object["page_hex"] = hex_of(page);
  return object.dump(2) + "\n";
}

}  // namespace

exit_status run_publish(const publish_options& options) {
  const bool binary_to_stdout = !options.file.empty() && is_stdout(options.file);
  if (binary_to_stdout && options.json) {
    complain("--json and the binary page would both go to standard output; give -o another file");
    return exit_status::environment;
  }
  const published_page published = publish_once(options);
  const any_page& page = published.page;
  const bool usable = published.why_unusable.empty();
  if (!usable) complain(published.why_unusable + "; the page is one that readers refuse");
  if (!published.remark.empty()) complain(published.remark);
  const exit_status answer = usable ? exit_status::yes : exit_status::no;
  if (binary_to_stdout) return print(bytes_of(page), answer);
  if (!options.file.empty())
    if (const auto why = write_whole(options.file, bytes_of(page))) {
      complain(*why);
      return exit_status::environment;
    }
  return print(options.json ? to_json(page) : hex_of(page) + "\n", answer);
}

}  // namespace guestclock::tools
