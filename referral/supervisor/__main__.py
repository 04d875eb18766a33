"""`python -m referral.supervisor`: the whole service on this machine."""

import sys

from referral.supervisor import main

if __name__ == "__main__":
    sys.exit(main())
