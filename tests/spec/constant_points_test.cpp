// SPDX-License-Identifier: BSL-1.0
/// \file tests/spec/constant_points_test.cpp
/// Laws at points in constant expressions: the compiler is the judge, and refuses undefined behaviour on the way.
#include <array>
#include <concepts>
#include <cstddef>
#include <stdexcept>

#include "../../spec/laws/all.hpp"
#include "../../spec/laws/native_inputs.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::laws;

/// The values of a point in the order in which the law draws them.
template <std::size_t Count> class constant_inputs {
 public:
  struct {
    int failed_line = 0;
    int assumed_line = 0;
  } result;

  constexpr explicit constant_inputs(const std::array<exact, Count>& values) : values_(values) {}

  template <std::integral Word> constexpr Word any(const char*) { return next().template to<Word>(); }
  template <std::integral Word>
  constexpr Word between(const char*, std::type_identity_t<Word> low, std::type_identity_t<Word> high) {
    const Word value = next().template to<Word>();
    if (value < low || high < value) throw std::invalid_argument("the value is not in the range that the law asks for");
    return value;
  }
  [[nodiscard]] constexpr bool assume(bool premise, int line = __builtin_LINE()) {
    if (!premise && result.assumed_line == 0) result.assumed_line = line;
    return premise;
  }
  constexpr void require(bool claim, int line = __builtin_LINE()) {
    if (!claim && result.failed_line == 0) result.failed_line = line;
    ++required_;
  }
  /// Every value was asked for, and something was required of them.
  [[nodiscard]] constexpr bool holds() const {
    return result.failed_line == 0 && result.assumed_line == 0 && required_ > 0 && next_ == Count;
  }

 private:
  constexpr const exact& next() {
    if (next_ == Count) throw std::invalid_argument("the law asks for more values");
    return values_[next_++];
  }
  std::array<exact, Count> values_;
  std::size_t next_ = 0;
  int required_ = 0;
};

template <class Law, class... Values> constexpr bool holds_in(spec::law_part part, Values... values) {
  constant_inputs<sizeof...(Values)> in({exact(values)...});
  spec::run_law_part<Law>(in, part, spec::sequence_length_max);
  return in.holds();
}
template <class Law, class... Values> constexpr bool holds(Values... values) {
  return holds_in<Law>(spec::law_part::whole, values...);
}

// The judge can say no.
struct is_odd_word {
  static constexpr law_info info{"canary.odd", "a word is odd"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 word = in.template any<u32>("word");
    if (in.assume(word != 3)) in.require(word % 2 == 1);
  }
};
static_assert(holds<is_odd_word>(1));
static_assert(!holds<is_odd_word>(2));
static_assert(!holds<is_odd_word>(3));

constexpr u64 most = max_of<u64>;
constexpr u32 rate_of_2400_mhz = 0xD555'5555;  // with shift −1

static_assert(holds<word_halves_recompose>(0x8000'0000'FFFF'FFFF));
static_assert(holds<word_signed_same_bits>(most, 0x8000'0000, 0x80));
static_assert(holds<word_wrapping_modular>(most, most, 0xFFFF'FFFF, 1));
static_assert(holds<word_checked_unsigned>(most, 1, 0x1'0000, 0x1'0000));
static_assert(holds<word_checked_signed>(min_of<i64>, -1, min_of<i32>, min_of<i32>));
static_assert(holds<word_shift_fits_exactly>(3, 63));
static_assert(holds<word_leading_zeros>(0));
static_assert(holds<word_product_wide>(most, most));
static_assert(holds<word_product_narrow>(most, 0xFFFF'FFFF));
static_assert(holds<word_quotient_digit>(0xFFFF'FFFF'0000'0001, 0xFFFF'FFFF'0000'0000, 0xFFFF'FFFF));
static_assert(holds<word_quotient_exact>(most, most - 1, most));
static_assert(holds<word_quotient_exact>(1, 0, most));

static_assert(holds<scale_rate_accepts<u32>>(0, -128));
static_assert(holds<scale_product_exact<u32>>(most, 0xFFFF'FFFF));
static_assert(holds<scale_shift_exact>(most, 1));
static_assert(holds<scale_ticks_exact<u32>>(rate_of_2400_mhz, -1, 3));
static_assert(holds<scale_ticks_exact<u32>>(rate_of_2400_mhz, -1, 2'400'000'001));
static_assert(holds<scale_ticks_exact<u64>>(most, 31, 0x1'FFFF'FFFF));
static_assert(holds<scale_ticks_error<u32>>(0xFFFF'FFFF, -31, most));
static_assert(holds<scale_ticks_monotone<u32>>(rate_of_2400_mhz, -1, 2, 3));
static_assert(holds<scale_wrapping_definition<u32>>(1, 31, most));
static_assert(holds<scale_ceiling_exact<u32>>(rate_of_2400_mhz, -1, 1));
static_assert(holds<scale_inverse_least<u32>>(rate_of_2400_mhz, -1, 1'000'000'000));
static_assert(holds<scale_frequency_nearest<u32>>(rate_of_2400_mhz, -1, 1'000'000'000));
static_assert(holds<scale_frequency_nearest<u64>>(0x0111'1111'1111'1111, 0, 10'000'000));

constexpr u64 greatest_hz = u64(1'000'000'000) << 32;
static_assert(holds<publisher_rate_accepts>(0, 0));
static_assert(holds<publisher_rate_accepts>(0, greatest_hz));
static_assert(holds<publisher_rate_accepts>(0, greatest_hz + 1, 0x8000'0000));
static_assert(holds<publisher_rate_accepts>(1, most, 0x8000'0000));
static_assert(holds<publisher_rate_normalised>(1, 1));
static_assert(holds<publisher_rate_never_fast>(8'000'000'001));
static_assert(holds<publisher_rate_error>(greatest_hz - 1));
static_assert(holds<publisher_kvm_formula>(2'000'000'001));
static_assert(holds<publisher_kvm_formula>(most));
static_assert(holds<publisher_kvm_error>(greatest_hz + 0xFFFF'FFFF));

static_assert(holds<publisher_scale_exact>(10'000'001));
static_assert(holds<publisher_pvclock_flags>(1, 2));
static_assert(holds<rebase_time_exact>(100, 1000, 0x8000'0000, 1, 0, 200, 1099));
static_assert(holds<rebase_reference_exact>(u64(1) << 60, 0, 160, 5, u64(1) << 61));
static_assert(holds<rebase_slew_absorbs>(0, 1000, 0xFFFF'FFFD, -1, 500));
static_assert(holds<rebase_order_sampled_while_busy>(6, 100, 1000, 0x8000'0000, 2, 200, 5000));
static_assert(holds<migration_elapsed_never_negative>(5000, 4999));
static_assert(holds<migration_restore_exact>(11, 1000, 7, 2'400'000'000, 5000, 1, 0, 1));
static_assert(holds<migration_offset_exact>(most, 1'000'000'001));

static_assert(holds<instant_duration_parts>(-1, 1'000'000'000));
static_assert(holds<instant_difference_exact>(0, most));

static_assert(holds<pvclock_convert_accepts>(0, 0, 0, 0, 0, 0));
static_assert(holds<pvclock_convert_formula>(most, most - 1, 1, 31, 1, 2));
static_assert(holds<pvclock_convert_clamp>(0, 7, rate_of_2400_mhz, -1, 0, -1));
static_assert(holds<pvclock_wrapping_definition>(1, 0, rate_of_2400_mhz, -1, 0, 0));
static_assert(holds<version_retry_publish_versions>(0xFFFF'FFFF));
static_assert(holds_in<pvclock_trace_never_back>(spec::law_part::step, 0, 0, 1, 0, 0, 0, 0, 0, most, most >> 1));

static_assert(holds<unix_time_add_exact>(max_of<i64>, 999'999'999, 0, 1));
static_assert(holds<unix_time_nanoseconds_counted>(18'446'744'073, 709'551'616));
static_assert(holds<wall_clock_host_accepts<wall_clock_page>>(2, 0, 0, 7, 4'294'967'296, 0));
static_assert(holds<wall_clock_boot_sampled>(1'000, 7, 3, 0));
static_assert(holds<wall_clock_follow_reaches>(1'000, 1'001, 5, 500, 2'000));
static_assert(holds<monotonic_last_value_local>(5, 4));
static_assert(holds<monotonic_stamped_order>(1, 2, 3, 0, 2, 3));
static_assert(holds<monotonic_account_time>(100, 1, 20, 300, 104, 2, 7));
static_assert(holds<civil_leap_rule>(1900));
static_assert(holds<civil_days_bijection>(civil_days_min));
static_assert(holds<civil_days_bijection>(11'016));
static_assert(holds<civil_iso_from>(2020, 53, 7));
static_assert(holds<civil_batch_agrees>(0, batch_days_max + 1, 2));
static_assert(holds<date_time_from_exact>(-1, 999'999'999, 0));
static_assert(holds<date_time_months_add>(2023, 1, 31, 1, 1));
static_assert(holds<date_time_normalise_exact>(1, 2024, 14, 31, -1, 75, -5, -1));
static_assert(holds<format_digits_two>(99));
static_assert(holds<format_rfc3339_plain>(253'402'300'799, 0, 0));
static_assert(holds<format_tm_iso_week>(1, 99, 6, 1));

static_assert(holds<vmclock_shift_exact>(63, most, most));
static_assert(holds<vmclock_sum_exact>(most - 1, most, most));
static_assert(holds<vmclock_nanoseconds_ceiling>(1'000'000'000, 0x8970'5F41'36B4'A597, 29));
static_assert(holds<vmclock_time_later>(most, most, 0, 1));
static_assert(holds<vmclock_reading_clamp>(29, 0, 0x8970'5F41'36B4'A597, 7, most, -1));
static_assert(holds<vmclock_reading_formula>(29, most, 0x8970'5F41'36B4'A597, 7, most, 1'000'000'000));
static_assert(holds<vmclock_utc_accepts>(8'640'036, 0, 8'640'035, 36, 1, 1, 1));
static_assert(holds<vmclock_publish_error>(1'000'000'000));
static_assert(holds<vmclock_update_within>(1, 0, 0, most, 0, 0, 1, 0, 1));

// 2024-02-29T12:30:15Z, by its fields; and with a fraction .5 and the offset -01:30.
static_assert(holds<parse_rfc3339_inverse>(2024, 2, 29, 12, 30, 15));
static_assert(holds<parse_rfc3339_tail>(1, 1, 1, 30, '5', '0', '0', '0', '0', '0', '0', '0', '0'));

}  // namespace
