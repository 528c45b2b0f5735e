"""``python -m lib``: see lib.course.command."""

from lib.course.command import call

call()
