"""How long the whole path takes at the size of a real trust, beside what it could at best and would at worst take.

No test: it takes minutes, and its numbers belong to the machine that printed them.
"""
