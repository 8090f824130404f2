"""Where every number comes from: code, environment, sources and point of a run, and whether its bytes still
agree.
"""
