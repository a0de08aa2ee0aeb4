"""What runs on Lambda: an ordinary FastAPI app. It imports nothing of Lambda's; the Web Adapter speaks HTTP to it."""
