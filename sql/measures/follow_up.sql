/*
measure: follow_up
title: Follow-up within 72 hours of discharge
grain: one discharge four days before the month to four days before its end
tables: [ward_stay, contact]
definition: >
  FU72 (MHSDS). Discharges from adult acute, older adult, psychiatric intensive care and rehabilitation beds
  from four days before the month's first day to four days before its last, so that follow-up can be seen
  within the month; bed type and locality of the last ward stay; deaths (methods 4 and 5) and discharges to
  court or prison (destinations 37 and 38) are not eligible. Followed up when the patient had, one to three
  days after (the day of discharge does not count), an attended contact with the patient by a mental health
  or learning disability team face to face, by telephone, video or talk type (01, 02, 03, 04, 11), or was
  readmitted.
columns:
  month: [date, first day of the month]
  locality: [varchar, the last ward's locality]
  service: [varchar, the last ward's service]
  bed_type: [varchar, the last ward's bed type]
  spell_id: [varchar, hospital provider spell]
  discharge_date: [date, day of discharge]
  is_followed_up: [boolean, seen or readmitted within 72 hours]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with last_stay as (
    select
        *,
        cast(max(discharge_at) over (partition by spell_id) as date) as discharge_date
    from conformed.ward_stay
    qualify row_number() over (partition by spell_id order by ward_start_at desc, ward_stay_id desc) = 1
),

discharge as (
    select
        last_stay.*,
        period.month
    from last_stay
    inner join ref.month as period
        on last_stay.discharge_date between period.first_day - 4 and period.last_day - 4
),

seen as (
    select
        patient_id,
        cast(contact_at as date) as seen_date
    from conformed.contact
    where
        contact_at >= (select min(period.first_day) - 4 from ref.month as period)
        and contact_at < (select max(period.next_day) from ref.month as period)
        and outcome in ('5', '6')
        and method_code in ('01', '02', '03', '04', '11')
        and coalesce(lower(trim(contact_with)), 'patient') = 'patient'
        and coalesce(service, '') not in ('community_physical', 'corporate')
    union all
    select
        patient_id,
        cast(admission_at as date) as seen_date
    from conformed.ward_stay
),

followed_up as (
    select distinct discharge.spell_id
    from discharge
    inner join seen
        on
            discharge.patient_id = seen.patient_id
            and seen.seen_date between discharge.discharge_date + 1 and discharge.discharge_date + 3
)

select
    discharge.month,
    discharge.locality,
    discharge.service,
    discharge.bed_type,
    discharge.spell_id,
    discharge.discharge_date,
    followed_up.spell_id is not null as is_followed_up,
    case
        when
            discharge.bed_type is null
            or discharge.bed_type not in ('adult_acute', 'older_adult', 'picu', 'rehabilitation')
            then 'not an adult acute, older adult, intensive care or rehabilitation bed'
        when discharge.discharge_method in ('4', '5') or discharge.discharge_destination = '79'
            then 'the patient died'
        when discharge.discharge_destination in ('37', '38') then 'discharged to court or prison'
    end as excluded,
    discharge._file,
    discharge._sheet,
    discharge._row
from discharge
left join followed_up on discharge.spell_id = followed_up.spell_id
