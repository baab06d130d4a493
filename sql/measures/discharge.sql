/*
measure: discharge
title: Discharges
grain: one hospital provider spell that ends in the month
tables: [ward_stay, leave]
definition: >
  DIS, LOSd, LOSx and READM30. A spell counts once, in the month of its discharge and on its last ward stay,
  whose ward gives the bed type and locality; deaths are discharges. Length of stay is the days from
  admission to discharge of the whole spell, 0 when both are on one day; less leave it is without the nights
  of home leave (02) and section 17 leave (03) of the whole spell, each night once. For readmission, deaths
  (methods 4 and 5) and moves to another hospital (destinations 30, 48 to 53, 84 and 87) are not eligible;
  the days are those to the patient's next emergency admission (methods 21 to 28, 2A, 2C and 2D, not the
  transfer 2B) after the day of discharge, to any ward of the trust. A metric that asks for 30 days needs
  the ward stays of the month after.
columns:
  month: [date, first day of the month]
  locality: [varchar, the last ward's locality]
  service: [varchar, the last ward's service]
  bed_type: [varchar, the last ward's bed type]
  spell_id: [varchar, hospital provider spell]
  discharge_date: [date, day of discharge]
  los_days: [bigint, days from admission to discharge]
  los_days_less_leave: [bigint, the same less nights of leave]
  is_readmission_eligible: [boolean, "not a death, and not to another hospital"]
  readmitted_after_days: [bigint, "days to the next emergency admission, blank when there was none"]
  excluded: [varchar, blank as every row is counted]
*/
with last_stay as (
    select
        *,
        min(admission_at) over spell as spell_admission_at,
        max(discharge_at) over spell as spell_discharge_at
    from conformed.ward_stay
    window spell as (partition by spell_id)
    qualify row_number() over (partition by spell_id order by ward_start_at desc, ward_stay_id desc) = 1
),

spell as (
    select
        last_stay.*,
        period.month,
        cast(last_stay.spell_admission_at as date) as admission_date,
        cast(last_stay.spell_discharge_at as date) as discharge_date,
        coalesce(last_stay.discharge_method in ('4', '5'), false)
        or coalesce(
            last_stay.discharge_destination in ('30', '48', '49', '50', '51', '52', '53', '79', '84', '87'),
            false
        ) as cannot_be_readmitted
    from last_stay
    inner join ref.month as period
        on cast(last_stay.spell_discharge_at as date) between period.first_day and period.last_day
),

night_away as (
    select
        spell.spell_id,
        unnest(
            range(
                greatest(cast(away.start_at as date), cast(ward_stay.ward_start_at as date)),
                least(
                    cast(coalesce(away.end_at, spell.discharge_date) as date),
                    cast(coalesce(ward_stay.ward_end_at, spell.discharge_date) as date)
                ),
                interval 1 day
            )
        ) as night
    from spell
    inner join conformed.ward_stay as ward_stay on spell.spell_id = ward_stay.spell_id
    inner join conformed.leave as away on ward_stay.ward_stay_id = away.ward_stay_id
    where away.leave_type in ('02', '03')
),

leave_taken as (
    select
        spell_id,
        count(distinct night) as nights
    from night_away
    group by spell_id
),

readmitted as (
    select
        spell.spell_id,
        min(cast(next_stay.admission_at as date) - spell.discharge_date) as after_days
    from spell
    inner join conformed.ward_stay as next_stay
        on
            spell.patient_id = next_stay.patient_id
            and cast(next_stay.admission_at as date) > spell.discharge_date
    where next_stay.admission_method like '2%' and next_stay.admission_method <> '2B'
    group by spell.spell_id
)

select
    spell.month,
    spell.locality,
    spell.service,
    spell.bed_type,
    spell.spell_id,
    spell.discharge_date,
    spell.discharge_date - spell.admission_date as los_days,
    spell.discharge_date - spell.admission_date - coalesce(leave_taken.nights, 0)
        as los_days_less_leave,
    not spell.cannot_be_readmitted as is_readmission_eligible,
    readmitted.after_days as readmitted_after_days,
    cast(null as varchar) as excluded,
    spell._file,
    spell._sheet,
    spell._row
from spell
left join leave_taken on spell.spell_id = leave_taken.spell_id
left join readmitted on spell.spell_id = readmitted.spell_id
