/*
measure: staff_in_post
title: Staff in post
grain: one assignment at month end, for each locality it is shared between
tables: [staff_in_post]
definition: >
  WTEp. Contracted FTE of the assignments in post on the last day of the month, as the trust's table of
  assignment categories and statuses says: permanent, fixed term and locum, maternity leave included; not
  bank, honorary, non-executive, career break or seconded out. A person's assignments together count as at
  most 1.0, or 1.2 when one of them is medical, and each is scaled down in proportion.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, staff group]
  assignment_id: [varchar, keyed hash of the assignment]
  employee_id: [varchar, keyed hash of the person]
  wte: [double, "whole time equivalent, capped"]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with assignment as (
    select
        post.*,
        period.month,
        sum(case when post.in_post then post.fte end) over person as person_fte,
        case
            when bool_or(post.in_post and post.staff_group = 'medical_dental') over person then 1.2
            else 1.0
        end as person_cap
    from conformed.staff_in_post as post
    inner join ref.month as period on post.snapshot_date = period.last_day
    window person as (partition by post.snapshot_date, post.employee_id)
)

select
    month,
    locality,
    service,
    staff_group,
    assignment_id,
    employee_id,
    case when person_fte > person_cap then fte * person_cap / person_fte else fte end as wte,
    case
        when not coalesce(in_post, false) then 'not in post by assignment category and status'
    end as excluded,
    _file,
    _sheet,
    _row
from assignment
