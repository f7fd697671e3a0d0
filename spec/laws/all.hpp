// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/all.hpp
/// The list of all laws. Every engine walks it, so that none can forget one.
#pragma once

#include "instant.hpp"
#include "publisher.hpp"
#include "pvclock.hpp"
#include "reading.hpp"
#include "result.hpp"
#include "scale.hpp"
#include "version_retry.hpp"
#include "vmclock.hpp"
#include "word.hpp"
#ifndef GUESTCLOCK_SYMBOLIC_WORDS
#include "machine_memory.hpp"
#include "protocol.hpp"
#include "vmclock_memory.hpp"
#endif

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// The laws of values and traces: proved over symbolic words.
using over_all_values = law_list<
    // word
    word_halves_recompose, word_signed_same_bits, word_wrapping_modular, word_checked_unsigned, word_checked_signed,
    word_shift_fits_exactly, word_leading_zeros, word_one_if, word_product_wide, word_product_narrow, word_quotient_digit,
    word_quotient_two_digits, word_quotient_scaled, word_quotient_exact,
    // result
    result_holds_either,
    // instant
    instant_duration_parts, instant_duration_from_nanoseconds, instant_duration_to_nanoseconds, instant_duration_add,
    instant_duration_subtract, instant_duration_order, instant_difference_exact, instant_add_exact, instant_add_returns,
    // scale
    scale_rate_accepts<u32>, scale_rate_accepts<u64>, scale_product_exact<u32>, scale_product_exact<u64>,
    scale_shift_exact, scale_ticks_exact<u32>, scale_ticks_exact<u64>, scale_ticks_error<u32>, scale_ticks_error<u64>,
    scale_ticks_monotone<u32>, scale_ticks_monotone<u64>, scale_ticks_additive<u32>, scale_ticks_additive<u64>,
    scale_wrapping_definition<u32>, scale_wrapping_definition<u64>, scale_wrapping_agrees<u32>,
    scale_wrapping_agrees<u64>, scale_ceiling_exact<u32>, scale_ceiling_exact<u64>, scale_inverse_least<u32>,
    scale_inverse_least<u64>, scale_inverse_accepts<u32>, scale_inverse_accepts<u64>, scale_frequency_nearest<u32>,
    scale_frequency_nearest<u64>,
    // publisher
    publisher_rate_accepts, publisher_rate_normalised, publisher_rate_never_fast, publisher_rate_error,
    publisher_kvm_formula, publisher_kvm_error,
    // version_retry
    version_retry_bounded, version_retry_publish_versions,
    // reading
    reading_stable_demanded, reading_generation_equal,
    // pvclock
    pvclock_distance_exact, pvclock_check_accepts, pvclock_layout_decodes, pvclock_convert_accepts, pvclock_convert_formula,
    pvclock_convert_error, pvclock_convert_clamp, pvclock_convert_order, pvclock_convert_flags,
    pvclock_wrapping_definition, pvclock_wrapping_agrees, pvclock_page_total, pvclock_zero_page,
    pvclock_trace_never_back, pvclock_last_value_never_back, pvclock_last_value_stable,
    // vmclock
    vmclock_shift_exact, vmclock_sum_exact, vmclock_span_exact, vmclock_nanoseconds_ceiling, vmclock_nanoseconds_skew,
    vmclock_time_order, vmclock_time_later, vmclock_distance_exact, vmclock_period_accepts, vmclock_check_accepts,
    vmclock_layout_decodes, vmclock_layout_encodes, vmclock_reading_accepts, vmclock_reading_formula, vmclock_reading_clamp,
    vmclock_reading_errors, vmclock_reading_order, vmclock_reading_fields, vmclock_reading_flags, vmclock_tai_accepts,
    vmclock_utc_accepts, vmclock_utc_never_wrong, vmclock_convert_formula, vmclock_page_total, vmclock_publish_accepts,
    vmclock_publish_error, vmclock_publish_judged, vmclock_frequency_nearest, vmclock_update_nanoseconds,
    vmclock_update_below, vmclock_update_within, vmclock_update_promise, vmclock_update_accepts, vmclock_update_sound,
    vmclock_update_continues>;

#ifndef GUESTCLOCK_SYMBOLIC_WORDS
/// The laws of interleavings and of real memory: finitely many choices, tried on machine words.
using over_all_schedules = law_list<result_errors_named, version_retry_one_update, version_retry_weak_memory,
                                    version_retry_memory_exact, pvclock_last_value_exchanged, pvclock_reader_agrees,
                                    vmclock_one_update, vmclock_reader_agrees, vmclock_writer_agrees>;

using all = joined<over_all_values, over_all_schedules>;
#endif

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
