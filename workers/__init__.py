"""The Celery side: jobs of three lines, and the schedule."""
