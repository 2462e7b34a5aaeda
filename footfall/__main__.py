"""`python -m footfall` is `footfall`."""

from .infrastructure.cli import main

if __name__ == "__main__":
    main()
