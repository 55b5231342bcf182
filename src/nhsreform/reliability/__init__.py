"""How far two codings of the same sentences agree: the coefficients, and the studies of this pack.

Called by the coder and by the codebook page. A new coefficient needs its source, and an independent figure in the
tests.
"""
