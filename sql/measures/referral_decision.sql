/*
measure: referral_decision
title: Decisions on referrals
grain: one team's decision on one referral, taken in the month
tables: [referral]
definition: >
  REFacc: referrals by the date they were accepted or rejected, whenever they were received. A team that
  accepted a referral has accepted it, whatever came later. Of the decisions of several teams on one
  referral, the earliest acceptance counts; where none accepted, the latest rejection.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  referral_id: [varchar, the referral]
  decision: [varchar, accepted or rejected]
  decision_date: [date, day of the decision]
  is_internal: [boolean, from another of the trust's own teams]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with decided as (
    select
        *,
        if(accepted_date is null, 'rejected', 'accepted') as decision,
        coalesce(accepted_date, rejected_date) as decision_date
    from conformed.referral
    where accepted_date is not null or rejected_date is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by referral_id
            order by
                decision asc,
                if(decision = 'accepted', decision_date, null) asc,
                decision_date desc,
                team_id asc
        ) as place
    from decided
)

select
    period.month,
    ranked.locality,
    ranked.service,
    ranked.team_type,
    ranked.referral_id,
    ranked.decision,
    ranked.decision_date,
    ranked.is_internal,
    case when ranked.place > 1 then 'another team''s decision on the referral counts' end as excluded,
    ranked._file,
    ranked._sheet,
    ranked._row
from ranked
inner join ref.month as period on date_trunc('month', ranked.decision_date) = period.month
