"""The console: one page in the browser that shows a sandbox, made of the files in `static`;
and the page that starts Swagger UI.
"""

from jobtwin.console.pages import HEADERS, SWAGGER_POLICY, Console, StaticFile, SwaggerPages

__all__ = ["HEADERS", "SWAGGER_POLICY", "Console", "StaticFile", "SwaggerPages"]
