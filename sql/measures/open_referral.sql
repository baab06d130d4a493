/*
measure: open_referral
title: Open referrals, by two reports
grain: one referral to one team, at one month end
tables: [referral, caseload]
definition: >
  A control on CSL, and in no tool. A referral of the referrals report is open at midnight at the end of the
  month when a team had accepted it by then and had not closed it; it is on the caseload when that day's
  caseload snapshot holds it for that team. Referrals older than the referrals report are in neither count.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  referral_id: [varchar, the referral]
  is_open: [boolean, accepted and open by the referrals report]
  is_on_caseload: [boolean, on the caseload snapshot of that day]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
select
    period.month,
    referral.locality,
    referral.service,
    referral.referral_id,
    coalesce(
        referral.accepted_date <= period.last_day
        and coalesce(referral.closed_date > period.last_day, true), false
    ) as is_open,
    caseload.referral_id is not null as is_on_caseload,
    case
        when referral.accepted_date is null then 'not accepted'
        when referral.accepted_date > period.last_day then 'not accepted by the census'
    end as excluded,
    referral._file,
    referral._sheet,
    referral._row
from conformed.referral as referral
inner join ref.month as period on cast(referral.received_at as date) <= period.last_day
left join conformed.caseload as caseload
    on
        referral.referral_id = caseload.referral_id
        and referral.team_id = caseload.team_id
        and period.last_day = caseload.snapshot_date
