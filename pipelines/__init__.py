"""How the DAG runs: definitions, jobs, schedules, sensors and the command line."""
