"""Who a site's logged-in customer is: short proofs that the site signs, each accepted once."""
