"""neurodamus.core: cells, mechanisms, synapses, stimuli, random numbers and configuration, without NEURON."""
