/*
measure: caseload_discharge
title: Discharges from caseload
grain: one referral to one team, closed in the month
tables: [referral]
definition: >
  Referrals closed after acceptance. A referral is discharged when the last of the teams that accepted it
  closes it, and counts to that team; a closure that leaves it open to another is a hand-over. A closure whose
  reason says administrative, duplicate or entered in error is not a discharge.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  referral_id: [varchar, the referral]
  closed_date: [date, day of closure]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with ended as (
    select
        *,
        count_if(accepted_date is not null and closed_date is null)
            over (partition by referral_id) as still_open,
        row_number() over (
            partition by referral_id order by accepted_date is null, closed_date desc nulls last, team_id desc
        ) as place
    from conformed.referral
)

select
    period.month,
    ended.locality,
    ended.service,
    ended.team_type,
    ended.referral_id,
    ended.closed_date,
    case
        when ended.accepted_date is null then 'never accepted'
        when regexp_matches(lower(ended.closure_reason), 'administrative|duplicate|entered in error')
            then 'closed for an administrative reason'
        when ended.still_open > 0 then 'still open to another team'
        when ended.place > 1 then 'another team closed it last'
    end as excluded,
    ended._file,
    ended._sheet,
    ended._row
from ended
inner join ref.month as period on date_trunc('month', ended.closed_date) = period.month
