"""A new template held against last year's edition: what is asked, what changed, and what a person decides."""
