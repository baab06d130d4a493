/*
measure: population
title: Population
grain: one age group of one locality, on one basis, in each month
definition: >
  The population of the catchment (PER100k): registered with its practices or resident in it. The trust is
  the sum of its localities. The same figure stands for every month.
provenance: false
columns:
  month: [date, first day of the month]
  locality: [varchar, the locality]
  age_group: [varchar, "all, 0_17, 18_64 or 65_plus"]
  basis: [varchar, registered or resident]
  population: [bigint, people]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
select
    period.month,
    population.locality,
    population.age_group,
    population.basis,
    cast(population.population as bigint) as population,
    cast(null as varchar) as excluded
from ref.month as period
cross join ref.population as population
