/*
table: referral
title: Referrals
grain: one referral to one team
reports: [reportal_referrals]
maps: [map_team, map_referral_source]
conserves: {rows: referral_id}
definition: >
  Referrals to teams (REF and INTREF of the metric catalogue): internal ones are marked and not removed,
  and a referral to two teams is two rows with one referral id. Service and locality are the team's on
  the day received.
columns:
  referral_id: [varchar, RePortal's own id of the referral]
  team_id: [varchar, the team referred to]
  patient_id: [varchar, keyed hash of the patient's local id]
  received_at: [timestamp, when the referral was received]
  service: [varchar, service of the team]
  team_type: [varchar, MHSDS or CSDS team type]
  locality: [varchar, locality of the team, or unmapped]
  source_code: [varchar, source of referral for mental health]
  is_internal: [boolean, from another of the trust's own teams]
  from_emergency_department: [boolean, from an emergency department]
  priority: [varchar, "clinical response priority: 1 emergency, 2 urgent, 3 routine, 4 very urgent"]
  accepted_date: [date, when the team accepted it]
  rejected_date: [date, when the team rejected it]
  closed_date: [date, when it was closed]
  closure_reason: [varchar, as recorded]
  age: [integer, years at referral]
*/
select
    referral.referral_id,
    referral.team_id,
    referral.patient_id,
    referral.received_at,
    team.service,
    team.team_type,
    coalesce(team.locality, 'unmapped') as locality,
    referral.source_of_referral as source_code,
    coalesce(source.is_internal, false) as is_internal,
    coalesce(source.is_emergency_department, false) as from_emergency_department,
    referral.priority,
    referral.accepted_date,
    referral.rejected_date,
    referral.closed_date,
    referral.closure_reason,
    referral.age,
    case when team.team_id is null then referral.team_id end as _map_team,
    case when source.source_code is null then referral.source_of_referral end as _map_referral_source,
    referral._file,
    referral._sheet,
    referral._row
from staged.reportal_referrals as referral
left join map.map_team as team
    on
        norm(referral.team_id) = team.team_id
        and cast(referral.received_at as date) between team.valid_from and team.valid_to
left join map.map_referral_source as source
    on
        norm(referral.source_of_referral) = source.source_code
        and cast(referral.received_at as date) between source.valid_from and source.valid_to
