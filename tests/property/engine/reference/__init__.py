"""A second engine: slow, with 60 digits, written from docs/specs/execution.md alone.

It shares no code with the engine and is the oracle of test_reference.py. One file for
each idea of the text: `terms` (what a run is told), `orders` (sections 3 and 4),
`amounts` (5.2, 5.3), `allowances` (5.4, 5.5), `costs` (6), `account` (1, 5.1), `market`
(bars), `paths` (4.9), `books` (12), `engine` (2, 7 to 9). `comparison` holds the
engine's run to it.
"""
