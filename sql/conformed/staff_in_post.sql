/*
table: staff_in_post
title: Staff in post
grain: one assignment on one snapshot date in one locality it is shared to
reports: [esr_staff_in_post]
maps: [map_esr_organisation, map_cost_centre, map_staff_group, map_pay_grade, map_assignment]
conserves: {rows: assignment_number, fte: contracted_fte}
definition: >
  Every assignment live at month end, bank and honorary included, with whether it counts as in post (WTEp
  of the metric catalogue, through map_assignment). The cost centre is the one ESR prints, or else that
  of the organisation; a cost centre that serves several localities shares each assignment out by its
  split. No cap of FTE per person here.
columns:
  snapshot_date: [date, the last day of the month]
  assignment_id: [varchar, keyed hash of the assignment number]
  employee_id: [varchar, keyed hash of the employee number]
  organisation: [varchar, leaf of the ESR hierarchy]
  cost_centre: [varchar, six digits]
  service: [varchar, service of the cost centre]
  locality: [varchar, locality of the cost centre, or unmapped]
  share: [double, "part of the assignment in this locality, 0 to 1"]
  staff_group: [varchar, staff group id]
  band: [varchar, Agenda for Change band or medical grade]
  assignment_category: [varchar, as ESR prints it]
  assignment_status: [varchar, as ESR prints it]
  in_post: [boolean, counts as staff in post]
  fte: [double, contracted FTE times share]
  start_date: [date, latest start date]
*/
with assignment as (
    select
        staff.*,
        coalesce(staff.cost_centre, organisation.cost_centre) as found_cost_centre,
        case
            when contains(staff.pay_grade, '|') then trim(split_part(staff.pay_grade, '|', 2))
            else staff.pay_grade
        end as grade_code
    from staged.esr_staff_in_post as staff
    left join map.map_esr_organisation as organisation
        on
            norm(staff.organisation) = organisation.organisation
            and staff.snapshot_date between organisation.valid_from and organisation.valid_to
)

select
    assignment.snapshot_date,
    assignment.assignment_number as assignment_id,
    assignment.employee_number as employee_id,
    assignment.organisation,
    assignment.found_cost_centre as cost_centre,
    place.service,
    coalesce(place.locality, 'unmapped') as locality,
    coalesce(place.split_percent, 100) / 100 as share,
    staff_group.staff_group,
    grade.band,
    assignment.assignment_category,
    assignment.assignment_status,
    coalesce(post.in_post, false) as in_post,
    assignment.contracted_fte * coalesce(place.split_percent, 100) / 100 as fte,
    assignment.latest_start_date as start_date,
    case when assignment.found_cost_centre is null then assignment.organisation end as _map_esr_organisation,
    case when place.cost_centre is null then assignment.found_cost_centre end as _map_cost_centre,
    case when staff_group.staff_group is null then assignment.staff_group end as _map_staff_group,
    case when grade.band is null then assignment.grade_code end as _map_pay_grade,
    case
        when post.in_post is null
            then assignment.assignment_category || ' | ' || assignment.assignment_status
    end as _map_assignment,
    assignment._file,
    assignment._sheet,
    assignment._row
from assignment
left join map.map_cost_centre as place
    on
        norm(assignment.found_cost_centre) = place.cost_centre
        and assignment.snapshot_date between place.valid_from and place.valid_to
left join map.map_staff_group as staff_group
    on
        norm(assignment.staff_group) = staff_group.staff_group_text
        and assignment.snapshot_date between staff_group.valid_from and staff_group.valid_to
left join map.map_pay_grade as grade
    on
        norm(assignment.grade_code) = grade.grade_code
        and assignment.snapshot_date between grade.valid_from and grade.valid_to
left join map.map_assignment as post
    on
        norm(assignment.assignment_category) = post.assignment_category
        and norm(assignment.assignment_status) = post.assignment_status
        and assignment.snapshot_date between post.valid_from and post.valid_to
