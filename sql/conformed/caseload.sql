/*
table: caseload
title: Caseload
grain: one referral open to one team at midnight of one snapshot date
reports: [reportal_caseload]
maps: [map_team]
conserves: {rows: referral_id}
definition: >
  Open referrals at a midnight census (CSL and WL of the metric catalogue). A person open to two teams is
  two rows; people are made distinct where they are counted.
columns:
  snapshot_date: [date, the census day]
  referral_id: [varchar, RePortal's own id of the referral]
  team_id: [varchar, the team]
  patient_id: [varchar, keyed hash of the patient's local id]
  service: [varchar, service of the team]
  team_type: [varchar, MHSDS or CSDS team type]
  locality: [varchar, locality of the team, or unmapped]
  received_date: [date, when the referral was received]
  waiting: [boolean, recorded as waiting]
  age: [integer, years]
*/
select
    caseload.snapshot_date,
    caseload.referral_id,
    caseload.team_id,
    caseload.patient_id,
    team.service,
    team.team_type,
    coalesce(team.locality, 'unmapped') as locality,
    caseload.received_date,
    coalesce(caseload.waiting, false) as waiting,
    caseload.age,
    case when team.team_id is null then caseload.team_id end as _map_team,
    caseload._file,
    caseload._sheet,
    caseload._row
from staged.reportal_caseload as caseload
left join map.map_team as team
    on
        norm(caseload.team_id) = team.team_id
        and caseload.snapshot_date between team.valid_from and team.valid_to
