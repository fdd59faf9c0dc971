"""Hot-spot mathematics: the space-time scan statistic and the expectations that it is held against.

Needs NumPy; Numba, when installed, makes the scan faster with identical results.
"""
