/*
measure: serious_incident
title: Serious incidents and unexpected deaths
grain: one incident that is serious or an unexpected death
tables: [incident]
definition: >
  Incidents by incident date that were declared for a patient safety incident investigation (PSIRF; StEIS
  before it), and unexpected deaths, which may be both. The incident system holds no date of declaration.
  However many people a report involves, it is one. Rejected reports and duplicates of another report are
  not counted.
columns:
  month: [date, first day of the month]
  locality: [varchar, locality of the place]
  service: [varchar, service of the place]
  bed_type: [varchar, "the ward's bed type, blank off a ward"]
  incident_ref: [varchar, incident]
  is_serious: [boolean, declared for investigation]
  is_unexpected_death: [boolean, an unexpected death]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with report as (
    select
        incident.*,
        period.month,
        bool_or(incident.is_rejected) over people as any_rejected,
        bool_or(incident.duplicate_of is not null) over people as any_duplicate,
        bool_or(incident.is_serious) over people as any_serious,
        coalesce(bool_or(incident.incident_group = 'death_unexpected') over people, false)
            as any_unexpected_death
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
    any_serious as is_serious,
    any_unexpected_death as is_unexpected_death,
    case
        when any_rejected then 'the report was rejected'
        when any_duplicate then 'the report is a duplicate of another'
    end as excluded,
    _file,
    _sheet,
    _row
from report
where any_serious or any_unexpected_death
