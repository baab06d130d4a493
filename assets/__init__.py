"""The DAG, a module a stage. Assets are thin: they ask the resources and the core, and report."""
