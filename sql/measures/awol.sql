/*
measure: awol
title: Absences without leave
grain: one absence without leave that starts in the month
tables: [leave, ward_stay, detention]
definition: >
  Absences without leave (leave type 01, MHSDS MHS31) by the day they start, of patients detained that day,
  on the ward stay they left. The holding powers of sections 4 and 5 detain; place of safety (135, 136) does
  not. Absences of informal patients are listed and not counted.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  leave_id: [varchar, absence]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with absence as (
    select
        away.*,
        period.month,
        cast(away.start_at as date) as start_date
    from conformed.leave as away
    inner join ref.month as period
        on cast(away.start_at as date) between period.first_day and period.last_day
    where away.leave_type = '01'
),

detained as (
    select distinct absence.leave_id
    from absence
    inner join conformed.detention as detention
        on
            absence.patient_id = detention.patient_id
            and absence.start_date
            between cast(detention.start_at as date)
            and cast(coalesce(detention.end_at, detention.expiry_at, 'infinity') as date)
    where detention.is_detained
)

select
    absence.month,
    coalesce(ward_stay.locality, 'unmapped') as locality,
    ward_stay.service,
    ward_stay.bed_type,
    absence.leave_id,
    case
        when detained.leave_id is null then 'the patient was not detained'
    end as excluded,
    absence._file,
    absence._sheet,
    absence._row
from absence
left join conformed.ward_stay as ward_stay on absence.ward_stay_id = ward_stay.ward_stay_id
left join detained on absence.leave_id = detained.leave_id
