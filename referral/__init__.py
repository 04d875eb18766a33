"""The cancer second-opinion matching and referral service."""
