"""A test tool: a proxy on loopback that breaks exchanges in every way, and a soak through it."""
