"""What product files say: records and rejections. Imports neither Django nor Celery."""
