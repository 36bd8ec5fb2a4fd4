"""Files that people send: uploads, pictures, and who may read what. Read ``uploads.py`` first."""
