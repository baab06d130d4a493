/*
measure: occupied_bed_day
title: Occupied bed days
grain: one ward stay in one month it touches
tables: [ward_stay, leave]
definition: >
  OBDi, LV and OBDx (MHSDS MHS24 and MHS25). Days of a ward stay within the month: the day it starts counts,
  the day it ends does not, so a stay within one day is no bed day. Leave days are the nights within those
  days on which the patient was on home leave (02) or section 17 leave of absence (03), each night once
  however many leave records cover it. Absence without leave (01) is not deducted, nor is trial leave (04),
  as MHS25 deducts neither; leave within one day is no night.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  ward_code: [varchar, ward]
  ward_stay_id: [varchar, ward stay]
  days: [bigint, occupied bed days including leave]
  leave_days: [bigint, nights of leave among them]
  days_less_leave: [bigint, occupied bed days excluding leave]
  excluded: [varchar, blank as every row is counted]
*/
with stay as (
    select
        ward_stay.*,
        period.month,
        greatest(cast(ward_stay.ward_start_at as date), period.first_day) as from_day,
        least(
            cast(coalesce(ward_stay.ward_end_at, ward_stay.discharge_at, period.next_day) as date),
            period.next_day
        ) as to_day
    from conformed.ward_stay as ward_stay
    inner join ref.month as period
        on
            cast(ward_stay.ward_start_at as date) < period.next_day
            and cast(coalesce(ward_stay.ward_end_at, ward_stay.discharge_at, period.next_day) as date)
            >= period.first_day
),

-- A night is listed for each record that covers it, and the distinct nights are counted: an extension written
-- as an overlapping record deducts nothing twice.
night_away as (
    select
        stay.month,
        stay.ward_stay_id,
        unnest(
            range(
                greatest(cast(away.start_at as date), stay.from_day),
                least(cast(coalesce(away.end_at, stay.to_day) as date), stay.to_day),
                interval 1 day
            )
        ) as night
    from stay
    inner join conformed.leave as away on stay.ward_stay_id = away.ward_stay_id
    where away.leave_type in ('02', '03')
),

leave_taken as (
    select
        month,
        ward_stay_id,
        count(distinct night) as nights
    from night_away
    group by month, ward_stay_id
)

select
    stay.month,
    stay.locality,
    stay.service,
    stay.bed_type,
    stay.ward_code,
    stay.ward_stay_id,
    stay.to_day - stay.from_day as days,
    coalesce(leave_taken.nights, 0) as leave_days,
    stay.to_day - stay.from_day - coalesce(leave_taken.nights, 0) as days_less_leave,
    cast(null as varchar) as excluded,
    stay._file,
    stay._sheet,
    stay._row
from stay
left join leave_taken on stay.month = leave_taken.month and stay.ward_stay_id = leave_taken.ward_stay_id
