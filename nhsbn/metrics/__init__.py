"""What a project asks and how it is counted: catalogue, measures, compiler, definition cases."""
