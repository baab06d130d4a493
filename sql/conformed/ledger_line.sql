/*
table: ledger_line
title: Ledger lines
grain: one cost centre and subjective code in one financial period in one locality it is shared to
reports: [ledger_budget_statement]
maps: [map_cost_centre, map_subjective]
conserves:
  rows: subjective
  annual_budget: annual_budget
  month_budget: month_budget
  month_actual: month_actual
  budgeted_wte: budgeted_wte
pounds: month_actual
definition: >
  The budget statement, signs as the ledger has them (income negative), shared out by the split of the
  cost centre on the first day of the month. Bank and agency are told by subjective code alone
  (map_subjective). Budgeted WTE is the funded establishment of the metric catalogue (WTEe).
columns:
  month: [date, first day of the month]
  fin_year: [varchar, "financial year, as 2025-26"]
  finance_period: [integer, 1 is April]
  cost_centre: [varchar, six digits]
  subjective: [varchar, five digits]
  service: [varchar, service of the cost centre]
  locality: [varchar, locality of the cost centre, or unmapped]
  share: [double, "part of the line in this locality, 0 to 1"]
  category: [varchar, "pay, non_pay, income or excluded"]
  employment_type: [varchar, "substantive, bank or agency, for pay"]
  staff_group: [varchar, staff group id, for pay]
  annual_budget: [double, pounds times share]
  month_budget: [double, pounds times share]
  month_actual: [double, pounds times share]
  ytd_actual: [double, pounds times share]
  budgeted_wte: [double, WTE times share]
  contracted_wte: [double, WTE times share]
  worked_wte: [double, "WTE times share; bank, overtime and agency included"]
*/
with line as (
    select
        *,
        cast(date_trunc('month', snapshot_date) as date) as first_day,
        year(snapshot_date - interval 3 month) as start_year
    from staged.ledger_budget_statement
)

select
    line.first_day as month,
    line.start_year || '-' || right(cast(line.start_year + 1 as varchar), 2) as fin_year,
    cast((month(line.first_day) + 8) % 12 + 1 as integer) as finance_period,
    line.cost_centre,
    line.subjective,
    place.service,
    coalesce(place.locality, 'unmapped') as locality,
    coalesce(place.split_percent, 100) / 100 as share,
    account.category,
    account.employment_type,
    account.staff_group,
    line.annual_budget * coalesce(place.split_percent, 100) / 100 as annual_budget,
    line.month_budget * coalesce(place.split_percent, 100) / 100 as month_budget,
    line.month_actual * coalesce(place.split_percent, 100) / 100 as month_actual,
    line.ytd_actual * coalesce(place.split_percent, 100) / 100 as ytd_actual,
    line.budgeted_wte * coalesce(place.split_percent, 100) / 100 as budgeted_wte,
    line.contracted_wte * coalesce(place.split_percent, 100) / 100 as contracted_wte,
    line.worked_wte * coalesce(place.split_percent, 100) / 100 as worked_wte,
    case when place.cost_centre is null then line.cost_centre end as _map_cost_centre,
    case when account.subjective is null then line.subjective end as _map_subjective,
    line._file,
    line._sheet,
    line._row
from line
left join map.map_cost_centre as place
    on
        norm(line.cost_centre) = place.cost_centre
        and line.first_day between place.valid_from and place.valid_to
left join map.map_subjective as account
    on
        norm(line.subjective) = account.subjective
        and line.first_day between account.valid_from and account.valid_to
