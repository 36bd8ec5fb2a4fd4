"""Transport: listener, HTTP/1.1, WebSocket frames. Knows nothing of chat."""
