/*
measure: restrictive_act
title: Restrictive intervention acts
grain: one act of restrictive intervention in one incident
tables: [restrictive_intervention, incident]
definition: >
  RI. Each act by its type, by incident date and on the ward of that time: seclusion (05) and rapid
  tranquillisation (14) are asked for as episodes, so two in one incident are two. Rejected reports,
  duplicates of another report and incidents off a ward are not counted.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  incident_ref: [varchar, incident]
  seq: [varchar, number of the act within the incident]
  type_code: [varchar, "national code of the type, as 05 seclusion"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with report as (
    select
        incident_ref,
        bool_or(is_rejected) as is_rejected,
        bool_or(duplicate_of is not null) as is_duplicate
    from conformed.incident
    group by incident_ref
)

select
    period.month,
    act.locality,
    act.service,
    act.bed_type,
    act.incident_ref,
    cast(act.seq as varchar) as seq,
    act.type_code,
    case
        when report.is_rejected then 'the report was rejected'
        when report.is_duplicate then 'the report is a duplicate of another'
        when act.ward_code is null then 'not on a ward'
    end as excluded,
    act._file,
    act._sheet,
    act._row
from conformed.restrictive_intervention as act
inner join ref.month as period on act.incident_date between period.first_day and period.last_day
left join report on act.incident_ref = report.incident_ref
