/*
measure: delayed_day
title: Days clinically ready for discharge
grain: one ward stay in one month in which its patient was delayed
tables: [ward_stay]
definition: >
  DTOC/CRFD (MHSDS MHS26). The days on the ward after the day on which the patient became clinically ready
  for discharge, up to but not counting the day on which readiness or the stay ended, that lie in the month.
  Periods that overlap, also over two ward stays, count a patient's day once, on the later stay.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  ward_stay_id: [varchar, ward stay]
  reason: [varchar, code of the reason for the delay]
  days: [bigint, days delayed in the month]
  excluded: [varchar, blank as every row is counted]
*/
with delayed as (
    select
        ward_stay.*,
        period.month,
        unnest(
            range(
                greatest(ward_stay.crfd_start + 1, cast(ward_stay.ward_start_at as date), period.first_day),
                least(
                    coalesce(ward_stay.crfd_end, period.next_day),
                    cast(coalesce(ward_stay.ward_end_at, ward_stay.discharge_at, period.next_day) as date),
                    period.next_day
                ),
                interval 1 day
            )
        ) as delayed_on
    from conformed.ward_stay as ward_stay
    inner join ref.month as period
        on
            ward_stay.crfd_start < period.last_day
            and cast(ward_stay.ward_start_at as date) < period.next_day
            and coalesce(ward_stay.crfd_end, period.next_day) > period.first_day
),

once as (
    select *
    from delayed
    window patient_day as (partition by patient_id, delayed_on order by ward_start_at desc, ward_stay_id desc)
    qualify row_number() over patient_day = 1
)

select
    month,
    any_value(locality) as locality,
    any_value(service) as service,
    any_value(bed_type) as bed_type,
    ward_stay_id,
    any_value(crfd_reason) as reason,
    count(*) as days,
    cast(null as varchar) as excluded,
    any_value(_file) as _file,
    any_value(_sheet) as _sheet,
    any_value(_row) as _row
from once
group by month, ward_stay_id
