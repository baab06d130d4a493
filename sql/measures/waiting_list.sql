/*
measure: waiting_list
title: Waiting list at month end
grain: one referral open to one team at midnight at the end of the month
tables: [caseload, referral_spell]
definition: >
  WL, a census: the rows of that day's caseload snapshot that RePortal flags as waiting, having no attended
  contact yet. The wait runs to the census from the clock start of the referral's spell, so that an internal
  referral does not begin it anew; from the snapshot's own date of receipt where the referral is older than
  the referral extracts.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  referral_id: [varchar, the referral]
  wait_days: [bigint, days from the clock start to the census]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
select
    period.month,
    caseload.locality,
    caseload.service,
    caseload.team_type,
    caseload.referral_id,
    cast(
        period.last_day - coalesce(cast(spell.clock_start_at as date), caseload.received_date) as bigint
    ) as wait_days,
    case when not caseload.waiting then 'has been seen' end as excluded,
    caseload._file,
    caseload._sheet,
    caseload._row
from conformed.caseload as caseload
inner join ref.month as period on caseload.snapshot_date = period.last_day
left join conformed.referral_spell as spell on caseload.referral_id = spell.referral_id
