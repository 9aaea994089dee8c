#!/usr/bin/env python
"""Django's usual entrance; the same as the command `pricebook`."""

from pricebook.config.cli import main

if __name__ == "__main__":
    main()
