/*
measure: ledger_contracted
title: Contracted staff of the ledger
grain: one cost centre and subjective code in one month, for each locality it is shared between
tables: [ledger_line]
definition: >
  A control on WTEp, and in no tool. Contracted WTE that the ledger shows on its substantive pay lines in the
  month; bank and agency lines are left out, as in the measure establishment.
columns:
  month: [date, first day of the month]
  locality: [varchar, the cost centre's locality]
  service: [varchar, the cost centre's service]
  staff_group: [varchar, staff group of the subjective code]
  cost_centre: [varchar, cost centre]
  subjective: [varchar, subjective code]
  wte: [double, contracted WTE]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
select
    period.month,
    line.locality,
    line.service,
    line.staff_group,
    line.cost_centre,
    line.subjective,
    line.contracted_wte as wte,
    case
        when coalesce(line.category, '') <> 'pay' then 'not pay'
        when coalesce(line.employment_type, '') <> 'substantive' then 'bank or agency'
    end as excluded,
    line._file,
    line._sheet,
    line._row
from conformed.ledger_line as line
inner join ref.month as period on line.month = period.first_day
where line.contracted_wte is not null
