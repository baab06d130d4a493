"""Checks on figures before they are sent: what is declared of them, their rules, and how a failure stands.

Here: pure judgement, from values in and results out. Not here: where values, history and results are kept
(``resources``), what a failure does to a tool (``assets``), and how it is shown (``pipelines``, the review pack).
"""
