/*
table: restrictive_intervention
title: Restrictive interventions
grain: one act of restrictive intervention in one incident
reports: [risk_restrictive_interventions]
maps: [map_intervention_type]
tables: [incident]
conserves: {rows: incident_ref}
definition: >
  Restraint positions, seclusion, segregation and rapid tranquillisation (RI of the metric catalogue,
  national codes 01 and 04 to 17). One incident may hold several acts: incidents and acts are counted
  apart. The ward is that of the incident, taken from its first person.
columns:
  incident_ref: [varchar, the incident]
  seq: [varchar, the act within the incident]
  incident_date: [date, when it happened]
  type_code: [varchar, restrictive intervention type]
  start_time: [varchar, as recorded]
  duration_minutes: [integer, minutes]
  ward_code: [varchar, the ward of the incident]
  service: [varchar, service of the ward or team]
  bed_type: [varchar, bed type of the ward]
  locality: [varchar, locality of the ward or team, or unmapped]
*/
with incident as (
    select
        incident_ref,
        ward_code,
        service,
        bed_type,
        locality
    from conformed.incident
    qualify row_number() over (partition by incident_ref order by person_seq, _file, _sheet, _row) = 1
)

select
    act.incident_ref,
    act.seq,
    act.incident_date,
    kind.type_code,
    act.start_time,
    minutes(act.duration) as duration_minutes,
    incident.ward_code,
    incident.service,
    incident.bed_type,
    coalesce(incident.locality, 'unmapped') as locality,
    case when kind.type_code is null then act.intervention_type end as _map_intervention_type,
    act._file,
    act._sheet,
    act._row
from staged.risk_restrictive_interventions as act
left join map.map_intervention_type as kind
    on
        norm(act.intervention_type) = kind.intervention_text
        and act.incident_date between kind.valid_from and kind.valid_to
left join incident on act.incident_ref = incident.incident_ref
