/*
table: incident
title: Incidents
grain: one person involved in one incident
reports: [risk_incidents]
maps: [map_ward_alias, map_ward, map_team, map_incident_category, map_harm]
conserves: {rows: incident_ref}
definition: >
  Incidents by incident date, rejected and duplicate reports marked and not removed (SAFE10k and trap 5
  of the metric catalogue). The location, as typed, is looked for among the names of wards and then of
  teams, on the incident date. Degree of harm is on the scale in force that day (NRLS, then LFPSE).
columns:
  incident_ref: [varchar, the incident]
  person_seq: [varchar, the person within the incident]
  incident_date: [date, when it happened]
  reported_date: [date, when it was reported]
  ward_code: [varchar, the ward, where the location is one]
  service: [varchar, service of the ward or team]
  bed_type: [varchar, bed type of the ward]
  locality: [varchar, locality of the ward or team, or unmapped]
  incident_type: [varchar, as recorded]
  category: [varchar, as recorded]
  sub_category: [varchar, as recorded]
  incident_group: [varchar, what the incident counts as]
  harm: [varchar, "none, low, moderate, severe or death"]
  approval_status: [varchar, as recorded]
  is_rejected: [boolean, the report was rejected]
  duplicate_of: [varchar, the incident that this one repeats]
  is_serious: [boolean, declared a serious incident or PSII]
  person_type: [varchar, as recorded]
  patient_id: [varchar, keyed hash of the patient's local id]
*/
with located as (
    select
        incident.*,
        alias.ward_code,
        coalesce(ward.service, team.service) as service,
        ward.bed_type,
        coalesce(ward.locality, team.locality) as locality
    from staged.risk_incidents as incident
    left join map.map_ward_alias as alias
        on
            norm(incident.location) = alias.alias
            and incident.incident_date between alias.valid_from and alias.valid_to
    left join map.map_ward as ward
        on
            norm(alias.ward_code) = ward.ward_code
            and incident.incident_date between ward.valid_from and ward.valid_to
    left join map.map_team as team
        on
            alias.ward_code is null
            and norm(incident.location) = norm(team.team_name)
            and incident.incident_date between team.valid_from and team.valid_to
    -- Two teams may bear one name: the first by id stands, so that no incident is counted twice.
    qualify row_number() over (partition by incident._file, incident._nth order by team.team_id) = 1
)

select
    located.incident_ref,
    located.person_seq,
    located.incident_date,
    located.reported_date,
    located.ward_code,
    located.service,
    located.bed_type,
    coalesce(located.locality, 'unmapped') as locality,
    located.incident_type,
    located.category,
    located.sub_category,
    coalesce(exact.incident_group, general.incident_group) as incident_group,
    harm.harm,
    located.approval_status,
    contains(norm(located.approval_status), 'reject') as is_rejected,
    located.duplicate_of,
    coalesce(located.serious_incident, false) as is_serious,
    located.person_type,
    located.patient_id,
    case when located.locality is null then coalesce(located.location, '(blank)') end as _map_ward_alias,
    case
        when coalesce(exact.incident_group, general.incident_group) is null
            then located.category || ' | ' || coalesce(located.sub_category, '(blank)')
    end as _map_incident_category,
    case when harm.harm is null then located.harm end as _map_harm,
    located._file,
    located._sheet,
    located._row
from located
left join map.map_incident_category as exact
    on
        norm(located.category) = exact.category
        and norm(located.sub_category) = exact.sub_category
        and located.incident_date between exact.valid_from and exact.valid_to
left join map.map_incident_category as general
    on
        norm(located.category) = general.category
        and general.sub_category = '*'
        and located.incident_date between general.valid_from and general.valid_to
left join map.map_harm as harm
    on
        norm(located.harm) = harm.harm_text
        and located.incident_date between harm.valid_from and harm.valid_to
