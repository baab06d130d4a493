/*
measure: caseload
title: Caseload
grain: one referral open to one team at one midnight census
tables: [caseload, referral]
definition: >
  CSL: open, accepted referrals at midnight at the end of the month (closing) and of the month before
  (opening). People are told apart where they are counted, as one may be open to several teams. A referral
  that the referral extracts do not hold is older than they are, and is taken as accepted.
columns:
  month: [date, first day of the month]
  locality: [varchar, the team's locality]
  service: [varchar, the team's service]
  team_type: [varchar, MHSDS or CSDS team type]
  census: [varchar, opening or closing]
  has_both: [boolean, "the snapshots of both censuses are at hand, so that a mean may be taken"]
  referral_id: [varchar, the referral]
  patient_id: [varchar, keyed hash of the patient's local id]
  person_at_census: [varchar, "the patient at this census, for a mean over both"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with census as (
    select
        month,
        'closing' as census,
        last_day as snapshot_date
    from ref.month
    union all
    select
        month,
        'opening' as census,
        first_day - 1 as snapshot_date
    from ref.month
),

complete as (
    select census.month
    from census
    where census.snapshot_date in (select taken.snapshot_date from conformed.caseload as taken)
    group by census.month
    having count(*) = 2
)

select
    census.month,
    caseload.locality,
    caseload.service,
    caseload.team_type,
    census.census,
    census.month in (select complete.month from complete) as has_both,
    caseload.referral_id,
    caseload.patient_id,
    census.census || ' ' || caseload.patient_id as person_at_census,
    case
        when
            referral.referral_id is not null
            and coalesce(referral.accepted_date, 'infinity') > caseload.snapshot_date
            then 'not accepted by the census'
    end as excluded,
    caseload._file,
    caseload._sheet,
    caseload._row
from conformed.caseload as caseload
inner join census on caseload.snapshot_date = census.snapshot_date
left join conformed.referral as referral
    on caseload.referral_id = referral.referral_id and caseload.team_id = referral.team_id
