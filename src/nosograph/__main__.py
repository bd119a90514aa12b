"""`python -m nosograph`."""

from nosograph.cli.main import main

if __name__ == "__main__":
    main()
