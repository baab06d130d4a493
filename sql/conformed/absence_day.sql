/*
table: absence_day
title: Days of absence
grain: one calendar day of one absence of one assignment in one locality it is shared to
reports: [esr_absence]
maps: [map_esr_organisation, map_cost_centre, map_staff_group]
tables: [staff_in_post]
definition: >
  Absence episodes split by calendar day (SICK of the metric catalogue, after NHS Sickness Absence
  Rates), first and last day included, never past the last day that the file covers, so that an open
  absence runs to there. Each day weighs the contracted FTE of the assignment at that month's end, or
  else at the nearest earlier month end, or else the nearest later. Only category Sickness is sickness.
columns:
  absence_date: [date, the day]
  absence_id: [varchar, ESR's own id of the absence]
  assignment_id: [varchar, keyed hash of the assignment number]
  employee_id: [varchar, keyed hash of the employee number]
  service: [varchar, service of the cost centre]
  locality: [varchar, locality of the cost centre, or unmapped]
  share: [double, "part of the assignment in this locality, 0 to 1"]
  staff_group: [varchar, staff group id]
  fte: [double, contracted FTE of the assignment times share; nothing if it was never in a snapshot]
  is_sickness: [boolean, the absence category is Sickness]
*/
with episode as (
    select
        *,
        least(coalesce(end_date, _period_end), _period_end) as last_day,
        norm(absence_category) = 'sickness' as is_sickness
    from staged.esr_absence
),

absent_day as (
    select
        * exclude (start_date, end_date, last_day),
        start_date + cast(unnest(range(0, last_day - start_date + 1)) as integer) as absence_date
    from episode
),

contracted as (
    select
        snapshot_date,
        assignment_id,
        sum(fte) as fte
    from conformed.staff_in_post
    group by snapshot_date, assignment_id
),

assignment_month as (
    select distinct
        assignment_number,
        last_day(absence_date) as month_end
    from absent_day
),

earlier as (
    select
        assignment_month.*,
        contracted.fte
    from assignment_month
    asof left join contracted
        on
            assignment_month.assignment_number = contracted.assignment_id
            and assignment_month.month_end >= contracted.snapshot_date
),

weighed as (
    select
        earlier.assignment_number,
        earlier.month_end,
        coalesce(earlier.fte, contracted.fte) as fte
    from earlier
    asof left join contracted
        on
            earlier.assignment_number = contracted.assignment_id
            and earlier.month_end < contracted.snapshot_date
)

select
    absent_day.absence_date,
    absent_day.absence_id,
    absent_day.assignment_number as assignment_id,
    absent_day.employee_number as employee_id,
    place.service,
    coalesce(place.locality, 'unmapped') as locality,
    coalesce(place.split_percent, 100) / 100 as share,
    staff_group.staff_group,
    weighed.fte * coalesce(place.split_percent, 100) / 100 as fte,
    absent_day.is_sickness,
    case when organisation.organisation is null then absent_day.organisation end as _map_esr_organisation,
    case when place.cost_centre is null then organisation.cost_centre end as _map_cost_centre,
    case when staff_group.staff_group is null then absent_day.staff_group end as _map_staff_group,
    absent_day._file,
    absent_day._sheet,
    absent_day._row
from absent_day
left join weighed
    on
        absent_day.assignment_number = weighed.assignment_number
        and last_day(absent_day.absence_date) = weighed.month_end
left join map.map_esr_organisation as organisation
    on
        norm(absent_day.organisation) = organisation.organisation
        and absent_day.absence_date between organisation.valid_from and organisation.valid_to
left join map.map_cost_centre as place
    on
        norm(organisation.cost_centre) = place.cost_centre
        and absent_day.absence_date between place.valid_from and place.valid_to
left join map.map_staff_group as staff_group
    on
        norm(absent_day.staff_group) = staff_group.staff_group_text
        and absent_day.absence_date between staff_group.valid_from and staff_group.valid_to
