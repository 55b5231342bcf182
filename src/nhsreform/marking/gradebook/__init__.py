"""Grades into the worksheet that a platform gave. Called by `nhsreform gradebook`; one small class a platform."""

from nhsreform.marking.gradebook.blackboard import Blackboard
from nhsreform.marking.gradebook.canvas import Canvas
from nhsreform.marking.gradebook.moodle import Moodle
from nhsreform.marking.gradebook.platform import Platform

PLATFORMS: dict[str, Platform] = {platform.name: platform for platform in (Moodle(), Canvas(), Blackboard())}
