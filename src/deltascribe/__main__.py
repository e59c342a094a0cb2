"""`python -m deltascribe`: the command line, also where scripts are not on the path."""

from deltascribe.cli.main import main

if __name__ == "__main__":
    main()
