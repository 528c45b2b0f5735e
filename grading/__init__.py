"""Graded assignments: made from book/assignments (assign.py); graded, a process for each submission (grade.py).

``python -m grading`` is command.py. A run reads a folder (inbox.py), autograders (archive.py), and perhaps a class list
(roster.py) and seeds of students' own (seeds.py); what it graded is kept (kept.py). It writes scores.csv (table.py),
the answers that people grade (answers.py), a page for every student (feedback.py), and a summary of all (summary.py,
similar.py).

A submission runs in submission.py, in a process that supervise.py starts, in a place of sandbox.py's; examiner.py hands
it tests and counts points, and odd.py knows which words of code a person should see.
"""
