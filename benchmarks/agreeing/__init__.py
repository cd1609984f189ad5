"""The same assumptions put to other engines: one module an engine, one function a case.

A function takes the arrays of `agreement.arrays_of` and returns `fills`, rows of
(time_ns, symbol, signed units, price, commission), and `final_equity`.
"""
