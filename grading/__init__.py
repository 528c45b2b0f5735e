"""Graded assignments: made from book/assignments (assign.py); graded, a process for each submission (grade.py).

``python -m grading`` is command.py. What people grade is collected for them to read (answers.py).
"""
