/*
measure: average_staff
title: Average staff in post
grain: one assignment at one of the month ends averaged, for each locality it is shared between
tables: [staff_in_post]
definition: >
  TURN%, denominator. Staff in post (WTEp) as a mean of month ends: for one month its opening and closing
  ones, for the twelve months to its end the thirteen from the year before to the month's own. Each row
  holds its share of the mean, so that their sum is the mean; month ends for which there is no snapshot are
  left out of it.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, staff group]
  span: [varchar, month or year]
  snapshot_date: [date, month end]
  snapshots: [bigint, month ends in the mean]
  wte: [double, capped whole time equivalent divided by the month ends in the mean]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with assignment as (
    select
        *,
        sum(case when in_post then fte end) over person as person_fte,
        case
            when bool_or(in_post and staff_group = 'medical_dental') over person then 1.2
            else 1.0
        end as person_cap
    from conformed.staff_in_post
    where
        snapshot_date >= (select min(period.first_day) - interval 1 year from ref.month as period)
        and snapshot_date <= (select max(period.last_day) from ref.month as period)
    window person as (partition by snapshot_date, employee_id)
),

snapshot as (
    select distinct snapshot_date
    from assignment
),

month_end as (
    select
        period.month,
        spans.span,
        snapshot.snapshot_date,
        count(*) over (partition by period.month, spans.span) as snapshots
    from ref.month as period
    cross join (values ('month', 1), ('year', 12)) as spans (span, months)
    inner join snapshot
        on
            period.last_day >= snapshot.snapshot_date
            and period.next_day - to_months(spans.months) - interval 1 day <= snapshot.snapshot_date
)

select
    month_end.month,
    assignment.locality,
    assignment.service,
    assignment.staff_group,
    month_end.span,
    month_end.snapshot_date,
    month_end.snapshots,
    assignment.fte
    * least(1.0, assignment.person_cap / nullif(assignment.person_fte, 0))
    / month_end.snapshots as wte,
    case
        when not coalesce(assignment.in_post, false) then 'not in post by assignment category and status'
    end as excluded,
    assignment._file,
    assignment._sheet,
    assignment._row
from month_end
inner join assignment on month_end.snapshot_date = assignment.snapshot_date
