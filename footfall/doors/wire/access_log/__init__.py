"""Access logs of web servers: each line is a page visit, something else that was asked for, or no line of one."""
