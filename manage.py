#!/usr/bin/env python
"""Django's command line for Quintet."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
if "QUINTET_SECRET_KEY" not in os.environ:
    # A checkout without configuration is a demo; a server is configured and is never taken for one.
    os.environ.setdefault("QUINTET_DEMO", "1")

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
