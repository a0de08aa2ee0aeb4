"""STS, which exchanges a web identity token for a role's temporary credentials, and a local issuer of such tokens."""
