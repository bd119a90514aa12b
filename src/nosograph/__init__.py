"""A knowledge graph of ICD-10-CM, and the answer to which code applies.

>>> import nosograph
>>> nosograph.__version__
'0.1.0'
"""

from __future__ import annotations

__version__ = "0.1.0"
