# SPDX-License-Identifier: BSL-1.0
"""The modules of scripts/lib, or a skip that says what is missing."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
try:
    import clang.cindex  # noqa: F401
except ImportError:
    print("skipped: libclang's Python module is missing (Debian's python3-clang)")
    sys.exit(77)
