"""Many trainings side by side: a grid of choices, carried out by many processes, and ranked."""

from mnist_ocr.comparison.crews import Crew
from mnist_ocr.comparison.dask_crew import dask_crew
from mnist_ocr.comparison.grid import make_grid
from mnist_ocr.comparison.process_crew import Workers, process_crew
from mnist_ocr.comparison.ranking import Row, rank, with_test
from mnist_ocr.comparison.results_file import ResultsFile
from mnist_ocr.comparison.run import Run
from mnist_ocr.comparison.running import run_grid
from mnist_ocr.comparison.source import Source, open_source
from mnist_ocr.comparison.work import Failure, Outcome, Result, carry_out

__all__ = [
    "Crew",
    "Failure",
    "Outcome",
    "Result",
    "ResultsFile",
    "Row",
    "Run",
    "Source",
    "Workers",
    "carry_out",
    "dask_crew",
    "make_grid",
    "open_source",
    "process_crew",
    "rank",
    "run_grid",
    "with_test",
]
