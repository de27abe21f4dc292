"""Fixtures for every test. Browser fixtures are in tests/browser.py."""

import os

os.environ.setdefault("QUINTET_TESTING", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
