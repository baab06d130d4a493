/*
measure: urgent_response
title: Response to urgent referrals
grain: one referral to one team, received in the month, that was urgent or came from an emergency department
tables: [referral, contact]
definition: >
  Minutes from the receipt of a referral to its first attended contact face to face with the patient,
  recorded against the same referral by any team, at or after its receipt. A referral that was never seen
  has none. An unknown time is recorded as 00:00, so a referral received at exactly that time cannot be
  judged.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS team type]
  referral_id: [varchar, the referral]
  priority: [varchar, "clinical response priority: 1 emergency, 2 urgent, 3 routine, 4 very urgent"]
  from_emergency_department: [boolean, from an emergency department]
  received_at: [timestamp, when the team received it]
  minutes_to_contact: [double, "minutes to the first contact, blank where there was none"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with received as (
    select
        referral.*,
        period.month
    from conformed.referral as referral
    inner join ref.month as period on date_trunc('month', referral.received_at) = period.month
    where referral.priority in ('2', '4') or referral.from_emergency_department
),

seen as (
    select
        received.referral_id,
        received.team_id,
        min(contact.contact_at) as first_contact_at
    from received
    inner join conformed.contact as contact
        on
            received.referral_id = contact.referral_id
            and received.received_at <= contact.contact_at
    where
        contact.outcome in ('5', '6')
        and contact.medium = 'face_to_face'
        and coalesce(lower(trim(contact.contact_with)), 'patient') = 'patient'
    group by received.referral_id, received.team_id
)

select
    received.month,
    received.locality,
    received.service,
    received.team_type,
    received.referral_id,
    received.priority,
    received.from_emergency_department,
    received.received_at,
    datediff('second', received.received_at, seen.first_contact_at) / 60 as minutes_to_contact,
    case
        when cast(received.received_at as time) = '00:00:00' then 'time of receipt not known'
    end as excluded,
    received._file,
    received._sheet,
    received._row
from received
left join seen
    on received.referral_id = seen.referral_id and received.team_id = seen.team_id
