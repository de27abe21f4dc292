#!/usr/bin/env python
"""Django's command line for Quintet."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

if __name__ == "__main__":
    from quintet.cli import site

    site(sys.argv)
