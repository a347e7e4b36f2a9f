"""Reference data in Django's administration; `api.apps` loads the pages."""
