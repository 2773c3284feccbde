"""The types of NumPy arrays that modules share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = tuple[Array, ...]
Bools = NDArray[np.bool_]
Int32s = NDArray[np.int32]
Ints = NDArray[np.int64]
Tensors = dict[str, Array]  # by name, as in a safetensors file
