/*
measure: contact
title: Contacts
grain: one recorded contact with one patient in the month, whatever its outcome
tables: [contact]
definition: >
  CON, GRP and JOINT: contacts that the patient attended (5, 6), face to face, by telephone, by video or by
  talk type. A contact with no subject recorded is taken to be with the patient. Each patient of a group has a
  row of their own. Of the records of one patient with one team in the same minute - an appointment and its
  visit, or two staff together - the first by contact id and activity source counts.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  contact_id: [varchar, "RePortal's own id, unique within its activity source"]
  activity_source: [varchar, "appointment, visit or contact event"]
  patient_id: [varchar, keyed hash of the patient's local id]
  contact_at: [timestamp, start of the contact]
  medium: [varchar, "face_to_face, telephone, video, talk_type or other"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with judged as (
    select
        contact.*,
        period.month,
        case
            when contact.outcome not in ('5', '6') then 'not attended'
            when lower(trim(contact.contact_with)) <> 'patient' then 'not with the patient'
            when contact.medium is null then 'medium not known'
            when contact.medium = 'other' then 'e-mail, text or another medium that is not counted'
        end as fault
    from conformed.contact as contact
    inner join ref.month as period on date_trunc('month', contact.contact_at) = period.month
),

numbered as (
    select
        *,
        row_number() over (
            partition by fault, patient_id, team_id, date_trunc('minute', contact_at)
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
    medium,
    coalesce(
        fault,
        case when place > 1 then 'another record of the same contact, or a second member of staff' end
    ) as excluded,
    _file,
    _sheet,
    _row
from numbered
