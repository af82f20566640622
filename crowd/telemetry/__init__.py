"""What crowd tells its operators of itself: lines in a log, figures, traces. It knows no models and no rules.

Personal data stays out: people, projects and jobs are told by their numbers, addresses by their pattern.
"""
