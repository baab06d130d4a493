/*
table: cto
title: Community treatment orders
grain: one community treatment order
reports: [mha_ctos]
maps: [map_team]
conserves: {rows: cto_id}
definition: >
  Community treatment orders with recall and end (NHS Data Dictionary, community treatment order end
  reason). The locality is that of the team, found by id or by name on the start date.
columns:
  cto_id: [varchar, the order]
  patient_id: [varchar, keyed hash of the patient's local id]
  start_date: [date, start of the order]
  expiry_date: [date, when it expires unless extended]
  end_date: [date, end of the order; nothing while it lasts]
  end_reason: [varchar, national code]
  recall_at: [timestamp, when the patient was recalled]
  locality: [varchar, locality of the team, or unmapped]
*/
select
    cto.cto_id,
    cto.patient_id,
    cto.start_date,
    cto.expiry_date,
    cto.end_date,
    cto.end_reason,
    cto.recall_at,
    coalesce(team.locality, 'unmapped') as locality,
    case when team.locality is null then coalesce(cto.team, '(blank)') end as _map_team,
    cto._file,
    cto._sheet,
    cto._row
from staged.mha_ctos as cto
left join map.map_team as team
    on
        norm(cto.team) in (team.team_id, norm(team.team_name))
        and cto.start_date between team.valid_from and team.valid_to
-- Two teams may bear one name: the first by id stands, so that no order is counted twice.
qualify row_number() over (partition by cto._file, cto._nth order by team.team_id) = 1
