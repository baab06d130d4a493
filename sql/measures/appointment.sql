/*
measure: appointment
title: Appointments
grain: one recorded contact or appointment with one patient in the month, whatever its outcome
tables: [contact]
definition: >
  DNA% and CANX%: appointments by their national outcome - 2 cancelled by the patient, 3 did not attend, 4
  cancelled by the provider, 5 and 6 attended, 7 late and not seen, and unoutcomed, which is past with no
  outcome recorded. Records of one patient, team, minute and outcome are one appointment. The medium may be
  unknown, as nothing took place when an appointment was missed.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  contact_id: [varchar, "RePortal's own id, unique within its activity source"]
  activity_source: [varchar, "appointment, visit or contact event"]
  patient_id: [varchar, keyed hash of the patient's local id]
  contact_at: [timestamp, start of the appointment]
  outcome: [varchar, "2 to 7, or unoutcomed"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with judged as (
    select
        contact.*,
        period.month,
        case
            when contact.outcome = '0' then 'still to come when extracted'
            when contact.outcome = 'excluded' then 'deleted, deferred or not an appointment'
            when contact.outcome = 'unmapped' then 'attendance status not in map_attendance'
            when lower(trim(contact.contact_with)) <> 'patient' then 'not with the patient'
            when contact.medium = 'other' then 'e-mail, text or another medium that is not counted'
        end as fault
    from conformed.contact as contact
    inner join ref.month as period on date_trunc('month', contact.contact_at) = period.month
),

numbered as (
    select
        *,
        row_number() over (
            partition by fault, patient_id, team_id, outcome, date_trunc('minute', contact_at)
            order by contact_id, activity_source
        ) as place
    from judged
)

select
    month,
    locality,
    service,
    team_type,
    contact_id,
    activity_source,
    patient_id,
    contact_at,
    outcome,
    coalesce(fault, case when place > 1 then 'another record of the same appointment' end) as excluded,
    _file,
    _sheet,
    _row
from numbered
