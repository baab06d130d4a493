/*
table: leaver
title: Leavers
grain: one ended assignment in one locality it is shared to
reports: [esr_leavers]
maps: [map_esr_organisation, map_cost_centre, map_staff_group, map_leaving_reason]
conserves: {rows: assignment_number, fte: contracted_fte}
definition: >
  Assignments ended, with whether the leaving reason counts in turnover (TURN of the metric catalogue;
  transfers, rotations and merged records do not, through map_leaving_reason).
columns:
  termination_date: [date, last day employed]
  assignment_id: [varchar, keyed hash of the assignment number]
  employee_id: [varchar, keyed hash of the employee number]
  service: [varchar, service of the cost centre]
  locality: [varchar, locality of the cost centre, or unmapped]
  share: [double, "part of the assignment in this locality, 0 to 1"]
  staff_group: [varchar, staff group id]
  fte: [double, contracted FTE times share]
  leaving_reason: [varchar, as ESR prints it]
  assignment_category: [varchar, as ESR prints it]
  counts_in_turnover: [boolean, the reason is one of leaving the organisation]
*/
select
    leaver.termination_date,
    leaver.assignment_number as assignment_id,
    leaver.employee_number as employee_id,
    place.service,
    coalesce(place.locality, 'unmapped') as locality,
    coalesce(place.split_percent, 100) / 100 as share,
    staff_group.staff_group,
    leaver.contracted_fte * coalesce(place.split_percent, 100) / 100 as fte,
    leaver.leaving_reason,
    leaver.assignment_category,
    coalesce(reason.counts_in_turnover, false) as counts_in_turnover,
    case when organisation.organisation is null then leaver.organisation end as _map_esr_organisation,
    case when place.cost_centre is null then organisation.cost_centre end as _map_cost_centre,
    case when staff_group.staff_group is null then leaver.staff_group end as _map_staff_group,
    case when reason.leaving_reason is null then leaver.leaving_reason end as _map_leaving_reason,
    leaver._file,
    leaver._sheet,
    leaver._row
from staged.esr_leavers as leaver
left join map.map_esr_organisation as organisation
    on
        norm(leaver.organisation) = organisation.organisation
        and leaver.termination_date between organisation.valid_from and organisation.valid_to
left join map.map_cost_centre as place
    on
        norm(organisation.cost_centre) = place.cost_centre
        and leaver.termination_date between place.valid_from and place.valid_to
left join map.map_staff_group as staff_group
    on
        norm(leaver.staff_group) = staff_group.staff_group_text
        and leaver.termination_date between staff_group.valid_from and staff_group.valid_to
left join map.map_leaving_reason as reason
    on
        norm(leaver.leaving_reason) = reason.leaving_reason
        and leaver.termination_date between reason.valid_from and reason.valid_to
