"""Run stores: what a run leaves behind, one zarr 3 group in one zip file. Layout in `layout.py`, reading in
`reader.py`.
"""
