"""Access logs that real servers wrote in their stock formats, and the requests that they were asked."""
