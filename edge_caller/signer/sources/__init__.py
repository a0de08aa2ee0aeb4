"""Where temporary credentials come from: each is called for a new set, and RenewingCredentials keeps that fresh."""
