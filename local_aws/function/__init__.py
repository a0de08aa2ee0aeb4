"""What runs: the event, the runtime around the function, and the response, as Lambda maps them."""
