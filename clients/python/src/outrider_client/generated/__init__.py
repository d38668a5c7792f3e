"""Generated from openapi/openapi.json: models, and a module for each call. `make client` makes it anew."""
