"""A Runtime API that streams: in the function's container, in place of AWS's emulator, which buffers."""
