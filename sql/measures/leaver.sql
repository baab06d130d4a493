/*
measure: leaver
title: Leavers
grain: one ended assignment in each twelve months it lies in, for each locality it is shared between
tables: [leaver, staff_in_post]
definition: >
  TURN%, numerator. Assignments ended in the month, and in the twelve months to its end, of people who left
  the trust: not when the person is in post in another assignment at the end of that month, nor for a reason
  that the trust's table leaves out of turnover (rotation of trainees, transfer of a service, merger, never
  worked), nor when the assignment was not in post at the last month end before, as bank.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, staff group]
  termination_date: [date, last day of the assignment]
  assignment_id: [varchar, keyed hash of the assignment]
  is_in_month: [boolean, "ended in the month itself, not the eleven before"]
  wte: [double, contracted FTE that left]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with standing as (
    select
        snapshot_date,
        employee_id,
        assignment_id,
        bool_or(in_post) as in_post
    from conformed.staff_in_post
    group by snapshot_date, employee_id, assignment_id
),

ended as (
    select
        leaver.*,
        earlier.in_post as was_in_post
    from conformed.leaver as leaver
    asof left join standing as earlier
        on leaver.assignment_id = earlier.assignment_id and leaver.termination_date > earlier.snapshot_date
),

still_employed as (
    select distinct ended.assignment_id
    from ended
    inner join standing
        on
            ended.employee_id = standing.employee_id
            and ended.assignment_id <> standing.assignment_id
            and last_day(ended.termination_date) = standing.snapshot_date
    where standing.in_post
)

select
    period.month,
    ended.locality,
    ended.service,
    ended.staff_group,
    ended.termination_date,
    ended.assignment_id,
    ended.termination_date >= period.first_day as is_in_month,
    ended.fte as wte,
    case
        when not ended.was_in_post then 'not in post by assignment category and status'
        when not ended.counts_in_turnover then 'the leaving reason does not count in turnover'
        when still_employed.assignment_id is not null then 'still employed in another assignment'
    end as excluded,
    ended._file,
    ended._sheet,
    ended._row
from ended
inner join ref.month as period
    on
        ended.termination_date <= period.last_day
        and ended.termination_date >= period.next_day - interval 1 year
left join still_employed on ended.assignment_id = still_employed.assignment_id
