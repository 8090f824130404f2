"""How large what is read may be: far above any parameter file, and below what would take a noticeable time."""

MAX_CHARACTERS = 16_000_000             # of one YAML, JSON or TOML file; a million parameters
MAX_TEXT = 2_000_000                    # of text in Python's syntax, whose tree takes 100 times the memory
MAX_DEPTH = 60                          # of nesting; Python's own parser gives up at about 90 brackets
MAX_NODES = 4_000_000                   # values of one file, aliases expanded
MAX_CONDITION = 20_000                  # characters of a condition
MAX_FILES = 1_000                       # included by url(...), directly or not
MAX_FILE_DEPTH = 20                     # of url(...) within url(...)
MAX_POWER_BITS = 4_096                  # of a whole number that a power may give
MAX_VALUES = 10_000_000                 # of linspace and its kin
MAX_POINTS = 100_000_000                # of a design that is not iterated lazily
