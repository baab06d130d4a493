"""Pages for people: one self-contained HTML file each, which needs no network and gives the same bytes again.

Here: rendering values of ``nhsbn`` as HTML with charts. Not here: gathering those values, and writing files.
"""
