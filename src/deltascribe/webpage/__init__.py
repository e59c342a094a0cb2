"""What all pages share: markup that escapes, pictures inside it, and the frame of one HTML file that needs no other."""

from deltascribe.webpage.frame import page_end, page_start
from deltascribe.webpage.images import data_uri, jpeg_bytes, uri_of
from deltascribe.webpage.markup import Html, aside, details, join, scroll, table, tag

__all__ = ["Html", "aside", "data_uri", "details", "join", "jpeg_bytes", "page_end", "page_start", "scroll", "table", "tag", "uri_of"]
