// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/all.hpp
/// The list of all laws. Every engine walks it, so that none can forget one.
#pragma once

#include "civil.hpp"
#include "date_time.hpp"
#include "format.hpp"
#include "instant.hpp"
#include "migration.hpp"
#include "monotonic.hpp"
#include "parse.hpp"
#include "publisher.hpp"
#include "pvclock.hpp"
#include "reading.hpp"
#include "rebase.hpp"
#include "reference_tsc.hpp"
#include "region.hpp"
#include "result.hpp"
#include "scale.hpp"
#include "unix_time.hpp"
#include "version_retry.hpp"
#include "vmclock.hpp"
#include "wall_clock.hpp"
#include "word.hpp"
#ifndef GUESTCLOCK_SYMBOLIC_WORDS
#include "format_text.hpp"
#include "machine_clocks.hpp"
#include "machine_memory.hpp"
#include "parse_memory.hpp"
#include "protocol.hpp"
#include "vmclock_memory.hpp"
#endif

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// The laws of values and traces: proved over symbolic words.
using over_all_values = law_list<
    // word
    word_halves_recompose, word_signed_same_bits, word_wrapping_modular, word_checked_unsigned, word_checked_signed,
    word_shift_fits_exactly, word_leading_zeros, word_one_if, word_product_wide, word_product_narrow,
    word_quotient_digit, word_quotient_two_digits, word_quotient_scaled, word_quotient_exact,
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
    publisher_kvm_formula, publisher_kvm_error, publisher_scale_exact, publisher_pvclock_flags,
    publisher_pvclock_published, publisher_reference_published, publisher_reference_withdrawn,
    publisher_reference_frequency,
    // version_retry
    version_retry_bounded, version_retry_unusable, version_retry_publish_versions,
    // reading
    reading_stable_demanded, reading_generation_equal,
    // pvclock
    pvclock_placement_accepts, pvclock_distance_exact, pvclock_check_accepts, pvclock_layout_decodes,
    pvclock_convert_accepts, pvclock_convert_formula, pvclock_convert_error, pvclock_convert_clamp,
    pvclock_convert_order, pvclock_convert_flags, pvclock_wrapping_definition, pvclock_wrapping_agrees,
    pvclock_page_total, pvclock_zero_page, pvclock_trace_never_back,
    // reference_tsc
    reference_tsc_time_nanoseconds, reference_tsc_time_not_before, reference_tsc_time_order,
    reference_tsc_layout_decodes, reference_tsc_sequence_next, reference_tsc_convert_accepts,
    reference_tsc_convert_formula, reference_tsc_convert_order, reference_tsc_convert_nanoseconds,
    reference_tsc_convert_error, reference_tsc_wrapping_definition, reference_tsc_wrapping_agrees,
    reference_tsc_page_total, reference_tsc_fallback_asked, reference_tsc_derive_accepts, reference_tsc_derive_formula,
    reference_tsc_derive_close,
    // unix_time
    unix_time_parts_accepts, unix_time_nanoseconds_exact, unix_time_nanoseconds_counted, unix_time_add_exact,
    unix_time_difference_exact, unix_time_order_as_points,
    // wall_clock
    wall_clock_boot_accepts, wall_clock_host_accepts<wall_clock_page>, wall_clock_host_accepts<xen_wall_clock_page>,
    wall_clock_page_total<wall_clock_page>, wall_clock_page_total<xen_wall_clock_page>, wall_clock_boot_exact,
    wall_clock_boot_sampled, wall_clock_slew_exact, wall_clock_follow_accepts, wall_clock_follow_step,
    wall_clock_follow_formula, wall_clock_follow_reaches, wall_clock_follow_never_back,
    // monotonic
    monotonic_last_value_never_back, monotonic_last_value_stable, monotonic_last_value_results,
    monotonic_last_value_local, monotonic_stamped_difference, monotonic_stamped_order, monotonic_account_time,
    monotonic_account_gaps, monotonic_account_trace, monotonic_stamped_keeps,
    // region
    region_type_decodes, region_local_exact,
    // civil
    civil_leap_rule, civil_month_length, civil_check_accepts, civil_check_near, civil_days_formula, civil_days_successor,
    civil_days_range, civil_days_bijection, civil_days_order, civil_weekday_rule, civil_names_numbers,
    civil_year_day_sum, civil_year_day_inverse, civil_year_day_position, civil_iso_thursday, civil_iso_of,
    civil_iso_from, civil_seconds_split, civil_seconds_in_range, civil_seconds_joined, civil_batch_bijection, civil_batch_centuries,
    civil_batch_agrees,
    // date_time
    date_time_check_first_error, date_time_check_near, date_time_point_formula, date_time_from_exact, date_time_from_instant,
    date_time_order_as_points, date_time_equal_fields, date_time_hour_dial, date_time_ordinal_suffix,
    date_time_months_add, date_time_months_years, date_time_carry_exact, date_time_normalise_exact,
    date_time_normalise_shown, date_time_system_since, date_time_system_add,
    // format
    format_digits_two, format_digits_count, format_digits_magnitude, format_fraction_shortest, format_rfc3339_year,
    format_rfc3339_length, format_rfc3339_offset, format_rfc3339_plain, format_tm_of, format_tm_seconds,
    format_tm_weekday, format_tm_weeks, format_tm_iso_week,
    // parse
    parse_characters_classes, parse_rfc3339_accepts, parse_rfc3339_inverse, parse_rfc3339_tail,
    // vmclock
    vmclock_shift_exact, vmclock_sum_exact, vmclock_span_exact, vmclock_nanoseconds_ceiling, vmclock_nanoseconds_skew,
    vmclock_time_order, vmclock_time_later, vmclock_distance_exact, vmclock_period_accepts, vmclock_check_accepts,
    vmclock_layout_decodes, vmclock_layout_encodes, vmclock_reading_accepts, vmclock_reading_formula,
    vmclock_reading_clamp, vmclock_reading_errors, vmclock_reading_order, vmclock_reading_fields, vmclock_reading_flags,
    vmclock_tai_accepts, vmclock_utc_accepts, vmclock_utc_never_wrong, vmclock_convert_formula, vmclock_page_total,
    vmclock_publish_accepts, vmclock_publish_error, vmclock_publish_judged, vmclock_frequency_nearest,
    vmclock_update_nanoseconds, vmclock_update_below, vmclock_update_within, vmclock_update_announced, vmclock_update_scales, vmclock_update_leap, vmclock_update_promise,
    vmclock_update_accepts, vmclock_update_sound, vmclock_update_continues,
    // rebase
    rebase_time_exact, rebase_page_exact, rebase_trace_never_back, rebase_chain_loses_nothing, rebase_overlap_bounded,
    rebase_overlap_same_rate, rebase_machine_never_back, rebase_reference_exact, rebase_reference_never_back,
    rebase_order_sampled_while_busy, rebase_order_published, rebase_reference_order, rebase_slew_rate,
    rebase_slew_absorbs, rebase_slew_accepts, rebase_step_later,
    // migration
    migration_save_exact, migration_elapsed_never_negative, migration_restore_exact, migration_trace_never_back,
    migration_offset_exact, migration_offset_counter, migration_trace_constant_rate>;

#ifndef GUESTCLOCK_SYMBOLIC_WORDS
/// The laws of interleavings and of real memory: finitely many choices, tried on machine words.
using over_all_schedules =
    law_list<result_errors_named, civil_names_english, date_time_names_english, format_errors_named,
             format_rfc3339_exact, format_strftime_conversions, format_strftime_modifiers, format_strftime_buffer,
             format_strftime_width, format_strftime_time,
             version_retry_one_update, version_retry_versions_return, version_retry_weak_memory,
             version_retry_memory_exact, monotonic_last_value_exchanged, pvclock_reader_agrees,
             pvclock_stopped_acknowledged, wall_clock_memory_agrees, reference_tsc_reader_agrees, clock_now_agrees,
             clock_within_bounded, clock_last_repeated, region_address_exact, region_memory_agrees, vmclock_one_update,
             vmclock_reader_agrees, vmclock_writer_agrees, clock_vmclock_agrees, parse_faults_named, parse_text_judged,
             parse_memory_agrees, parse_point_agrees, parse_head_agrees, parse_text_inverse, parse_text_ends,
             parse_strptime_numbers,
             parse_strptime_names, parse_strptime_marks, parse_strptime_date, parse_strptime_week,
             parse_strptime_seconds>;

using all = joined<over_all_values, over_all_schedules>;
#endif

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
