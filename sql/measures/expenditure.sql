/*
measure: expenditure
title: Expenditure
grain: one cost centre and pay or non-pay subjective code in one month, for each locality it is shared between
tables: [ledger_line]
definition: >
  Actual spend in the month, by pay and non-pay and, for pay, by substantive, bank and agency (BANK%, AGY%),
  all told by the subjective code. Reversed accruals stand as they are posted. Income, lines the chart of
  accounts marks as outside a service's running cost, and unmapped subjective codes are not expenditure.
  Costs of corporate services are not shared out.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, "staff group of the subjective code, blank for non-pay"]
  cost_centre: [varchar, cost centre]
  subjective: [varchar, subjective code]
  category: [varchar, pay or non_pay]
  employment_type: [varchar, "substantive, bank or agency, blank for non-pay"]
  amount: [double, actual of the month in pounds]
  excluded: [varchar, blank as every row is counted]
*/
select
    period.month,
    line.locality,
    line.service,
    line.staff_group,
    line.cost_centre,
    line.subjective,
    line.category,
    line.employment_type,
    cast(line.month_actual as double) as amount,
    cast(null as varchar) as excluded,
    line._file,
    line._sheet,
    line._row
from conformed.ledger_line as line
inner join ref.month as period on line.month = period.first_day
where line.category in ('pay', 'non_pay')
