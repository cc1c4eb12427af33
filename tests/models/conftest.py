"""The scripts of a model stand beside its weights and are run from there: tests find them the same way."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "discourse"))
