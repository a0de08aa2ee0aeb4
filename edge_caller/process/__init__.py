"""The edge caller as a process: its server, and a transport over sockets."""
