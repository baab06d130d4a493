"""An answer taken apart into the rows that made it, and a row followed to the answers it reaches."""
