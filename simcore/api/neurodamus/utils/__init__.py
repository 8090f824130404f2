"""neurodamus.utils: what the documented classes of neurodamus.core are made with."""
