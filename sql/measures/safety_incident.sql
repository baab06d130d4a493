/*
measure: safety_incident
title: Safety incidents
grain: one incident, however many people it involved
tables: [incident]
definition: >
  SAFE10k. Incidents of any harm by incident date, a report with a row for each person being one incident.
  Place is the ward at the time; incidents off a ward are counted only where a metric does not ask for
  wards. Rejected reports and duplicates of another report are not counted.
columns:
  month: [date, first day of the month]
  locality: [varchar, locality of the place]
  service: [varchar, service of the place]
  bed_type: [varchar, "the ward's bed type, blank off a ward"]
  incident_ref: [varchar, incident]
  incident_group: [varchar, "what happened, as fall or violence_to_staff"]
  harm: [varchar, "none, low, moderate, severe or death"]
  is_on_ward: [boolean, it happened on a ward]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with report as (
    select
        incident.*,
        period.month,
        bool_or(incident.is_rejected) over people as any_rejected,
        bool_or(incident.duplicate_of is not null) over people as any_duplicate
    from conformed.incident as incident
    inner join ref.month as period on incident.incident_date between period.first_day and period.last_day
    window people as (partition by incident.incident_ref)
    qualify row_number() over (partition by incident.incident_ref order by incident.person_seq) = 1
)

select
    month,
    locality,
    service,
    bed_type,
    incident_ref,
    incident_group,
    harm,
    ward_code is not null as is_on_ward,
    case
        when any_rejected then 'the report was rejected'
        when any_duplicate then 'the report is a duplicate of another'
    end as excluded,
    _file,
    _sheet,
    _row
from report
