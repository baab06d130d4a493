/*
measure: establishment
title: Funded establishment
grain: one cost centre and subjective code in one month, for each locality it is shared between
tables: [ledger_line]
definition: >
  WTEe. Budgeted WTE of the ledger's substantive pay lines in the month. Bank and agency lines are not
  establishment; the ledger and not ESR's position control is the source, as it is what is funded. The WTE
  contracted on the same lines is no part of it: checks hold ESR's staff in post to that.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, staff group of the subjective code]
  cost_centre: [varchar, cost centre]
  subjective: [varchar, subjective code]
  wte: [double, budgeted WTE]
  contracted_wte: [double, contracted WTE]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
select
    period.month,
    line.locality,
    line.service,
    line.staff_group,
    line.cost_centre,
    line.subjective,
    line.budgeted_wte as wte,
    line.contracted_wte,
    case
        when coalesce(line.category, '') <> 'pay' then 'not pay'
        when coalesce(line.employment_type, '') <> 'substantive' then 'bank or agency'
    end as excluded,
    line._file,
    line._sheet,
    line._row
from conformed.ledger_line as line
inner join ref.month as period on line.month = period.first_day
where line.budgeted_wte is not null or line.contracted_wte is not null
