"""`python -m coachai` is the command line."""

from coachai.cli import main

if __name__ == "__main__":
    main()
