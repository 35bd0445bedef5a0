"""Processes with limits whose answers are plain data. Knows nothing of networks.

A worker is a fresh interpreter, ``python -m netcore.worker``, and not ``multiprocessing``: started from a Streamlit
script, spawn and forkserver would run ``app.py`` again inside the child.
"""
