"""The sample county (示例县): the files that a real county would hand over, invented from a fixed seed.

Real are the outline of 宣恩县 and its neighbours (read from an installed package, never kept here) and the names and
codes of its townships and communities. Everything else is invented and flagged so. The one door is
`etl.sample.write.write_sample`.
"""

from etl.sample.write import write_sample

__all__ = ["write_sample"]
