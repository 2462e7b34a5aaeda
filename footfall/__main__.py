"""`python -m footfall` is `footfall`."""

from .doors.cli import main

if __name__ == "__main__":
    main()
