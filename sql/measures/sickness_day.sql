/*
measure: sickness_day
title: Sickness absence, FTE days lost and available
grain: one absence or one assignment in one month, for each locality it is shared between
tables: [absence_day, staff_in_post, leaver]
definition: >
  SICK%. Lost: calendar days of sickness in the month, each day by the contracted FTE of the assignment;
  other absence is listed and not counted. Available: contracted FTE of each assignment in post at month end
  by the days of the month from its start date, and of each assignment that ended before month end by the
  days to its termination date. FTE is the month's own and not capped; a change within the month counts from
  its end. Bank, honorary and other assignments not in post are on neither side.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, staff group]
  assignment_id: [varchar, keyed hash of the assignment]
  fte_days_lost: [double, "FTE days of absence, blank on a row of days available"]
  fte_days_available: [double, "FTE days available, blank on a row of days lost"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with standing as (
    select
        period.month,
        post.assignment_id,
        arg_max(post.in_post, post.snapshot_date) as in_post,
        max(post.snapshot_date) = any_value(period.last_day) as at_month_end
    from conformed.staff_in_post as post
    inner join ref.month as period on post.snapshot_date in (period.first_day - 1, period.last_day)
    group by period.month, post.assignment_id
),

lost as (
    select
        period.month,
        away.absence_id,
        away.assignment_id,
        away.locality,
        away.service,
        any_value(away.staff_group) as staff_group,
        bool_and(away.is_sickness) as is_sickness,
        sum(away.fte) as fte_days,
        any_value(away._file) as _file,
        any_value(away._sheet) as _sheet,
        any_value(away._row) as _row
    from conformed.absence_day as away
    inner join ref.month as period on away.absence_date between period.first_day and period.last_day
    group by period.month, away.absence_id, away.assignment_id, away.locality, away.service
),

available as (
    select
        period.month,
        post.assignment_id,
        post.locality,
        post.service,
        post.staff_group,
        -- A start date after the month end is a slip: the assignment is not available yet.
        post.fte
        * greatest(
            0, period.next_day - greatest(coalesce(post.start_date, period.first_day), period.first_day)
        )
            as fte_days,
        post._file,
        post._sheet,
        post._row
    from conformed.staff_in_post as post
    inner join ref.month as period on post.snapshot_date = period.last_day
    union all
    select
        period.month,
        leaver.assignment_id,
        leaver.locality,
        leaver.service,
        leaver.staff_group,
        leaver.fte * (leaver.termination_date - period.first_day + 1) as fte_days,
        leaver._file,
        leaver._sheet,
        leaver._row
    from conformed.leaver as leaver
    inner join ref.month as period on leaver.termination_date between period.first_day and period.last_day
    left join standing on leaver.assignment_id = standing.assignment_id and period.month = standing.month
    where not coalesce(standing.at_month_end, false)
),

candidate as (
    select
        month,
        locality,
        service,
        staff_group,
        assignment_id,
        is_sickness,
        fte_days as fte_days_lost,
        null as fte_days_available,
        _file,
        _sheet,
        _row
    from lost
    union all
    select
        month,
        locality,
        service,
        staff_group,
        assignment_id,
        true as is_sickness,
        null as fte_days_lost,
        fte_days as fte_days_available,
        _file,
        _sheet,
        _row
    from available
)

select
    candidate.month,
    candidate.locality,
    candidate.service,
    candidate.staff_group,
    candidate.assignment_id,
    candidate.fte_days_lost,
    candidate.fte_days_available,
    case
        when not candidate.is_sickness then 'absence other than sickness'
        when not coalesce(standing.in_post, true) then 'not in post by assignment category and status'
    end as excluded,
    candidate._file,
    candidate._sheet,
    candidate._row
from candidate
left join standing on candidate.assignment_id = standing.assignment_id and candidate.month = standing.month
