/*
measure: referral_received
title: Referrals received
grain: one referral to one team, received in the month
tables: [referral]
definition: >
  REF and INTREF: referrals by the date received, from every source. A referral passed on to other teams is a
  row for each; the one that had it first is marked, and internal referrals are marked, so that each metric
  can take a referral once or ask for a team's own.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  referral_id: [varchar, the referral]
  received_at: [timestamp, when the team received it]
  is_first_team: [boolean, no other team had the referral before]
  is_internal: [boolean, from another of the trust's own teams]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with ranked as (
    select
        *,
        row_number() over (partition by referral_id order by received_at, team_id) = 1 as is_first_team
    from conformed.referral
)

select
    period.month,
    ranked.locality,
    ranked.service,
    ranked.team_type,
    ranked.referral_id,
    ranked.received_at,
    ranked.is_first_team,
    ranked.is_internal,
    cast(null as varchar) as excluded,
    ranked._file,
    ranked._sheet,
    ranked._row
from ranked
inner join ref.month as period on date_trunc('month', ranked.received_at) = period.month
