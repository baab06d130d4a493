/*
measure: restraint_incident
title: Restraint incidents
grain: one incident in which an act of restrictive intervention is recorded
tables: [restrictive_intervention, incident]
definition: >
  RI. An incident is one row, by incident date and on the ward of that time, however many acts it holds.
  Physical restraint is any of the positions prone (01), standing (07), restrictive escort (08), supine
  (09), side (10), seated (11), kneeling (12) and other (13). Rejected reports, duplicates of another report
  and incidents off a ward are not counted.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  incident_ref: [varchar, incident]
  has_physical: [boolean, a physical position is among its acts]
  has_prone: [boolean, the prone position is among its acts]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with report as (
    select
        incident_ref,
        bool_or(is_rejected) as is_rejected,
        bool_or(duplicate_of is not null) as is_duplicate
    from conformed.incident
    group by incident_ref
),

act as (
    select
        intervention.*,
        period.month,
        max(intervention.type_code in ('01', '07', '08', '09', '10', '11', '12', '13')) over acts
            as has_physical,
        max(intervention.type_code = '01') over acts as has_prone
    from conformed.restrictive_intervention as intervention
    inner join ref.month as period
        on intervention.incident_date between period.first_day and period.last_day
    window acts as (partition by intervention.incident_ref)
    qualify row_number() over (partition by intervention.incident_ref order by intervention.seq) = 1
)

select
    act.month,
    act.locality,
    act.service,
    act.bed_type,
    act.incident_ref,
    act.has_physical,
    act.has_prone,
    case
        when report.is_rejected then 'the report was rejected'
        when report.is_duplicate then 'the report is a duplicate of another'
        when act.ward_code is null then 'not on a ward'
    end as excluded,
    act._file,
    act._sheet,
    act._row
from act
left join report on act.incident_ref = report.incident_ref
