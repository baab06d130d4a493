"""From landed text to conformed facts: staging, mapping tables, the SQL files and what a table is made from."""
