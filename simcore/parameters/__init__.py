"""Parameters: values with units, sets, spaces, designs, points, and the experiment files that use them."""
