# What `import nhsreform as nr` offers: the one list, for readers, for type checkers, and for __init__.py, which reads it.
# One import a line. No name may be that of a room, or the room would hide it.

import nhsreform.debate.charts as charts
import nhsreform.widgets.simulator.scenarios as scenarios
from nhsreform.data.sources import quote as quote
from nhsreform.data.sources import source as source
from nhsreform.data.tables import table as table
from nhsreform.debate.charts import alt as alt
from nhsreform.debate.cite import cite as cite
from nhsreform.debate.select import claims as claims
from nhsreform.debate.select import pairs as pairs
from nhsreform.debate.select import positions as positions
from nhsreform.questions.brief_check import check_brief as check_brief
from nhsreform.questions.learner import answer as answer
from nhsreform.questions.learner import check as check
from nhsreform.questions.learner import hint as hint
from nhsreform.questions.learner import progress as progress
from nhsreform.reliability.symmetry import other_rules as other_rules
from nhsreform.widgets.board.board import board as board
from nhsreform.widgets.coder.coder import coder as coder
from nhsreform.widgets.contrast.contrast import contrast as contrast
from nhsreform.widgets.outcomes.outcomes import outcomes as outcomes
from nhsreform.widgets.overview.overview import overview as overview
from nhsreform.widgets.prediction.compare import compare as compare
from nhsreform.widgets.prediction.prediction import predict as predict
from nhsreform.widgets.reader.reader import reader as reader
from nhsreform.widgets.recall.recall import recall as recall
from nhsreform.widgets.simulator.simulator import simulator as simulator
from nhsreform.widgets.structure.structure import structure as structure
from nhsreform.widgets.timeline.timeline import timeline as timeline
from nhsreform.work.store import restore as restore
from nhsreform.work.store import save as save

__version__: str
